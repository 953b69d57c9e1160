package e2e

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/png"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// desktop is a screen nobody sees, with a window manager and a session bus.
type desktop struct {
	env  []string // for programs on it
	home string
}

// newDesktop starts Xvfb on a free display, openbox and dbus-daemon.
func newDesktop(t testing.TB) *desktop {
	t.Helper()
	for _, name := range []string{"Xvfb", "openbox", "dbus-daemon", "xdotool", "wmctrl", "import", "pcmanfm"} {
		if _, err := exec.LookPath(name); err != nil {
			t.Fatalf("%s is not installed: run `make packages`", name)
		}
	}
	d := &desktop{home: t.TempDir()}
	runtime := filepath.Join(d.home, "run")
	check(t, os.MkdirAll(runtime, 0o700))
	d.env = []string{"HOME=" + d.home, "LC_ALL=C.UTF-8", "XDG_RUNTIME_DIR=" + runtime, "LIBGL_ALWAYS_SOFTWARE=1"}
	// -noreset: else the server starts over, and throws everybody out, whenever its only client has gone.
	display := d.announced(t, "Xvfb", "-displayfd", "3", "-screen", "0", "1280x800x24", "-nolisten", "tcp", "-noreset")
	d.env = append(d.env, "DISPLAY=:"+display)
	bus := d.announced(t, "dbus-daemon", "--session", "--nofork", "--print-address=3")
	d.env = append(d.env, "DBUS_SESSION_BUS_ADDRESS="+bus)
	manager := d.run(t, "openbox")
	waitFor(t, "the window manager", func() bool {
		out, err := d.try("wmctrl", "-m")
		return !manager.running() || err == nil && strings.Contains(out, "Openbox")
	})
	if !manager.running() {
		t.Fatalf("openbox ended: %s", manager.stdout.String())
	}
	return d
}

// announced starts a server that writes where it is to descriptor 3.
func (d *desktop) announced(t testing.TB, name string, args ...string) string {
	t.Helper()
	read, write, err := os.Pipe()
	check(t, err)
	defer read.Close()
	path, err := exec.LookPath(name)
	check(t, err)
	startProc(t, childOptions{env: d.env, dir: d.home, files: []*os.File{write}}, path, args...)
	check(t, write.Close())
	check(t, read.SetReadDeadline(time.Now().Add(patience)))
	var line []byte
	for buf := make([]byte, 256); !bytes.Contains(line, []byte("\n")); {
		n, err := read.Read(buf)
		if err != nil && err != io.EOF {
			t.Fatalf("%s did not say where it is: %v", name, err)
		}
		if err == io.EOF {
			t.Fatalf("%s ended", name)
		}
		line = append(line, buf[:n]...)
	}
	return strings.TrimSpace(string(line))
}

// run starts a program on the desktop.
func (d *desktop) run(t testing.TB, name string, args ...string) *proc {
	t.Helper()
	path, err := exec.LookPath(name)
	check(t, err)
	return startProc(t, childOptions{env: d.env, dir: d.home}, path, args...)
}

// try runs a small tool and gives what it printed.
func (d *desktop) try(name string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env, cmd.Dir = environ(d.env...), d.home
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func (d *desktop) do(t testing.TB, name string, args ...string) {
	t.Helper()
	if out, err := d.try(name, args...); err != nil {
		t.Fatalf("%s %v: %v: %s", name, args, err, out)
	}
}

// place waits for the window of a process and puts it somewhere; x and y are
// those of its frame.
func (d *desktop) place(t testing.TB, p *proc, x, y, w, h int) (id string) {
	t.Helper()
	waitFor(t, "the window of "+filepath.Base(p.cmd.Path), func() bool {
		id = d.windowOf(p)
		return id != "" || !p.running()
	})
	if id == "" {
		t.Fatalf("%s ended without a window: %s", filepath.Base(p.cmd.Path), p.stderr.String())
	}
	d.do(t, "wmctrl", "-i", "-r", id, "-e", fmt.Sprintf("0,%d,%d,%d,%d", x, y, w, h))
	return id
}

// windowOf is the id of a process's first window, or "".
func (d *desktop) windowOf(p *proc) string {
	id, _, _ := strings.Cut(d.firstWindow(p), " ")
	return id
}

// titleOf is the title of that window.
func (d *desktop) titleOf(p *proc) string {
	_, title, _ := strings.Cut(d.firstWindow(p), " ")
	return title
}

// firstWindow is the id and the title of a process's first window.
func (d *desktop) firstWindow(p *proc) string {
	out, err := d.try("wmctrl", "-l", "-p")
	if err != nil {
		return ""
	}
	for line := range strings.Lines(out) {
		if f := strings.Fields(line); len(f) > 4 && f[2] == itoa(p.cmd.Process.Pid) { // id, desktop, pid, machine, title
			return f[0] + " " + strings.Join(f[4:], " ")
		}
	}
	return ""
}

// look takes a picture of the whole screen.
func (d *desktop) look(t testing.TB) (image.Image, []byte) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, "import", "-window", "root", "png:-")
	cmd.Env, cmd.Dir = environ(d.env...), d.home
	raw, err := cmd.Output()
	check(t, err)
	img, err := png.Decode(bytes.NewReader(raw))
	check(t, err)
	var plain bytes.Buffer // import writes the time into its pictures, so that no two are the same
	check(t, png.Encode(&plain, img))
	return img, plain.Bytes()
}

// keep saves a picture of the screen among the test's artefacts.
func (d *desktop) keep(t testing.TB, name string) {
	t.Helper()
	dir := os.Getenv("LONGSHORE_ARTIFACTS")
	if dir == "" {
		dir = filepath.Join("..", "artifacts")
	}
	_, raw := d.look(t)
	path := filepath.Join(dir, name+".png")
	writeFile(t, path, raw)
	t.Logf("screenshot: %s", path)
}

// fileManager is a pcmanfm that shows a folder in icons and nothing else, at the
// upper left corner.
func (d *desktop) fileManager(t testing.TB, folder string) *proc {
	t.Helper()
	writeFile(t, filepath.Join(d.home, ".config", "pcmanfm", "default", "pcmanfm.conf"), []byte(`[config]
bm_open_method=0
[volume]
mount_on_startup=0
mount_removable=0
autorun=0
[ui]
always_show_tabs=0
win_width=480
win_height=400
side_pane_mode=hidden;places
view_mode=icon
show_hidden=0
sort=name;ascending;
toolbar=hidden;
show_statusbar=0
`))
	p := d.run(t, "pcmanfm", folder)
	d.place(t, p, 0, 0, 480, 400)
	return p
}

// icons finds the things that the file manager shows, left to right: what is not
// white in the first row of its white pane.
func (d *desktop) icons(t testing.TB, want int) []image.Point {
	t.Helper()
	var found []image.Point
	waitFor(t, fmt.Sprintf("%d icons in the file manager", want), func() bool {
		img, _ := d.look(t)
		found = iconsIn(img)
		return len(found) == want
	})
	return found
}

func iconsIn(img image.Image) []image.Point {
	const width, height, right = 470, 390, 460
	white := func(x, y int) bool {
		r, g, b, _ := img.At(x, y).RGBA()
		return r > 0xf000 && g > 0xf000 && b > 0xf000
	}
	top, run := 0, 0
	for y := range height { // the first long run of white at the right edge is the pane
		if !white(right, y) {
			run = 0
			continue
		}
		if run++; run == 100 {
			top = y - 99
			break
		}
	}
	if top == 0 {
		return nil
	}
	var found []image.Point
	first, last := -1, -1
	flush := func() {
		if first >= 0 && last-first > 20 {
			found = append(found, image.Pt((first+last)/2, top+32))
		}
		first = -1
	}
	for x := 3; x < width; x++ {
		blank := true
		for y := top + 2; y < top+90 && blank; y++ {
			blank = white(x, y)
		}
		switch {
		case !blank && first < 0:
			first, last = x, x
		case !blank:
			last = x
		case first >= 0 && x-last > 15:
			flush()
		}
	}
	flush()
	return found
}

// drag presses at one point and lets go at another. Toolkits begin a drag only
// after some motion, and a drop target wants a last motion inside it, so the
// pointer moves as a hand does.
func (d *desktop) drag(t testing.TB, from, to image.Point) {
	t.Helper()
	const steps = 25
	hand := time.NewTicker(25 * time.Millisecond)
	defer hand.Stop()
	rest := func(n int) {
		for range n {
			<-hand.C
		}
	}
	move := func(p image.Point) { d.do(t, "xdotool", "mousemove", itoa(p.X), itoa(p.Y)) }
	move(from)
	rest(8)
	d.do(t, "xdotool", "mousedown", "1")
	rest(8)
	for i := 1; i <= steps; i++ {
		move(from.Add(to.Sub(from).Mul(i).Div(steps)))
		rest(1)
	}
	rest(12)
	move(to.Add(image.Pt(2, 2)))
	rest(8)
	d.do(t, "xdotool", "mouseup", "1")
}
