package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"
	"sync"

	"longshore/app"
	"longshore/uploader"
)

// The exit codes.
const (
	exitStored      = 0
	exitFailed      = 1
	exitUsage       = 2
	exitSignIn      = 3
	exitInterrupted = 130 // 128 + SIGINT, as shells have it
)

// cli is one run of the program.
type cli struct {
	in      io.Reader                           // of a person who can be asked; nil if there is none
	secret  func(prompt string) (string, error) // asks them for what is not shown; nil as in
	out     io.Writer
	err     io.Writer
	width   func() int // of the terminal that err is; nil if it is none
	program string     // its version

	mu    sync.Mutex // the signal handler speaks, too
	shown bool       // a live line is on the terminal
}

// command is one of the program's commands.
type command struct {
	name, args, short, long string
	setup                   func(c *cli, fs *flag.FlagSet) func(ctx context.Context, paths []string) int
}

func commands() []command {
	return []command{
		uploadCommand(), resumeCommand(), statusCommand(), cancelCommand(), limitsCommand(), historyCommand(), receiptCommand(),
		verifyCommand(), pruneCommand(), vaultsCommand(), signInCommand(), signOutCommand(), supportCommand(),
	}
}

// run runs the command that args name and returns the exit code.
func (c *cli) run(ctx context.Context, args []string) int {
	defer uploader.Nameless()
	if len(args) == 0 {
		c.usage(c.err)
		return exitUsage
	}
	switch args[0] {
	case "help", "-h", "-help", "--help":
		return c.help(args[1:])
	case "version", "-version", "--version":
		fmt.Fprintln(c.out, "longshore-cli", c.program)
		return exitStored
	}
	for _, cmd := range commands() {
		if cmd.name == args[0] {
			return c.runCommand(ctx, cmd, args[1:])
		}
	}
	c.say(fmt.Sprintf("There is no command %s.", printable(args[0])))
	c.usage(c.err)
	return exitUsage
}

func (c *cli) runCommand(ctx context.Context, cmd command, args []string) int {
	fs := newFlags(cmd.name)
	do := cmd.setup(c, fs)
	rest, err := parseAnywhere(fs, args)
	if errors.Is(err, flag.ErrHelp) {
		c.commandHelp(c.out, cmd)
		return exitStored
	}
	if err != nil {
		return c.misused(cmd.name, capital(err.Error())+".")
	}
	code := do(ctx, rest)
	c.clearLine()
	return code
}

// newFlags makes an empty set of flags that leaves all speaking to us.
func newFlags(name string) *flag.FlagSet {
	fs := flag.NewFlagSet(name, flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	return fs
}

// parseAnywhere parses flags that may stand before, between and after the other arguments. Behind -- everything is an
// argument.
func parseAnywhere(fs *flag.FlagSet, args []string) (rest []string, err error) {
	for {
		if err := fs.Parse(args); err != nil {
			return nil, err
		}
		left := fs.Args()
		if used := len(args) - len(left); used > 0 && args[used-1] == "--" {
			return append(rest, left...), nil
		}
		if len(left) == 0 {
			return rest, nil
		}
		rest = append(rest, left[0])
		args = left[1:]
	}
}

// misused says what is wrong with the arguments.
func (c *cli) misused(name, sentence string) int {
	c.say(sentence)
	c.say(fmt.Sprintf("See longshore-cli help %s.", name))
	return exitUsage
}

// failed says why a command could not do its work, and chooses the exit code.
func (c *cli) failed(ctx context.Context, err error) int {
	if ctx.Err() != nil {
		return exitInterrupted
	}
	p := app.Explain(err)
	c.say(p.Sentence)
	if p.Detail != "" {
		c.say("  (" + p.Detail + ")")
	}
	return exitFailed
}

// say prints a line to the user, beside the progress line and never into the output.
func (c *cli) say(s string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.wipe()
	fmt.Fprintln(c.err, s)
}

func (c *cli) help(args []string) int {
	if len(args) == 0 {
		c.usage(c.out)
		return exitStored
	}
	for _, cmd := range commands() {
		if cmd.name == args[0] {
			c.commandHelp(c.out, cmd)
			return exitStored
		}
	}
	c.say(fmt.Sprintf("There is no command %s.", printable(args[0])))
	return exitUsage
}

func (c *cli) usage(w io.Writer) {
	fmt.Fprint(w, "Longshore stores files in an encrypted vault, whole or not at all.\n\nUsage:\n")
	for _, cmd := range commands() {
		fmt.Fprintf(w, "  longshore-cli %-14s %s\n", cmd.name, cmd.short)
	}
	fmt.Fprint(w, "  longshore-cli version\n  longshore-cli help COMMAND\n\n"+
		"Exit codes: 0 all files are stored, 1 some are not, 2 wrong usage, 3 a sign-in is needed first, 130 interrupted (everything can be resumed).\n")
}

func (c *cli) commandHelp(w io.Writer, cmd command) {
	fmt.Fprintf(w, "longshore-cli %s %s\n\n%s\n\nFlags (before or after the other arguments):\n", cmd.name, cmd.args, strings.TrimSpace(cmd.long))
	fs := newFlags(cmd.name)
	cmd.setup(c, fs)
	fs.VisitAll(func(f *flag.Flag) {
		value, text := flag.UnquoteUsage(f)
		if value != "" {
			value = " " + value
		}
		fmt.Fprintf(w, "  --%-20s %s\n", f.Name+value, text)
	})
}

func capital(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
