package e2e

import (
	"image"
	"path/filepath"
	"strings"
	"testing"
)

// TestWindowDragKillResume is the whole way of issue 2: a file and a folder are
// dragged out of a file manager onto the window, the window is killed in the
// middle, started again, and what it stored is compared byte by byte. Pictures
// of the moments are kept.
func TestWindowDragKillResume(t *testing.T) {
	const size = 6*partSize + 4321
	r := newVersity(t)
	c := newClient(t)
	d := newDesktop(t)
	folder := filepath.Join(c.home, "to send")
	film, study := filepath.Join(folder, "film.mov"), filepath.Join(folder, "study")
	makeFile(t, film, size, 81)
	files := makeTree(t, study, 150)
	whole := int64(size)
	for _, data := range files {
		whole += int64(len(data))
	}

	d.fileManager(t, folder)
	win := d.window(t, r, c)
	d.keep(t, "window-1-empty")
	r.data.pace(12 * mib)
	r.data.on(func(x exchange) bool { return x.Op == opPut && strings.Contains(x.Key, "/series 6/") }, -1, fault{holdBodyAt: 500, holdBody: newHold()})
	icons := d.icons(t, 2) // folders come first
	middle := image.Pt(500+370, 20+330)
	d.dragUntilQueued(t, c, icons[1], middle, 1)
	d.dragUntilQueued(t, c, icons[0], middle, 2)

	gate := r.data.stopAt(whole * 3 / 4)
	waitFor(t, "half of the bytes", func() bool { return !win.running() || r.data.received() >= whole/2 })
	d.keep(t, "window-2-sending")
	gate.await(t, "three quarters of the bytes")
	if !win.running() {
		t.Fatalf("the window ended by itself: %s", win.stderr.String())
	}
	win.kill()
	r.data.clear()
	r.settle(t)
	cut := r.inFlight(t)
	wantQuiet(t, win)
	if v := c.status(t); v.Running || len(v.Entries) != 2 || v.Done == 0 || v.Done >= len(files) {
		t.Errorf("the queue after the kill: %+v", v)
	}

	network := newHold()
	r.control.on(isAny, -1, fault{holdBefore: network})
	r.data.on(isAny, -1, fault{holdBefore: network})
	win = d.window(t, r, c)
	if title := d.titleOf(win); !strings.Contains(title, " % · Longshore") || strings.HasPrefix(title, "0 %") { // from the journal, before the network has said anything
		t.Errorf("the window's title is %q, want the queue's progress", title)
	}
	d.keep(t, "window-3-again")
	r.control.clear()
	r.data.clear()
	r.data.pace(20 * mib)
	waitFor(t, "everything to be stored", func() bool {
		v := c.status(t)
		return !win.running() || v.Done == len(files)+1 && v.Done == v.Files
	})
	r.data.clear()
	waitFor(t, "the window to say so", func() bool { return !win.running() || !strings.Contains(d.titleOf(win), "%") })
	d.settled(t)
	d.keep(t, "window-4-done")

	var key string
	for _, x := range r.data.exchanges(isOp(opPart)) {
		if strings.HasSuffix(x.Key, "/film.mov") {
			key = x.Key
		}
	}
	wantSameFile(t, r.path(key), film)
	r.wantTreeOnce(t, study, files)
	r.wantNothingTwice(t, cut, whole)
	r.wantNoOpenUploads(t)
	if n := len(c.history(t)); n != len(files)+1 {
		t.Errorf("the history has %d files, want %d", n, len(files)+1)
	}

	d.do(t, "wmctrl", "-i", "-c", d.windowOf(win)) // nothing is under way: it closes without a question
	if code := win.wait(t); code != 0 {
		t.Errorf("the window ended with %d", code)
	}
	wantQuiet(t, win)
}

// window starts bin/debug/longshore, which has fyne's thread checks and the race
// detector on, beside the file manager.
func (d *desktop) window(t testing.TB, r *rig, c *client) *proc {
	t.Helper()
	o := childOptions{env: append([]string{"GORACE=halt_on_error=0"}, d.env...), dir: d.home}
	p := startProc(t, o, program(t, filepath.Join("debug", "longshore")), "--signer", r.URL, "--state", c.state)
	d.place(t, p, 500, 20, 740, 660)
	waitFor(t, "the vault in the window's queue", func() bool { return !p.running() || c.status(t).Running })
	d.settled(t)
	return p
}

// dragUntilQueued drags, and again if the hand slipped, until the queue has so
// many entries.
func (d *desktop) dragUntilQueued(t testing.TB, c *client, from, to image.Point, entries int) {
	t.Helper()
	for try := 1; ; try++ {
		d.drag(t, from, to)
		queued := false
		for range 40 { // each look takes a moment of its own
			if queued = len(c.status(t).Entries) >= entries; queued {
				break
			}
		}
		if queued {
			return
		}
		if try == 5 {
			d.keep(t, "window-drag-failed")
			t.Fatalf("after %d drags the queue has %d entries, want %d", try, len(c.status(t).Entries), entries)
		}
	}
}

// isAny matches every request.
func isAny(exchange) bool { return true }

// settled waits until the screen no longer changes.
func (d *desktop) settled(t testing.TB) {
	t.Helper()
	var before []byte
	waitFor(t, "the screen to come to rest", func() bool {
		_, now := d.look(t)
		same := string(now) == string(before)
		before = now
		return same
	})
}

// wantQuiet fails on what the toolkit's thread checks, the race detector or a
// panic print. Two complaints of fyne are let go: it rewrites its own preferences
// in place, so a kill can leave them empty; we keep nothing there. And it wants to
// watch its settings, for which a busy machine may have no inotify instance left.
func wantQuiet(t testing.TB, p *proc) {
	t.Helper()
	said := p.stderr.String()
	for _, harmless := range []string{"Preferences load error", "Failed to watch settings file"} {
		said = strings.ReplaceAll(said, "Fyne error:  "+harmless, "")
	}
	for _, bad := range []string{"Error in Fyne call thread", "DATA RACE", "panic:", "fatal error:", "Fyne error"} {
		if strings.Contains(said, bad) {
			t.Errorf("the window printed %q:\n%s", bad, tail(said))
		}
	}
}
