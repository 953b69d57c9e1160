// Command longshore-demo is a vault on your own machine, for trying Longshore
// and for its tests: an S3 server whose objects are plain files under one
// folder (versitygw, embedded) and the signer, in one process. It has no
// sign-in and no KMS, so it listens on loopback only. It knows the signer's
// public API and nothing of the engine, the journal or the window.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
)

const usage = `longshore-demo: a vault on your own machine

  longshore-demo --data DIR [--listen ADDR] [--s3-listen ADDR]

Prints "ready http://ADDR" when it can be used. Objects are plain files under
DIR/vault. Stops on Ctrl-C.

`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run is the program: 0 after a clean stop, 1 if the vault could not start or
// broke, 2 for bad usage.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	cfg := config{out: stdout}
	flags := flag.NewFlagSet("longshore-demo", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() {
		fmt.Fprint(stderr, usage)
		flags.PrintDefaults()
	}
	flags.StringVar(&cfg.data, "data", "", "`folder` that holds the vault; made if it is missing")
	flags.StringVar(&cfg.listen, "listen", "127.0.0.1:8480", "loopback `address` of the signer; port 0 takes a free one")
	flags.StringVar(&cfg.s3Listen, "s3-listen", "127.0.0.1:8481", "loopback `address` of the S3 server; port 0 takes a free one")
	untilEOF := flags.Bool("until-eof", false, "stop when standard input ends, for programs that start the demo")
	verbose := flags.Bool("verbose", false, "log each call to standard error")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return 0
		}
		return 2
	}
	if flags.NArg() > 0 || cfg.data == "" {
		flags.Usage()
		return 2
	}

	level := slog.LevelWarn
	if *verbose {
		level = slog.LevelInfo
	}
	cfg.log = slog.New(slog.NewTextHandler(stderr, &slog.HandlerOptions{Level: level}))
	if *untilEOF {
		ctx = endsWith(ctx, stdin)
	}
	if err := runVault(ctx, cfg); err != nil {
		fmt.Fprintf(stderr, "longshore-demo: %v\n", err)
		return 1
	}
	return 0
}

// endsWith returns a context that also ends when r does. The goroutine lives as
// long as the process: a read of standard input cannot be cancelled.
func endsWith(ctx context.Context, r io.Reader) context.Context {
	ctx, cancel := context.WithCancel(ctx)
	go func() {
		defer cancel()
		_, _ = io.Copy(io.Discard, r) // an error ends it just as EOF does
	}()
	return ctx
}
