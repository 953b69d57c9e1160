// Longshore is the desktop program: a window on the engine.
//
// It must not know how uploading works, how the state folder is kept, or how anything is drawn: it reads flags, opens
// a session (package app), shows it (package ui) and closes it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"

	"longshore/app"
	"longshore/internal/platform/pick"
	"longshore/internal/redact"
	"longshore/store"
	"longshore/ui"
	"longshore/uploader"
)

// id is the program's name among all programs.
const id = "app.longshore.Longshore"

// version is set by the linker.
var version string

// The exit codes.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2
)

// gcGrowth is by how many percent the window's memory may grow before the collector runs. A queue of 100,000 files keeps
// 160 MB that hardly change; with the usual 100 % as much again would lie about.
const gcGrowth = 25

func main() {
	if store.IsCheckChild() {
		os.Exit(store.CheckMain())
	}
	log.SetOutput(redact.Writer(os.Stderr)) // Fyne and net/http speak there, of files and of what servers send
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

// start is what the command line asks for.
type start struct {
	signer, tokenFile, caFile, stateDir string
	paths                               []string
	hidden, version                     bool
}

func run(args []string, out, errOut io.Writer) int {
	defer uploader.Nameless()
	s, err := parse(args, out, errOut)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return exitOK
	case err != nil:
		return exitUsage
	case s.version:
		_, _ = fmt.Fprintln(out, "Longshore "+programVersion()) // nobody to tell if this fails
		return exitOK
	}
	session, err := app.Open(context.Background(), app.Options{StateDir: s.stateDir, Agent: "longshore/" + programVersion(), Window: true})
	if err != nil {
		p := app.Explain(err)
		_, _ = fmt.Fprintln(errOut, p.Sentence)
		ui.Problem(id, programVersion(), problem(p)) // who started it by a click sees no terminal
		return exitFailed
	}
	if !session.Owner() {
		code := handOver(context.Background(), session, s, out, errOut)
		return closed(session, code, errOut)
	}
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcGrowth)
	}
	crashed := app.LogCrashes(s.stateDir)
	ui.Run(ui.Options{
		ID: id, Version: programVersion(), Queue: adapter{session}, Picker: pick.Native{}, Desktop: desk{session, s.stateDir},
		Paths: absolute(s.paths), Connect: s.address(), Hidden: s.hidden, Crashed: crashed,
	})
	return closed(session, exitOK, errOut)
}

// closed ends the session.
func closed(session app.Session, code int, errOut io.Writer) int {
	if err := session.Close(); err != nil {
		_, _ = fmt.Fprintln(errOut, app.Explain(err).Sentence)
		return exitFailed
	}
	return code
}

func parse(args []string, out, errOut io.Writer) (start, error) {
	var s start
	fs := flag.NewFlagSet("longshore", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	fs.StringVar(&s.signer, "signer", "", "`URL` of the vault, from your administrator; without it the window asks")
	fs.StringVar(&s.tokenFile, "token-file", "", "`FILE` with your token, for the vault of --signer")
	fs.StringVar(&s.caFile, "ca", "", "`FILE` with the certificate (PEM) of the vault of --signer")
	fs.StringVar(&s.stateDir, "state", "", "`DIR` in which the queue is kept, if not the usual one")
	fs.BoolVar(&s.hidden, "hidden", false, "start without a window, in the tray; another start shows it")
	fs.BoolVar(&s.version, "version", false, "print the version and exit")
	err := fs.Parse(args)
	s.paths = fs.Args()
	if err == nil && s.signer == "" && (s.tokenFile != "" || s.caFile != "") {
		err = errors.New("--token-file and --ca need --signer")
	}
	switch {
	case errors.Is(err, flag.ErrHelp):
		usage(fs, out)
	case err != nil:
		_, _ = fmt.Fprintf(errOut, "longshore: %s\n\n", err)
		usage(fs, errOut)
	}
	return s, err
}

func usage(fs *flag.FlagSet, w io.Writer) {
	_, _ = fmt.Fprintf(w, "Longshore stores files and folders in an encrypted vault.\n\n"+
		"longshore [--signer URL [--token-file FILE] [--ca FILE]] [--state DIR] [--hidden] [PATH…]\n\n"+
		"The files and folders named are added to the queue.\n\n")
	fs.VisitAll(func(f *flag.Flag) {
		value, text := flag.UnquoteUsage(f)
		_, _ = fmt.Fprintf(w, "  %-20s %s\n", strings.TrimSpace("--"+f.Name+" "+value), text)
	})
}

func (s start) address() *ui.Address {
	if s.signer == "" {
		return nil
	}
	a := &ui.Address{Signer: s.signer}
	if s.tokenFile != "" {
		a.TokenFile = absolute([]string{s.tokenFile})[0]
	}
	if s.caFile != "" {
		a.CAFile = absolute([]string{s.caFile})[0]
	}
	return a
}

// absolute makes paths hold wherever the program's working directory is.
func absolute(paths []string) []string {
	for i, p := range paths {
		if abs, err := filepath.Abs(p); err == nil && !strings.Contains(p, "://") {
			paths[i] = abs
		}
	}
	return paths
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
