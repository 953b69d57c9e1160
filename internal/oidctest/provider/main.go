// Command provider is a small OpenID Connect provider for tests, as a process
// of its own: authorization code with PKCE, device code, refresh tokens that
// rotate, groups in the claims, and signing keys that change on demand. The
// protocol itself is zitadel/oidc's, which is certified; this program is only
// its storage, a login page and a way for a test to change the world.
//
// It reads one JSON object of settings from its standard input, prints "ready
// URL", and ends when that input does, so that it never outlives its test. It
// listens on loopback only, keeps everything in memory, and believes whoever
// can reach it: never run it for anything but tests.
//
// It must not know Longshore, nor what its tokens are used for. It is a module
// of its own, so that the library's tree stays out of the product's.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"time"
)

func main() {
	if err := run(os.Stdin, os.Stdout); err != nil {
		_, _ = fmt.Fprintln(os.Stderr, "provider:", err)
		os.Exit(1)
	}
}

func run(stdin io.Reader, stdout io.Writer) error {
	input := json.NewDecoder(stdin)
	var s settings
	if err := input.Decode(&s); err != nil {
		return fmt.Errorf("settings: %w", err)
	}
	addr, err := netip.ParseAddrPort(s.Listen)
	if err != nil || !addr.Addr().IsLoopback() {
		return errors.New("listen must be a loopback address and a port")
	}
	listener, err := new(net.ListenConfig).Listen(context.Background(), "tcp", s.Listen)
	if err != nil {
		return err
	}
	issuer := "http://" + listener.Addr().String()
	handler, err := newWorld(issuer, s)
	if err != nil {
		return err
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	if _, err := fmt.Fprintln(stdout, "ready", issuer); err != nil {
		return err
	}
	// The test holds the other end; it is closed when the test is over.
	_, _ = io.Copy(io.Discard, stdin)
	_ = server.Close()
	if err := <-served; !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
