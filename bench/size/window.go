//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"longshore/app"
)

// window is a running bin/longshore on a screen.
type window struct {
	*program
	s     *screen
	first time.Duration // from the start of the process to rows on the screen
}

// window opens one on a screen of its own: the picture of a closed window stays where nothing draws over it.
func (b *bench) window(ctx context.Context, state string, args ...string) (*window, error) {
	home, err := os.MkdirTemp(b.dir, "screen") // no server clears the picture that another left
	if err != nil {
		return nil, err
	}
	s, err := newScreen(ctx, home)
	if err != nil {
		return nil, err
	}
	w, err := b.windowOn(ctx, s, state, args...)
	if err != nil {
		s.close()
	}
	return w, err
}

func (b *bench) windowOn(ctx context.Context, s *screen, state string, args ...string) (*window, error) {
	p, err := launch(ctx, s.env, b.bin("longshore"), append([]string{"--state", state}, args...)...)
	if err != nil {
		return nil, err
	}
	w := &window{program: p, s: s}
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for !s.drawn() {
		select {
		case <-p.done:
			return nil, fmt.Errorf("the window ended: %s", p.out.String())
		case <-ctx.Done():
			p.stop()
			return nil, ctx.Err()
		case <-tick.C:
		}
	}
	w.first = time.Since(p.began)
	return w, nil
}

func (w *window) close() {
	w.stop()
	w.s.close()
}

// gaps are the times between frames.
type gaps []time.Duration

func (g gaps) at(quantile float64) time.Duration {
	if len(g) == 0 {
		return 0
	}
	return g[min(int(quantile*float64(len(g))), len(g)-1)]
}

func (g gaps) String() string {
	if len(g) == 0 {
		return "no frame"
	}
	return fmt.Sprintf("%d frames, p50 %d, p95 %d, worst %d ms", len(g)+1, g.at(0.5).Milliseconds(), g.at(0.95).Milliseconds(), g.at(1).Milliseconds())
}

// scroll turns the wheel for some seconds and tells how long after one another the frames came.
func (w *window) scroll(ctx context.Context, notches int) (gaps, error) {
	watch, stop := context.WithCancel(ctx)
	defer stop()
	seen := make(chan []time.Time)
	go func() { seen <- w.s.frames(watch) }()
	err := w.s.hand(ctx, "mousemove", "640", "500", "click", "--repeat", fmt.Sprint(notches), "--delay", "16", "5")
	stop()
	var g gaps
	at := <-seen
	for i := 1; i < len(at); i++ {
		g = append(g, at[i].Sub(at[i-1]))
	}
	slices.Sort(g)
	return g, err
}

// rows measures a window with so many rows: how it starts, what it keeps, what it does when nothing happens, how it
// scrolls.
func (b *bench) rows(ctx context.Context, name string, folder seed) error {
	state, err := b.folder(name, folder)
	if err != nil {
		return err
	}
	var starts gaps
	var w *window
	for range 3 {
		if w != nil {
			w.close()
		}
		if w, err = b.window(ctx, state); err != nil {
			return err
		}
		starts = append(starts, w.first)
	}
	defer w.close()
	slices.Sort(starts)
	pause(ctx, b.rest) // what starting left behind is collected
	before := w.usage()
	pause(ctx, b.rest)
	after := w.usage()
	b.line("window, "+name, "start to first frame (of 3: median, best)", "%d ms, %d ms", starts[1].Milliseconds(), starts[0].Milliseconds())
	b.line("", "memory (RSS; of it anonymous)", "%s; %s", mib(after.rss), mib(after.anon))
	b.line("", "idle", "%.1f %% of a core", 100*(after.cpu-before.cpu).Seconds()/b.rest.Seconds())
	if folder.rows == 0 {
		return nil
	}
	g, err := w.scroll(ctx, 200)
	if err != nil {
		return err
	}
	b.line("", "scrolling", "%v", g)
	return nil
}

// drop measures what it takes until so many files are in the journal, dropped as one folder or one by one, while the
// user scrolls.
func (b *bench) drop(ctx context.Context, files int, single bool) error {
	name := "a folder of %d files"
	if single {
		name = "%d files one by one"
	}
	name = fmt.Sprintf(name, files)
	state, err := b.fresh("drop", seed{rows: 1000, signer: away.signer, origin: away.origin})
	if err != nil {
		return err
	}
	paths, err := b.files(files)
	if err != nil {
		return err
	}
	w, err := b.window(ctx, state)
	if err != nil {
		return err
	}
	defer w.close()
	session, err := app.Open(ctx, app.Options{StateDir: state, Agent: "bench"})
	if err != nil {
		return err
	}
	defer session.Close()
	if session.Owner() {
		return errors.New("the window does not own its folder")
	}
	if !single {
		paths = []string{filepath.Dir(filepath.Dir(paths[0]))}
	}
	scrolled := make(chan gaps)
	go func() {
		g, _ := w.scroll(ctx, 250) // a hand that slipped shows as no frame
		scrolled <- g
	}()
	began := time.Now()
	if _, err := session.Add(ctx, vault, paths, 0); err != nil {
		return err
	}
	taken := time.Since(began)
	changed, cancel := session.Subscribe()
	defer cancel()
	for t := session.Snapshot().Totals; t.Files < files+1000 || t.Scanning; t = session.Snapshot().Totals {
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	all := time.Since(began)
	b.line("window, "+name+" dropped", "until the drop is durable; until each file is", "%d ms; %d ms", taken.Milliseconds(), all.Milliseconds())
	b.line("", "scrolling meanwhile", "%v", <-scrolled)
	u := w.usage()
	b.line("", "memory then (RSS; of it anonymous; most so far)", "%s; %s; %s", mib(u.rss), mib(u.anon), mib(u.peak))
	b.line("", "CPU until then, the first frame included", "%.1f s", u.cpu.Seconds())
	pause(ctx, b.rest)
	u = w.usage()
	b.line("", "memory when it has rested (RSS; of it anonymous)", "%s; %s", mib(u.rss), mib(u.anon))
	return nil
}

// files makes small files to be dropped, once.
func (b *bench) files(n int) ([]string, error) {
	dir := filepath.Join(b.dir, "files")
	var paths []string
	for i := range n {
		sub := filepath.Join(dir, fmt.Sprintf("series %d", i/1000))
		if i%1000 == 0 {
			if err := os.MkdirAll(sub, 0o700); err != nil {
				return nil, err
			}
		}
		path := filepath.Join(sub, fmt.Sprintf("IM%06d.dcm", i))
		if _, err := os.Lstat(path); err != nil {
			if err := os.WriteFile(path, []byte(path), 0o600); err != nil {
				return nil, err
			}
		}
		paths = append(paths, path)
	}
	return paths, nil
}

// through measures how fast a file goes through the window and through the command line, to a storage that takes
// 1 Gbit/s.
func (b *bench) through(ctx context.Context, size int64) error {
	path := filepath.Join(b.dir, "film.mov")
	if err := sparse(path, size); err != nil {
		return err
	}
	var rates [2]float64
	for i, program := range []string{"command line", "window"} {
		v, err := b.vault(ctx, 125e6)
		if err != nil {
			return err
		}
		state, err := b.fresh("through", seed{signer: v.url, origin: v.sink.URL})
		if err != nil {
			return err
		}
		var u usage
		if i == 0 {
			_, u, err = ran(ctx, []string{"HOME=" + b.dir}, b.bin("longshore-cli"), "upload", "--state", state, "--signer", v.url, path)
		} else {
			u, err = b.throughWindow(ctx, state, path, v)
		}
		if err != nil {
			return err
		}
		rates[i] = v.sink.rate()
		b.line(fmt.Sprintf("%s at 1 Gbit/s, %s", mib(size), program), "while bytes flowed", "%.1f MB/s, %.1f s of CPU", rates[i]/1e6, u.cpu.Seconds())
		v.close()
	}
	b.line("", "window / command line (goal 0.95)", "%.3f", rates[1]/rates[0])
	return nil
}

func (b *bench) throughWindow(ctx context.Context, state, path string, v *vaultOf) (u usage, err error) {
	w, err := b.window(ctx, state)
	if err != nil {
		return u, err
	}
	defer w.close()
	if _, _, err := ran(ctx, w.s.env, b.bin("longshore"), "--state", state, path); err != nil {
		return u, err
	}
	select {
	case <-v.sink.completed:
	case <-ctx.Done():
	}
	return w.usage(), ctx.Err()
}
