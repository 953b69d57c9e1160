// Command longshore-signer runs a vault's signer (`serve`), makes a bucket ready
// to be one (`setup`) and tells whether all is well (`doctor`).
//
// It owns flags, listeners, files, printing and signals, and hands the rest to
// packages signer, signer/bucket and signer/s3. It must not know the protocol's
// calls, nor what a bucket's settings mean.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
)

// Exit codes of the program.
const (
	exitOK    = 0
	exitError = 1
	exitUsage = 2
	exitShort = 3 // done, but something to know: a warning, or a thing this server cannot do
)

const usage = `Longshore signer: creates, signs and completes uploads into an S3 vault, for
clients that hold no AWS credentials.

Usage:
  longshore-signer serve [flags]     run the signer until SIGINT or SIGTERM
  longshore-signer setup [flags]     make a bucket what a vault needs; shows the change first
  longshore-signer doctor [flags]    check a vault from outside and say what to do
  longshore-signer check-policy FILE show what a policy file gives each group
  longshore-signer connection-file   write a file (*.longshore) that sets up people's programs
  longshore-signer ping URL          ask a running signer, for health checks
  longshore-signer version           say which version this is
  longshore-signer COMMAND --help    show all flags
`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run is main without the process: it gives the exit code.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	if len(args) == 0 {
		_, _ = io.WriteString(stderr, usage)
		return exitUsage
	}
	switch args[0] {
	case "serve":
		return runServe(ctx, args[1:], stdout, stderr)
	case "setup":
		return runSetup(ctx, args[1:], stdout, stderr)
	case "doctor":
		return runDoctor(ctx, args[1:], stdout, stderr)
	case "check-policy":
		return runCheckPolicy(args[1:], stdout, stderr)
	case "connection-file":
		return runConnectionFile(ctx, args[1:], stdout, stderr)
	case "ping":
		return runPing(ctx, args[1:], stdout, stderr)
	case "version", "--version":
		_, _ = fmt.Fprintln(stdout, "longshore-signer "+programVersion())
		return exitOK
	case "help", "-h", "--help":
		_, _ = io.WriteString(stdout, usage)
		return exitOK
	}
	_, _ = fmt.Fprintf(stderr, "longshore-signer: there is no command %q\n\n%s", args[0], usage)
	return exitUsage
}

func runServe(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	opts, err := parseServe(args, stdout)
	if errors.Is(err, errHelp) {
		return exitOK
	}
	if err != nil {
		_, _ = fmt.Fprintf(stderr, "longshore-signer serve: %v\nRun 'longshore-signer serve --help' for all flags.\n", err)
		return exitUsage
	}
	log := slog.New(slog.NewJSONHandler(stderr, &slog.HandlerOptions{Level: opts.logLevel}))
	if err := serve(ctx, opts, log, stdout, stderr); err != nil {
		_, _ = fmt.Fprintf(stderr, "longshore-signer serve: %v\n", err)
		return exitError
	}
	return exitOK
}

// version is set by the release build.
var version string

// programVersion is what manifests say wrote them.
func programVersion() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	return "development build"
}
