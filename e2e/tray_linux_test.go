package e2e

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"

	"longshore/internal/bustest"
)

// panel is a desktop's panel: it has a place for icons, and shows notifications.
type panel struct {
	conn  *dbus.Conn
	icons chan dbus.Sender
	told  chan string
}

func (p *panel) RegisterStatusNotifierItem(_ string, sender dbus.Sender) *dbus.Error {
	p.icons <- sender
	return nil
}

// Notify takes a notification, as org.freedesktop.Notifications has it.
func (p *panel) Notify(_ string, _ uint32, _, title, body string, _ []string, _ map[string]dbus.Variant, _ int32) (uint32, *dbus.Error) {
	p.told <- title + ": " + body
	return 1, nil
}

func (d *desktop) panel(t *testing.T) *panel {
	t.Helper()
	address := ""
	for _, v := range d.env {
		if a, ok := strings.CutPrefix(v, "DBUS_SESSION_BUS_ADDRESS="); ok {
			address = a
		}
	}
	p := &panel{icons: make(chan dbus.Sender, 8), told: make(chan string, 8)}
	p.conn = bustest.Join(t, address)
	bustest.Offer(t, p.conn, p, "/StatusNotifierWatcher", "org.kde.StatusNotifierWatcher")
	bustest.Offer(t, p.conn, p, "/org/freedesktop/Notifications", "org.freedesktop.Notifications")
	for _, name := range []string{"org.kde.StatusNotifierWatcher", "org.freedesktop.Notifications"} {
		if _, err := p.conn.RequestName(name, dbus.NameFlagDoNotQueue); err != nil {
			t.Fatal(err)
		}
	}
	return p
}

// menuItem is a line of a tray's menu as it goes over the bus.
type menuItem struct {
	ID       int32
	Of       map[string]dbus.Variant
	Children []dbus.Variant
}

// menu reads an icon's menu: its lines' ids by what they say.
func (p *panel) menu(t *testing.T, icon dbus.Sender) map[string]int32 {
	t.Helper()
	var version uint32
	var top menuItem
	err := p.conn.Object(string(icon), "/StatusNotifierItem/menu").
		Call("com.canonical.dbusmenu.GetLayout", 0, int32(0), int32(-1), []string{}).Store(&version, &top)
	check(t, err)
	lines := map[string]int32{}
	for _, c := range top.Children {
		var item menuItem
		check(t, dbus.Store([]any{c.Value()}, &item))
		if label, ok := item.Of["label"].Value().(string); ok {
			lines[label] = item.ID
		}
	}
	return lines
}

func (p *panel) click(t *testing.T, icon dbus.Sender, line string) {
	t.Helper()
	id, ok := p.menu(t, icon)[line]
	if !ok {
		t.Fatalf("the tray's menu has no %q: %v", line, p.menu(t, icon))
	}
	check(t, p.conn.Object(string(icon), "/StatusNotifierItem/menu").
		Call("com.canonical.dbusmenu.Event", 0, id, "clicked", dbus.MakeVariant(int32(0)), uint32(0)).Err)
}

// within takes what comes from the panel in good time.
func within[T any](t *testing.T, what string, c <-chan T) (v T) {
	t.Helper()
	select {
	case v = <-c:
	case <-time.After(patience):
		t.Fatalf("waited in vain for %s", what)
	}
	return v
}

// TestTheWindowGoesToTheTrayAndComesBack: another start hands a file over; the window is closed while it is sent, the
// answer is the tray; the upload goes on there, is told when it is done, and another start brings the window back.
func TestTheWindowGoesToTheTrayAndComesBack(t *testing.T) {
	r, c, d := newVersity(t), newClient(t), newDesktop(t)
	p := d.panel(t)
	file := filepath.Join(c.home, "$(touch run) Müller^Anna.dcm")
	makeFile(t, file, 2*partSize, 5)
	o := childOptions{env: d.env, dir: d.home}
	win := startProc(t, o, program(t, "longshore"), "--signer", r.URL, "--state", c.state)
	d.place(t, win, 200, 20, 740, 660)
	waitFor(t, "the window to own the queue", func() bool { return !win.running() || c.status(t).Running })
	icon := within(t, "an icon in the tray", p.icons)

	h := newHold()
	r.data.on(partNo(2), 1, fault{holdBodyAt: partSize / 2, holdBody: h})
	another := func(args ...string) {
		t.Helper()
		if code := startProc(t, o, program(t, "longshore"), append([]string{"--state", c.state}, args...)...).wait(t); code != 0 {
			t.Fatalf("another start ended with %d", code)
		}
	}
	another(file)
	h.await(t, "half of the file")
	waitFor(t, "the tray to say so", func() bool {
		for line := range p.menu(t, icon) {
			if strings.HasPrefix(line, "Sending · ") {
				return true
			}
		}
		return !win.running()
	})
	gone := func() bool { return d.windowOf(win) == "" }
	d.do(t, "wmctrl", "-i", "-c", d.windowOf(win))
	d.settled(t)
	d.keep(t, "tray-question")
	d.do(t, "xdotool", "key", "Tab", "Tab", "Tab", "space") // Stay, Stop for now, Keep going
	waitFor(t, "the window to be gone", gone)
	if !win.running() {
		t.Fatal("the program ended")
	}
	h.free()
	if told := within(t, "a notification", p.told); told != "Longshore: 1 file is stored." {
		t.Errorf("told %q", told)
	}
	if n := len(c.history(t)); n != 1 {
		t.Errorf("the history has %d files", n)
	}

	another()
	waitFor(t, "the window to be back", func() bool { return !gone() || !win.running() })
	d.settled(t)
	d.keep(t, "tray-back")
	d.do(t, "wmctrl", "-i", "-c", d.windowOf(win)) // the answer is remembered
	waitFor(t, "the window to be gone again", gone)
	if !win.running() {
		t.Fatal("the program ended")
	}
	p.click(t, icon, "Open Longshore")
	waitFor(t, "the window to be back", func() bool { return !gone() || !win.running() })
	p.click(t, icon, "Quit Longshore")
	if code := win.wait(t); code != 0 {
		t.Errorf("the window ended with %d", code)
	}
	wantQuiet(t, win)
}
