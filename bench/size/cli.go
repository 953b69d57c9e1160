//go:build linux

package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// sparse makes a file of a size that takes no room.
func sparse(path string, size int64) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	if err := f.Truncate(size); err != nil {
		_ = f.Close() // the first error is the one that explains
		return err
	}
	return f.Close()
}

// opening measures what the command line takes to look at a folder, after a clean end and after a kill.
func (b *bench) opening(ctx context.Context, name string, s seed) error {
	state, err := b.folder(name, s)
	if err != nil {
		return err
	}
	info, err := os.Stat(filepath.Join(state, "queue.db"))
	if err != nil {
		return err
	}
	n := s.rows + s.folder + s.history
	b.line("journal, "+name, "size", "%s (%d bytes each)", mib(info.Size()), info.Size()/int64(max(n, 1)))
	for _, how := range []string{"after a clean end", "after a kill"} {
		if how == "after a kill" {
			if err := os.Remove(filepath.Join(state, "queue.db.clean")); err != nil {
				return err
			}
		}
		if err := b.command(ctx, "status, "+how, "status", "--state", state); err != nil {
			return err
		}
	}
	if s.history == 0 {
		return nil
	}
	for _, args := range [][]string{{"--limit", "50"}, {"--search", "IM000001.dcm"}, {"--limit", "0"}} {
		if err := b.command(ctx, fmt.Sprintf("history %s %s", args[0], args[1]), append([]string{"history", "--state", state}, args...)...); err != nil {
			return err
		}
	}
	return nil
}

func (b *bench) command(ctx context.Context, what string, args ...string) error {
	wall, u, err := ran(ctx, []string{"HOME=" + b.dir}, b.bin("longshore-cli"), args...)
	if err != nil {
		return err
	}
	b.line("", what, "%d ms, %d ms of CPU, %s at most", wall.Milliseconds(), u.cpu.Milliseconds(), mib(u.peak))
	return nil
}

// sending measures the memory of the command line while it sends a file of a size, cut short after so long.
func (b *bench) sending(ctx context.Context, dir string, size int64, cut time.Duration) (peak int64, err error) {
	path := filepath.Join(dir, "longshore-bench.img")
	if err := sparse(path, size); err != nil {
		return 0, err
	}
	defer func() { _ = os.Remove(path) }()
	v, err := b.vault(ctx, 0)
	if err != nil {
		return 0, err
	}
	defer v.close()
	state, err := b.fresh("sending", seed{signer: v.url, origin: v.sink.URL})
	if err != nil {
		return 0, err
	}
	p, err := launch(ctx, []string{"HOME=" + b.dir}, b.bin("longshore-cli"), "upload", "--state", state, "--signer", v.url, path)
	if err != nil {
		return 0, err
	}
	var deadline <-chan time.Time // from the first byte on: on a busy machine the way there takes seconds
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	var u usage
	for running := true; running; {
		select {
		case <-tick.C:
			if now := p.usage(); now.peak > 0 {
				u = now
			}
			if deadline == nil && v.sink.received() > 0 {
				deadline = time.After(cut)
			}
		case <-p.done:
			running = false
		case <-deadline:
			p.stop()
			running = false
		}
	}
	info, err := os.Stat(filepath.Join(state, "queue.db"))
	if err != nil {
		return 0, err
	}
	sent := v.sink.received()
	if sent == 0 {
		return 0, fmt.Errorf("nothing was sent: %s; the signer: %s", p.out.String(), v.signer.out.String())
	}
	b.line(fmt.Sprintf("command line, a sparse file of %s", mib(size)), "sent; memory at most; CPU; journal", "%s; %s; %.2f s a GiB; %s",
		mib(sent), mib(u.peak), u.cpu.Seconds()/(float64(sent)/(1<<30)), mib(info.Size()))
	return u.peak, nil
}
