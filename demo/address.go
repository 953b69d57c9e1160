package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"syscall"
)

// listen opens a loopback address. flagName is named in the sentence that comes
// back if that fails.
func listen(ctx context.Context, flagName, addr string) (net.Listener, error) {
	if err := checkLoopback(flagName, addr); err != nil {
		return nil, err
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", addr)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("another program already uses %s. If it is an earlier demo vault, stop it; or choose another address with %s, for example %s 127.0.0.1:0",
			addr, flagName, flagName)
	}
	if err != nil {
		return nil, fmt.Errorf("cannot listen on %s (%s): %w", addr, flagName, err)
	}
	return l, nil
}

// resolve checks that addr can be listened on and returns it with its port
// known. The gateway opens its listener itself, so it is free again afterwards.
func resolve(ctx context.Context, flagName, addr string) (string, error) {
	l, err := listen(ctx, flagName, addr)
	if err != nil {
		return "", err
	}
	defer l.Close() // nothing was accepted on it.
	return l.Addr().String(), nil
}

// checkLoopback refuses addresses that other machines could reach: the demo has
// no sign-in.
func checkLoopback(flagName, addr string) error {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return fmt.Errorf("%s needs an address with a port, for example 127.0.0.1:8480", flagName)
	}
	if host == "localhost" {
		return nil
	}
	if ip, err := netip.ParseAddr(host); err != nil || !ip.IsLoopback() {
		return fmt.Errorf("%s must be a loopback address such as 127.0.0.1:8480: the demo vault has no sign-in", flagName)
	}
	return nil
}
