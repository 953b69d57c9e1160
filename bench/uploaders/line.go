//go:build linux

package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

const (
	loopback = "127.0.0.1"
	nearEnd  = "10.213.77.1"
	farEnd   = "10.213.77.2"
)

// line is what lies between the uploaders and the server: nothing, or a network namespace behind a pair of virtual
// cards of which ours sends only so many bits a second (tc-tbf(8)). The way back is as fast as it goes. How far away
// the server is, is the server's matter: netem is seldom there.
type line struct {
	host   string   // where the server listens
	inside []string // what a command begins with that runs at the far end
	close  func()
}

func openLine(ctx context.Context, rate int64) (*line, error) {
	if rate == 0 {
		return &line{host: loopback, close: func() {}}, nil
	}
	if os.Getuid() != 0 {
		return nil, fmt.Errorf("%w: a line of its own needs root", errLeftOut)
	}
	// The system takes a namespace away a while after it was asked to: none has the name of one before.
	name := fmt.Sprintf("bench%05d%03d", os.Getpid()%100000, time.Now().UnixMilli()%1000)
	far := name + "b"
	l := &line{host: farEnd, inside: []string{"ip", "netns", "exec", name}}
	l.close = func() {
		background := context.WithoutCancel(ctx)
		_ = shell(background, "ip", "netns", "del", name) // takes its card along, and that one ours
	}
	// A burst of 4 ms, at least one piece of 64 KiB that the card is handed; a queue of 50 ms, as a good modem has.
	burst := strconv.FormatInt(max(rate/8/250, 128<<10), 10)
	for _, cmd := range []string{
		"ip netns add " + name,
		"ip link add " + name + " type veth peer name " + far + " netns " + name,
		"ip addr add " + nearEnd + "/30 dev " + name,
		"ip link set " + name + " up",
		"ip -n " + name + " addr add " + farEnd + "/30 dev " + far,
		"ip -n " + name + " link set " + far + " up",
		"ip -n " + name + " link set lo up",
		"tc qdisc add dev " + name + " root tbf rate " + strconv.FormatInt(rate, 10) + "bit burst " + burst + " latency 50ms",
	} {
		if err := shell(ctx, strings.Fields(cmd)...); err != nil {
			l.close()
			return nil, fmt.Errorf("%w: %w", errLeftOut, err)
		}
	}
	return l, nil
}

func shell(ctx context.Context, argv ...string) error {
	if out, err := exec.CommandContext(ctx, argv[0], argv[1:]...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w: %s", strings.Join(argv, " "), err, strings.TrimSpace(string(out)))
	}
	return nil
}
