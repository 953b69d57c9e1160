//go:build linux

// Command size measures what the built programs cost when there is much of everything: a file of 48.8 TiB, 100,000 rows
// in the window, a history of a million. It prints a Markdown table.
//
//	make build && go run ./bench/size [-case window,drop,through,journal,sparse] [-rows 100000] [-history 1000000]
//	go run ./bench/size -case seed -dir DIR [-rows 100000] fills DIR/seed and measures nothing
//
// It must not know the inside of the programs: it fills state folders through package store, as the engine would, and
// looks at processes and at the screen from outside. Figures and how to read them are in docs/performance.md.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"longshore/store"
)

func main() {
	if store.IsCheckChild() {
		os.Exit(store.CheckMain())
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout)
	stop()
	if err != nil {
		_, _ = fmt.Fprintln(os.Stderr, "bench/size:", err)
		os.Exit(1)
	}
}

// bench is one run.
type bench struct {
	programs string // folder of the built programs
	dir      string // for state folders and files
	out      io.Writer
	rest     time.Duration // a window is left alone for so long before it is measured
	film     int64         // bytes of what is sent through it
	patience time.Duration // the most that one case may take
}

func (b *bench) bin(name string) string { return filepath.Join(b.programs, name) }

// line prints one row of the table; what is "" where it is the same as above.
func (b *bench) line(what, figure, format string, args ...any) {
	_, _ = fmt.Fprintf(b.out, "| %s | %s | %s |\n", what, figure, fmt.Sprintf(format, args...))
}

func mib(n int64) string {
	switch {
	case n >= 1<<40:
		return fmt.Sprintf("%.1f TiB", float64(n)/(1<<40))
	case n >= 10<<30:
		return fmt.Sprintf("%.1f GiB", float64(n)/(1<<30))
	}
	return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20))
}

// folder is a state folder of a kind. It is made once: the next run with the same -dir finds it.
func (b *bench) folder(name string, s seed) (string, error) {
	dir := filepath.Join(b.dir, strings.ReplaceAll(name, " ", "-"))
	if _, err := os.Stat(filepath.Join(dir, "queue.db")); err == nil {
		return dir, nil
	}
	return dir, s.make(dir)
}

// fresh is a folder made anew.
func (b *bench) fresh(name string, s seed) (string, error) {
	if err := os.RemoveAll(filepath.Join(b.dir, name)); err != nil {
		return "", err
	}
	return b.folder(name, s)
}

func run(ctx context.Context, args []string, out io.Writer) (err error) {
	fs := flag.NewFlagSet("size", flag.ContinueOnError)
	cases := fs.String("case", "journal,sparse,window,drop,through", "what to measure")
	rows := fs.Int("rows", 100_000, "rows of the window, and files dropped")
	history := fs.Int("history", 1_000_000, "receipts")
	cut := fs.Duration("cut", 20*time.Second, "after which a file that is too large to be sent whole is cut short")
	film := fs.Int64("film", 3<<30, "bytes of the file that goes through the window")
	rest := fs.Duration("settle", 8*time.Second, "how long a window is left alone before its memory and its idling are measured")
	patience := fs.Duration("patience", 10*time.Minute, "the most that one case may take; a program that is stuck then prints where")
	signer := fs.String("signer", away.signer, "whose vault the case seed fills a folder for")
	origin := fs.String("origin", away.origin, "where that vault wants the bytes")
	dir := fs.String("dir", "", "for state folders, kept; a temporary one if empty")
	programs := fs.String("programs", "bin", "folder of the built programs")
	if err := fs.Parse(args); err != nil {
		return err
	}
	b := &bench{out: out, rest: *rest, film: *film, patience: *patience}
	if b.programs, err = filepath.Abs(*programs); err != nil {
		return err
	}
	if b.dir = *dir; b.dir == "" {
		if b.dir, err = os.MkdirTemp("", "bench-size"); err != nil {
			return err
		}
		defer func() { _ = os.RemoveAll(b.dir) }()
	}
	if b.dir, err = filepath.Abs(b.dir); err != nil {
		return err
	}
	if err := os.MkdirAll(b.dir, 0o700); err != nil {
		return err
	}
	if *cases == "seed" { // measures nothing: a queue for the tests of the window
		_, err = b.fresh("seed", seed{rows: *rows, signer: *signer, origin: *origin})
		return err
	}
	_, _ = fmt.Fprintln(out, "| what | figure | measured |\n|---|---|---|")
	for name := range strings.SplitSeq(*cases, ",") {
		if err := b.measure(ctx, name, *rows, *history, *cut); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

// away is a folder whose vault cannot be reached.
var away = seed{signer: "http://127.0.0.1:1", origin: "http://127.0.0.1:2"}

func (b *bench) measure(ctx context.Context, name string, rows, history int, cut time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, b.patience)
	defer cancel()
	many, old := away, away
	many.rows, old.history = rows, history
	switch name {
	case "journal":
		if err := b.opening(ctx, fmt.Sprintf("%d rows", rows), many); err != nil {
			return err
		}
		return b.opening(ctx, fmt.Sprintf("history of %d", history), old)
	case "sparse":
		return b.sparseFiles(ctx, cut)
	case "window":
		few := away
		few.rows = 100
		if err := b.rows(ctx, "empty", away); err != nil {
			return err
		}
		if err := b.rows(ctx, "100 rows", few); err != nil {
			return err
		}
		return b.rows(ctx, fmt.Sprintf("%d rows", rows), many)
	case "drop":
		if err := b.drop(ctx, rows, false); err != nil {
			return err
		}
		return b.drop(ctx, rows, true)
	case "through":
		return b.through(ctx, b.film)
	}
	return fmt.Errorf("there is no case %q", name)
}

// sparseFiles sends files of three sizes; the largest lies in memory, since no disk file system here holds it.
func (b *bench) sparseFiles(ctx context.Context, cut time.Duration) error {
	const largest = 10_000 * 5 << 30 // 48.8 TiB, the most that S3 takes
	small, err := b.sending(ctx, b.dir, 1<<30, cut)
	if err != nil {
		return err
	}
	large, err := b.sending(ctx, b.dir, 1<<40, cut)
	if err != nil {
		return err
	}
	huge, err := b.sending(ctx, "/dev/shm", largest, cut)
	if err != nil {
		return err
	}
	b.line("", "memory of 1 TiB and of 48.8 TiB to that of 1 GiB (goal 1.2)", "%.2f and %.2f", float64(large)/float64(small), float64(huge)/float64(small))
	return nil
}
