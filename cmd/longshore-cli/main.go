// Longshore-cli is Longshore without a window: the same engine, journal and signer client, for terminals and scripts.
//
// It must not know how uploading works, nor how the state folder is kept: package app does. It reads flags, prints,
// and turns outcomes into exit codes.
package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"golang.org/x/term"

	"longshore/store"
)

// version is set by the linker.
var version string

func main() {
	if store.IsCheckChild() {
		os.Exit(store.CheckMain())
	}
	log.SetOutput(io.Discard) // net/http quotes there what servers send unasked; all that we have to say is said
	ctx, cancel := context.WithCancel(context.Background())
	c := &cli{out: os.Stdout, err: os.Stderr, program: programVersion()}
	if term.IsTerminal(int(os.Stdin.Fd())) { //nolint:gosec // a descriptor fits
		c.in, c.secret = os.Stdin, askUnseen
	}
	if term.IsTerminal(int(os.Stderr.Fd())) { //nolint:gosec // a descriptor fits
		c.width = terminalWidth
	}
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() { // ends with the process
		<-signals
		c.say("Stopping; everything can be resumed. Once more to stop at once.")
		cancel()
		<-signals
		os.Exit(exitInterrupted)
	}()
	os.Exit(c.run(ctx, os.Args[1:]))
}

// askUnseen reads a line that the terminal does not show.
func askUnseen(prompt string) (string, error) {
	_, _ = fmt.Fprint(os.Stderr, prompt)
	data, err := term.ReadPassword(int(os.Stdin.Fd())) //nolint:gosec // a descriptor fits
	_, _ = fmt.Fprintln(os.Stderr)
	return string(data), err
}

func terminalWidth() int {
	w, _, err := term.GetSize(int(os.Stderr.Fd())) //nolint:gosec // a descriptor fits
	if err != nil || w < 20 {
		return 80
	}
	return w
}

func programVersion() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	return "development build"
}
