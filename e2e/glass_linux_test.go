package e2e

import (
	"encoding/json"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// glass is a window that tells what it shows (ui/exposed_on.go): the toolkit has
// nothing for screen readers, so bin/debug/longshore has an ear for tests.
type glass struct {
	*proc
	d      *desktop
	c      *client
	id     string
	socket string
	last   shown
}

// shown is what a window shows at one moment.
type shown struct {
	Rows  int    // of the list, also those out of sight
	Focus string // who gets the keys
	Texts []shownText
}

// shownText is a text and where it stands in the window, in pixels.
type shownText struct {
	Text       string
	X, Y, W, H int
	Layer      int  // 0 is the page; dialogs and menus lie above
	Disabled   bool // it is on a button that does nothing now
}

// read is everything that can be read, one text after another.
func (s shown) read() string {
	all := make([]string, len(s.Texts))
	for i, t := range s.Texts {
		all[i] = t.Text
	}
	return oneLine(strings.Join(all, " "))
}

// says tells whether a sentence can be read. It may be broken into lines.
func (s shown) says(sentence string) bool { return strings.Contains(s.read(), sentence) }

// line is the first text that begins so; what lies above comes first.
func (s shown) line(prefix string) (shownText, bool) {
	i := slices.IndexFunc(s.Texts, func(t shownText) bool { return strings.HasPrefix(t.Text, prefix) })
	if i < 0 {
		return shownText{}, false
	}
	return s.Texts[i], true
}

// glass starts bin/debug/longshore in the right of the screen and waits until it shows
// the queue, which it owns then.
func (d *desktop) glass(t testing.TB, c *client, args ...string) *glass {
	t.Helper()
	g := &glass{d: d, c: c, socket: filepath.Join(t.TempDir(), "exposed")}
	env := append([]string{"GORACE=halt_on_error=0", "LONGSHORE_EXPOSED=" + g.socket}, d.env...)
	g.proc = startProc(t, childOptions{env: env, dir: d.home}, program(t, filepath.Join("debug", "longshore")), append([]string{"--state", c.state}, args...)...)
	g.id = d.place(t, g.proc, 500, 20, 740, 660)
	g.until(t, "the window to show something", func(s shown) bool { return len(s.Texts) > 0 })
	return g
}

// look asks what the window shows.
func (g *glass) look() (s shown, ok bool) {
	conn, err := net.Dial("unix", g.socket)
	if err != nil {
		return s, false
	}
	defer conn.Close()
	return s, conn.SetDeadline(time.Now().Add(patience)) == nil && json.NewDecoder(conn).Decode(&s) == nil
}

// until waits until the window shows what is wanted.
func (g *glass) until(t testing.TB, what string, cond func(shown) bool) shown {
	t.Helper()
	defer func() {
		if t.Failed() {
			g.d.keep(t, "window-waited-in-vain")
			t.Logf("the window shows %d rows, the keys go to %q, and it says: %+v", g.last.Rows, g.last.Focus, g.last.Texts)
		}
	}()
	waitFor(t, what, func() bool {
		s, ok := g.look()
		if ok {
			g.last = s
		}
		if !g.running() {
			t.Errorf("the window ended by itself: %s", tail(g.stderr.String()))
			return true
		}
		return ok && cond(s)
	})
	if t.Failed() {
		t.FailNow()
	}
	return g.last
}

// says waits for sentences.
func (g *glass) says(t testing.TB, sentences ...string) shown {
	t.Helper()
	return g.until(t, "the window to say "+strings.Join(sentences, " … "), func(s shown) bool {
		return !slices.ContainsFunc(sentences, func(x string) bool { return !s.says(x) })
	})
}

// key presses keys, one after another.
func (g *glass) key(t testing.TB, keys ...string) {
	t.Helper()
	g.d.do(t, "xdotool", append([]string{"key", "--delay", "30"}, keys...)...)
}

// click waits for a text, and clicks on it.
func (g *glass) click(t testing.TB, prefix string) {
	t.Helper()
	s := g.until(t, "something to click on: "+prefix, func(s shown) bool { x, ok := s.line(prefix); return ok && !x.Disabled })
	at, _ := s.line(prefix)
	g.d.do(t, "xdotool", "mousemove", "--window", g.id, itoa(at.X+at.W/2), itoa(at.Y+at.H/2), "click", "1")
}

// scroll turns the wheel at the left of the window, where no field takes it, until a text can be read.
func (g *glass) scroll(t testing.TB, prefix string) {
	t.Helper()
	g.d.do(t, "xdotool", "mousemove", "--window", g.id, "48", "330")
	g.until(t, "to scroll to "+prefix, func(s shown) bool {
		_, seen := s.line(prefix)
		if !seen {
			g.d.do(t, "xdotool", "click", "5")
		}
		return seen
	})
}

// close ends the window from the keyboard: nothing is under way, so it asks nothing.
// It comes to rest first: fyne panics when its tray is still being set up at the end
// (systray.SetIcon on a closed bus), for which a person would have to be very quick.
func (g *glass) close(t testing.TB) {
	t.Helper()
	g.d.settled(t)
	g.key(t, "alt+F4")
	if code := g.wait(t); code != 0 {
		t.Errorf("the window ended with %d", code)
	}
	wantQuiet(t, g.proc)
}

// wantVault fails unless the vault holds these files and none beside them but the
// signer's own manifests, as they are on disk.
func (r *rig) wantVault(t testing.TB, files ...string) {
	t.Helper()
	var got []string
	root := filepath.Join(r.s3.Dir, r.s3.Bucket)
	check(t, filepath.WalkDir(root, func(path string, e os.DirEntry, err error) error {
		if err == nil && e.Type().IsRegular() && !strings.Contains(path, ".sgwtmp") && e.Name() != "manifest.json" {
			got = append(got, path)
		}
		return err
	}))
	for _, f := range files {
		i := slices.IndexFunc(got, func(p string) bool { return filepath.Base(p) == filepath.Base(f) })
		if i < 0 {
			t.Errorf("%s is not in the vault", filepath.Base(f))
			continue
		}
		wantSameFile(t, got[i], f)
		got = slices.Delete(got, i, i+1)
	}
	if len(got) > 0 {
		t.Errorf("the vault holds %d more files: %q", len(got), got)
	}
	r.wantNoOpenUploads(t)
}

// entry is how a dropped path stands in the queue; "" while it is not there.
func (c *client) entry(t testing.TB, path string) string {
	t.Helper()
	for _, e := range c.status(t).Entries {
		if e.Path == path {
			return e.State
		}
	}
	return ""
}

// chooser puts a system's file window in the path that lets the user choose these
// files, as zenity does.
func (d *desktop) chooser(t testing.TB, files ...string) {
	t.Helper()
	tools := filepath.Join(d.home, "tools")
	writeFile(t, filepath.Join(tools, "zenity"), []byte("#!/bin/sh\nprintf '%s' '"+strings.Join(files, "\x1e")+"'\n"))
	check(t, os.Chmod(filepath.Join(tools, "zenity"), 0o700))
	d.env = append(d.env, "PATH="+tools+string(os.PathListSeparator)+os.Getenv("PATH"))
}
