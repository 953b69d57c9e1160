//go:build linux

// Command uploaders runs Longshore's command line and other uploaders side by side against an S3 that throws bodies
// away (bench/discard), over TLS, and writes what they took: wall time, processor time and peak memory, as medians and
// as ratios.
//
//	go run ./bench/uploaders [-case large,small] [-rounds 5] [-tools longshore,s5cmd]
//
// The tools take turns, so that what else the machine does falls on all of them. Server and signer are processes of
// their own. Finished cases are kept in results.json and are not run again with the same programs, so an interrupted
// run goes on where it stopped.
//
// It must not know the inside of any uploader, ours included: it runs the built programs.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout)
	stop()
	if err != nil {
		_, _ = fmt.Fprintln(os.Stderr, "bench/uploaders:", err)
		os.Exit(1)
	}
}

// options are the flags.
type options struct {
	cases, tools string
	rounds       int
	dir          string // test files, kept from run to run
	bin, peers   string // ours, theirs
	out          string // where results.json, RESULTS.md and results.svg are
	limit        time.Duration
	within       time.Duration
	again        bool
	scale        int64
}

// run is the whole program. It is its own children, too: the server, the signer and the bare loop.
func run(ctx context.Context, args []string, out io.Writer) error {
	if len(args) > 0 {
		if child, ok := children()[args[0]]; ok {
			return child(ctx, args[1:], out)
		}
	}
	var o options
	fs := flag.NewFlagSet("uploaders", flag.ContinueOnError)
	fs.StringVar(&o.cases, "case", "", "cases to run, by commas: "+strings.Join(caseNames(), ", ")+"; all by default")
	fs.StringVar(&o.tools, "tools", "", "uploaders to run, by commas; all that are installed by default")
	fs.IntVar(&o.rounds, "rounds", 0, "times that each uploader has its turn; 0: what the case says")
	fs.StringVar(&o.dir, "dir", filepath.Join(".cache", "bench"), "where the test files are kept, up to 8 GiB")
	fs.StringVar(&o.bin, "bin", "bin", "where longshore-cli is")
	fs.StringVar(&o.peers, "peers", filepath.Join(".tools", "bin"), "where s5cmd and rclone are")
	fs.StringVar(&o.out, "out", "bench", "where the results go")
	fs.DurationVar(&o.limit, "limit", 2*time.Minute, "the longest that one upload may take")
	fs.DurationVar(&o.within, "within", 40*time.Minute, "no round begins later than this; run again to go on")
	fs.BoolVar(&o.again, "again", false, "run cases again that these programs have run before")
	fs.Int64Var(&o.scale, "scale", 1, "divide the number and size of the files; for a test of this program")
	if err := fs.Parse(args); err != nil {
		return err
	}
	cases, err := pick(allCases(), o.cases, func(c testCase) string { return c.Name })
	if err != nil {
		return err
	}
	return o.measure(ctx, cases, out)
}

// measure runs the cases and writes the results after each.
func (o options) measure(ctx context.Context, cases []testCase, out io.Writer) error {
	b, err := newBench(ctx, o, out)
	if err != nil {
		return err
	}
	res, err := loadResults(filepath.Join(o.out, "results.json"))
	if err != nil {
		return err
	}
	ends := time.Now().Add(o.within)
	var failed []error
	for _, c := range cases {
		if ctx.Err() != nil {
			break
		}
		c = c.scaled(o.scale)
		if old := res.Cases[c.Name]; !o.again && old.done(b.programs(), b.names(c)) {
			_, _ = fmt.Fprintf(out, "%s: done before with these programs\n", c.Name)
			continue
		}
		got, err := b.runCase(ctx, c, ends)
		switch {
		case errors.Is(err, errLeftOut):
			_, _ = fmt.Fprintf(out, "%s: left out: %v\n", c.Name, err)
			got = caseResult{LeftOut: err.Error()}
		case err != nil:
			failed = append(failed, fmt.Errorf("%s: %w", c.Name, err))
			continue
		}
		if got.LeftOut != "" && len(res.Cases[c.Name].Rounds) > 0 {
			continue // what was measured where it could be stays
		}
		res.Cases[c.Name] = got
		if err := res.save(o.out); err != nil {
			return err
		}
	}
	return errors.Join(append(failed, res.save(o.out))...) // also when nothing was run: what is kept is shown anew
}

// errLeftOut is why a case cannot be run here.
var errLeftOut = errors.New("not possible here")

// pick takes from all what is named, in all's order; nothing named is all.
func pick[T any](all []T, named string, name func(T) string) ([]T, error) {
	if named == "" {
		return all, nil
	}
	want := strings.Split(named, ",")
	var got []T
	for _, v := range all {
		if i := slices.Index(want, name(v)); i >= 0 {
			got = append(got, v)
			want = slices.Delete(want, i, i+1)
		}
	}
	if len(want) > 0 {
		return nil, fmt.Errorf("there is no %q", want[0])
	}
	return got, nil
}
