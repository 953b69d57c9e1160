// Command signer loads the built signer over loopback and prints what DESIGN §7
// asks of it: URLs a second and core, the latency of a batch at half load, and
// memory over time. It plays clients and storage itself; signing asks the
// storage for nothing.
//
//	go run ./bench/signer [-clients 1000] [-for 30s]
//
// It must not know the inside of the signer: it builds the program, starts it
// and speaks the wire contract (signer/api) with it. Figures and how to read them
// are in docs/performance.md.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:], os.Stdout)
	stop()
	if err != nil {
		_, _ = fmt.Fprintln(os.Stderr, "bench/signer:", err)
		os.Exit(1)
	}
}

// report is what was measured.
type report struct {
	full, half phase
	memory     []memory // one a second
	idle       memory   // before the load
}

// memory of the signer, in bytes.
type memory struct{ rss, own int64 }

func run(ctx context.Context, args []string, out io.Writer) error {
	fs := flag.NewFlagSet("signer", flag.ContinueOnError)
	clients := fs.Int("clients", 1000, "clients, each with a connection and a token of its own")
	length := fs.Duration("for", 30*time.Second, "length of each of the two phases")
	program := fs.String("program", "", "signer to load; built from the tree if empty")
	if err := fs.Parse(args); err != nil {
		return err
	}
	r, err := measure(ctx, *program, *clients, *length)
	if err != nil {
		return err
	}
	r.print(out, *clients)
	return nil
}

// measure starts the signer and loads it twice: as fast as it goes, which shows
// what it can do, and then at half of that rate, which shows how long one waits.
func measure(ctx context.Context, program string, clients int, length time.Duration) (r report, err error) {
	s, err := startSigner(ctx, program, clients)
	if err != nil {
		return r, err
	}
	defer s.stop()
	callers, err := s.callers(ctx, clients)
	if err != nil {
		return r, err
	}
	defer callers.close()
	r.idle = s.memory()
	watch, cancel := context.WithCancel(ctx)
	watched := make(chan []memory)
	go func() { watched <- s.watch(watch) }()
	r.full = callers.load(ctx, s, length, 0)
	if ctx.Err() == nil && r.full.err == nil {
		r.half = callers.load(ctx, s, length, r.full.batches/2/length.Seconds())
	}
	cancel()
	r.memory = <-watched
	if r.full.err != nil {
		return r, r.full.err
	}
	if r.half.err != nil {
		return r, r.half.err
	}
	return r, ctx.Err()
}

func (r report) print(w io.Writer, clients int) {
	for _, p := range []struct {
		name string
		phase
	}{{"full load", r.full}, {"half load", r.half}} {
		_, _ = fmt.Fprintf(w, "%s: %d clients, %.0f batches of %d in %.1f s, %d refused\n", p.name, clients, p.batches, batch, p.took.Seconds(), p.refused)
		_, _ = fmt.Fprintf(w, "  %.0f URLs/s; the signer used %.1f s of CPU: %.0f URLs/s/core\n", p.urls()/p.took.Seconds(), p.cpu.Seconds(), p.urls()/p.cpu.Seconds())
		_, _ = fmt.Fprintf(w, "  a batch took p50 %.1f ms, p95 %.1f ms, p99 %.1f ms, worst %.1f ms\n", ms(p.at(0.5)), ms(p.at(0.95)), ms(p.at(0.99)), ms(p.at(1)))
	}
	_, _ = fmt.Fprintf(w, "memory of the signer (RSS): %s before the load; each second:", mib(r.idle.rss))
	most := memory{}
	for _, m := range r.memory {
		_, _ = fmt.Fprintf(w, " %.0f", float64(m.rss)/(1<<20))
		most = memory{max(most.rss, m.rss), max(most.own, m.own)}
	}
	_, _ = fmt.Fprintf(w, " MiB\n  at its most %s, of which %s its own (RssAnon); the rest is pages of the program's file\n", mib(most.rss), mib(most.own))
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func mib(b int64) string { return fmt.Sprintf("%.1f MiB", float64(b)/(1<<20)) }
