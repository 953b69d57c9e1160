//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// bench is the side-by-side run.
type bench struct {
	options
	out     io.Writer
	tools   []tool
	missing []string
}

func newBench(ctx context.Context, o options, out io.Writer) (*bench, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	b := &bench{options: o, out: out}
	tools, err := pick(allTools(ctx, o, self), o.tools, func(t tool) string { return t.name })
	if err != nil {
		return nil, err
	}
	for _, t := range tools {
		if t.program == "" {
			b.missing = append(b.missing, t.name)
			continue
		}
		b.tools = append(b.tools, t)
	}
	if len(b.missing) > 0 {
		_, _ = fmt.Fprintf(out, "not installed, and left out: %s\n", strings.Join(b.missing, ", "))
	}
	return b, nil
}

// of are the tools that take part in a case.
func (b *bench) of(c testCase) (all []tool) {
	for _, t := range b.tools {
		if t.only == nil || t.only(c) {
			all = append(all, t)
		}
	}
	return all
}

func (b *bench) names(c testCase) (all []string) {
	for _, t := range b.of(c) {
		all = append(all, t.name)
	}
	return all
}

// programs are the versions of all that takes part.
func (b *bench) programs() map[string]string {
	all := map[string]string{}
	for _, t := range b.tools {
		all[t.name] = t.version
	}
	return all
}

// slow is how long a turn may take if there is to be another one: what is so far behind needs no median.
const slow = 20 * time.Second

// runCase has every tool do the case's work, in turns.
func (b *bench) runCase(ctx context.Context, c testCase, ends time.Time) (caseResult, error) {
	res := caseResult{Title: c.Title, Bytes: c.bytes(), Files: c.Files, Programs: b.programs(), When: time.Now().Format(time.DateOnly)}
	if time.Now().After(ends) {
		return res, fmt.Errorf("%w: no time left", errLeftOut)
	}
	source, err := c.prepare(b.dir)
	if err != nil {
		return res, err
	}
	if source, err = filepath.Abs(source); err != nil {
		return res, err
	}
	where, err := os.MkdirTemp("", "bench")
	if err != nil {
		return res, err
	}
	defer func() { _ = os.RemoveAll(where) }()
	s, err := newSecrets(where)
	if err != nil {
		return res, err
	}
	v, err := openVault(ctx, c, s, where)
	if err != nil {
		return res, err
	}
	defer v.close()
	if !c.Cold {
		if err := warm(source); err != nil {
			return res, err
		}
	}
	rounds := b.rounds
	if rounds == 0 {
		rounds = c.Rounds
	}
	for i := range rounds {
		whole := len(res.Rounds)
		if time.Now().After(ends) {
			_, _ = fmt.Fprintf(b.out, "%s: no time left after %d of %d rounds\n", c.Name, i, rounds)
			break
		}
		for _, t := range b.of(c) {
			if done := res.of(t.name); len(done) > 0 && done[0].Wall > slow {
				continue
			}
			r, err := b.once(ctx, c, t, source, v, filepath.Join(where, "home"))
			if ctx.Err() != nil && i > 0 { // stopped from outside: whole rounds count
				res.Rounds = res.Rounds[:whole]
				return res, nil
			}
			if err != nil {
				return res, fmt.Errorf("%s: %w", t.name, err)
			}
			_, _ = fmt.Fprintf(b.out, "%-7s %d  %-28s %7.2fs wall  %6.2fs cpu  %5d MiB\n",
				c.Name, i+1, t.name, r.Wall.Seconds(), r.cpu().Seconds(), r.RSS/mib)
			res.Rounds = append(res.Rounds, r)
		}
	}
	return res, nil
}

// errShort means that a tool said it was through, and not all had come in.
var errShort = errors.New("it ended well, and not all had come in")

// once has one tool do the work once, and makes sure that it did.
func (b *bench) once(ctx context.Context, c testCase, t tool, source string, v *vault, home string) (round, error) {
	if err := errors.Join(os.RemoveAll(home), os.MkdirAll(home, 0o700)); err != nil {
		return round{}, err
	}
	if c.Cold {
		if err := cool(source); err != nil {
			return round{}, err
		}
	}
	if _, err := v.received(); err != nil { // what came before does not count
		return round{}, err
	}
	args, env := t.call(c, source, v)
	used := cpuOf(v.sign.cmd.Process.Pid)
	r, err := measured(ctx, b.limit, command{program: t.program, args: t.flags(args), env: env, home: home})
	if err != nil {
		return r, err
	}
	r.Tool = t.name
	if t.name == "longshore" {
		r.Signer = cpuOf(v.sign.cmd.Process.Pid) - used
	}
	got, err := v.received()
	if err != nil {
		return r, err
	}
	// Ours stores a manifest of the drop besides.
	if got.Objects < c.Files || got.Bytes < c.bytes() {
		return r, fmt.Errorf("%w: %d of %d files, %d of %d bytes", errShort, got.Objects, c.Files, got.Bytes, c.bytes())
	}
	return r, nil
}
