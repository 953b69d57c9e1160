package e2e

import (
	"path/filepath"
	"strings"
	"testing"
)

// TestTheWindowComesBackWhereItWas moves the window, closes it and starts it again, twice: a place that is remembered
// by the width of a frame too far would wander.
func TestTheWindowComesBackWhereItWas(t *testing.T) {
	c := newClient(t)
	d := newDesktop(t)
	start := func() *proc {
		p := startProc(t, childOptions{env: d.env, dir: d.home}, program(t, "longshore"), "--state", filepath.Join(c.home, "state"))
		waitFor(t, "the window", func() bool { return !p.running() || d.windowOf(p) != "" })
		return p
	}
	win := start()
	d.settled(t)
	d.do(t, "wmctrl", "-i", "-r", d.windowOf(win), "-e", "0,230,90,800,600")
	d.settled(t)
	was := d.geometry(t, win)
	if !strings.Contains(was, "WIDTH=800\nHEIGHT=600") {
		t.Fatalf("it did not move: %s", was)
	}
	for range 2 {
		d.do(t, "wmctrl", "-i", "-c", d.windowOf(win))
		if code := win.wait(t); code != 0 {
			t.Fatalf("the window ended with %d", code)
		}
		win = start()
		waitFor(t, "the window at\n"+was, func() bool { return !win.running() || d.geometry(t, win) == was })
		d.settled(t)
		if now := d.geometry(t, win); now != was {
			t.Fatalf("it was at\n%sand is at\n%s", was, now)
		}
	}
}

// geometry is where the window of a process stands, without its frame.
func (d *desktop) geometry(t testing.TB, p *proc) string {
	t.Helper()
	out, err := d.try("xdotool", "getwindowgeometry", "--shell", d.windowOf(p))
	if err != nil {
		t.Fatalf("xdotool: %v: %s", err, out)
	}
	_, place, _ := strings.Cut(out, "\n") // the first line is the window's number
	return place
}
