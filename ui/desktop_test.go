package ui

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"longshore/ui/connect"
	"longshore/ui/settings"
	"longshore/ui/words"
	"longshore/uploader"
)

// fakeDesktop is a system in memory.
type fakeDesktop struct {
	raises chan []string
	tray   bool

	mu      sync.Mutex
	kept    Behaviour
	atLogin bool
	shown   []string
	saved   []string
	refuse  error
}

func newFakeDesktop() *fakeDesktop {
	return &fakeDesktop{raises: make(chan []string, 1), kept: Behaviour{KeepAwake: true, Notify: true}}
}

func (d *fakeDesktop) HasTray() bool           { return d.tray }
func (d *fakeDesktop) Raises() <-chan []string { return d.raises }
func (d *fakeDesktop) SupportName() string     { return "support.zip" }

func (d *fakeDesktop) Behaviour(context.Context) (Behaviour, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.kept, nil
}

func (d *fakeDesktop) SetBehaviour(_ context.Context, b Behaviour) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.kept = b
	return nil
}

func (d *fakeDesktop) AtLogin(context.Context) (bool, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.atLogin, nil
}

func (d *fakeDesktop) SetAtLogin(_ context.Context, on bool) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.atLogin = on
	return nil
}

func (d *fakeDesktop) IsConnection(path string) bool {
	return strings.HasSuffix(strings.ToLower(path), ".longshore")
}

func (d *fakeDesktop) ReadConnection(_ context.Context, path string) (connect.Invitation, error) {
	if strings.Contains(path, "bad") {
		return connect.Invitation{}, uploader.E("connection-file", uploader.CodeBadConfig, nil)
	}
	return southFile, nil
}

func (d *fakeDesktop) ShowInFolder(_ context.Context, path string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.shown = append(d.shown, path)
	return d.refuse
}

func (d *fakeDesktop) SaveSupport(_ context.Context, path string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.saved = append(d.saved, path)
	return d.refuse
}

// see reads something of it.
func see[T any](d *fakeDesktop, f func() T) T {
	d.mu.Lock()
	defer d.mu.Unlock()
	return f()
}

// withTray opens a window as on a system with a tray, which the toolkit's test driver does not have.
func withTray(t *testing.T, q *fakeQueue, d *fakeDesktop) *rig {
	t.Helper()
	d.tray = true
	r := open(t, q, Options{Desktop: d})
	r.tray = newTray(r.window)
	return r
}

// hears counts what the window does.
type hears struct{ closed int }

func (r *rig) hears() *hears {
	h := &hears{}
	r.win.SetOnClosed(func() { h.closed++ })
	return h
}

func TestClosingAsksOnceAndRemembers(t *testing.T) {
	for button, c := range map[string]struct {
		how    settings.OnClose
		closed int
	}{"Keep going": {settings.CloseHides, 0}, "Stop for now": {settings.CloseEnds, 1}} {
		q, d := newFake(fakeVault), newFakeDesktop()
		q.rows = sceneMixed()
		r := withTray(t, q, d)
		h := r.hears()
		r.close()
		r.close()
		if n := len(r.win.Canvas().Overlays().List()); n != 1 || h.closed != 0 {
			t.Fatalf("%s: %d questions, closed %d times", button, n, h.closed)
		}
		r.typed(&fyne.KeyEvent{Name: fyne.KeyEscape})
		if r.behaviour.OnClose != settings.CloseAsks || h.closed != 0 {
			t.Fatalf("%s: Escape is an answer", button)
		}
		r.close()
		test.Tap(r.button(button))
		done := make(chan struct{}) // nothing runs on the UI goroutine any more, but orders are carried out
		r.order(func(context.Context) error { close(done); return nil })
		<-done
		if got := see(d, func() settings.OnClose { return d.kept.OnClose }); got != c.how {
			t.Errorf("%s: kept %q", button, got)
		}
		if h.closed != c.closed {
			t.Errorf("%s: closed %d times, want %d", button, h.closed, c.closed)
		}
		if c.closed == 0 {
			r.close()
			if len(r.win.Canvas().Overlays().List()) != 0 || h.closed != 0 {
				t.Errorf("%s: it asks again", button)
			}
		}
	}
}

func TestClosingWhenNothingIsSent(t *testing.T) {
	q, d := newFake(fakeVault), newFakeDesktop()
	q.rows = sceneDone()
	r := withTray(t, q, d)
	h := r.hears()
	r.close()
	if h.closed != 1 {
		t.Error("the program goes on for nothing")
	}
	d = newFakeDesktop()
	d.kept.OnClose = settings.CloseHides
	r = withTray(t, newFake(fakeVault), d)
	h = r.hears()
	r.close()
	if h.closed != 0 {
		t.Error("the user wants it in the tray")
	}
}

// Without a tray nobody is told that the program goes on in one.
func TestClosingWithoutATray(t *testing.T) {
	q, d := newFake(fakeVault), newFakeDesktop()
	q.rows, d.kept.OnClose = sceneMixed(), settings.CloseHides
	r := open(t, q, Options{Desktop: d})
	h := r.hears()
	r.close()
	test.Tap(r.button("Quit"))
	if h.closed != 1 {
		t.Error("it did not quit")
	}
}

func TestAnotherStartRaisesTheWindow(t *testing.T) {
	d := newFakeDesktop()
	r := open(t, newFake(fakeVault), Options{Desktop: d, Hidden: true})
	d.raises <- []string{"/x/a.mov", "/x/b c.mov"}
	r.until("its paths are added", func() bool { return slices.Equal(r.paths(), []string{"/x/a.mov", "/x/b c.mov"}) })
}

func TestTheTraySaysHowItGoes(t *testing.T) {
	q, d := newFake(fakeVault), newFakeDesktop()
	r := withTray(t, q, d)
	if r.tray.status.Label != "Nothing to send" || r.tray.pause.Label != "Pause all" || !r.tray.status.Disabled {
		t.Errorf("%q, %q", r.tray.status.Label, r.tray.pause.Label)
	}
	q.change(func() { q.rows = sceneMixed() })
	r.until("the tray says it", func() bool { return strings.Contains(r.tray.status.Label, " failed, the rest is on its way · ") })
	r.tray.pause.Action()
	r.until("all is paused", func() bool { return slices.Equal(r.verbs(), []uploader.Verb{uploader.Pause}) })
	r.until("the tray offers to go on", func() bool { return r.tray.pause.Label == "Resume all" })
	if r.tray.say(r.book, q.Snapshot().Totals) {
		t.Error("the menu is built anew though nothing changed")
	}
}

func batch(id uploader.BatchID, state uploader.State, done, failed int) uploader.EntryRow {
	return uploader.EntryRow{Batch: id, State: state, Files: 3, FilesDone: done, FilesFailed: failed}
}

func waiting(id uploader.BatchID, reason uploader.WaitReason) uploader.EntryRow {
	e := batch(id, uploader.Waiting, 1, 0)
	e.Reason = reason
	return e
}

func TestADropIsToldOnce(t *testing.T) {
	look := func(rows ...uploader.EntryRow) *uploader.Snapshot {
		return &uploader.Snapshot{Entries: uploader.PagesOf(rows)}
	}
	sends, stored := batch("A", uploader.Uploading, 1, 0), batch("A", uploader.Done, 3, 0)
	scans := uploader.EntryRow{Batch: "A", State: uploader.Done, Scanning: true}
	none := news{}
	for name, c := range map[string]struct {
		looks []*uploader.Snapshot
		want  []news
	}{
		"stored":                      {[]*uploader.Snapshot{look(), look(sends), look(stored), look(stored)}, []news{none, {stored: 3}, none}},
		"stored before the start":     {[]*uploader.Snapshot{look(stored), look(stored)}, []news{none}},
		"some failed":                 {[]*uploader.Snapshot{look(sends), look(batch("A", uploader.Failed, 2, 1))}, []news{{stored: 2, failed: 1}}},
		"two of a drop":               {[]*uploader.Snapshot{look(sends, sends), look(sends, stored), look(stored, stored)}, []news{none, {stored: 6}}},
		"still looking through":       {[]*uploader.Snapshot{look(sends), look(scans), look(stored)}, []news{none, {stored: 3}}},
		"a sign-in":                   {[]*uploader.Snapshot{look(sends), look(waiting("A", uploader.WaitSignIn)), look(waiting("A", uploader.WaitSignIn)), look(sends), look(stored)}, []news{{person: true}, none, none, {stored: 3}}},
		"a sign-in before the start":  {[]*uploader.Snapshot{look(waiting("A", uploader.WaitDrive)), look(waiting("A", uploader.WaitDrive))}, []news{none}},
		"the network is nobody's job": {[]*uploader.Snapshot{look(sends), look(waiting("A", uploader.WaitNetwork))}, []news{none}},
		"one waits, another goes on":  {[]*uploader.Snapshot{look(sends), look(sends, waiting("A", uploader.WaitSignIn))}, []news{none}},
		"stopped by the user":         {[]*uploader.Snapshot{look(sends), look(batch("A", uploader.Cancelled, 0, 0))}, []news{none}},
		"taken off the list":          {[]*uploader.Snapshot{look(sends), look()}, []news{none}},
		"retried":                     {[]*uploader.Snapshot{look(sends), look(batch("A", uploader.Failed, 2, 1)), look(sends), look(stored)}, []news{{stored: 2, failed: 1}, none, {stored: 3}}},
		"two drops":                   {[]*uploader.Snapshot{look(sends, batch("B", uploader.Queued, 0, 0)), look(stored, batch("B", uploader.Done, 2, 0))}, []news{{stored: 5}}},
	} {
		d := newDrops(c.looks[0])
		for i, s := range c.looks[1:] {
			if got := d.look(s); got != c.want[i] {
				t.Errorf("%s, look %d: got %+v, want %+v", name, i+1, got, c.want[i])
			}
		}
	}
}

// What is notified holds nothing that a script could run, in any language, and the whitelist takes nothing out of it.
func TestNotificationsAreHarmless(t *testing.T) {
	for _, l := range words.Languages() {
		b := words.New(l.Language, string(l.Language))
		for _, n := range []news{{stored: 1}, {stored: 5000, failed: 1}, {failed: 7, person: true}} {
			text := n.text(b)
			plain := strings.NewReplacer("\u202f", " ", "\u00a0", " ").Replace(text) // no-break spaces
			if text == "" || harmless(text) != plain {
				t.Errorf("%s: %q becomes %q", l.Language, text, harmless(text))
			}
		}
	}
	if got := harmless("a$(calc)`b`\"c\";'d'\n&|{}<>\\e\u202e"); strings.ContainsAny(got, "$`\";'\n&|{}<>\\\u202e") {
		t.Errorf("%q", got)
	}
}

func TestNotifiesWhenNobodyLooks(t *testing.T) {
	want := fyne.NewNotification("Longshore", "3 files are stored.")
	d := newFakeDesktop()
	r := withTray(t, newFake(fakeVault), d)
	test.AssertNotificationSent(t, want, func() {
		r.notify(news{stored: 3})
		r.work.stop()
	})
	for name, quiet := range map[string]func(*rig){
		"somebody looks":               func(r *rig) { r.focused = true },
		"the user does not want it":    func(r *rig) { r.behaviour.Notify = false },
		"the system has no such place": func(*rig) { d.tray = false },
	} {
		r := withTray(t, newFake(fakeVault), d)
		quiet(r)
		t.Run(name, func(t *testing.T) {
			test.AssertNotificationSent(t, nil, func() {
				r.notify(news{stored: 3})
				r.work.stop()
			})
		})
	}
}

func TestSettingsOfThisComputer(t *testing.T) {
	d := newFakeDesktop()
	r := open(t, newFake(fakeVault), Options{Desktop: d, Picker: picker{paths: []string{"/x/mine"}}})
	r.Settings()
	box := func(text string) *widget.Check {
		var found *widget.Check
		for _, o := range test.LaidOutObjects(r.win.Canvas().Overlays().Top()) {
			if c, ok := o.(*widget.Check); ok && c.Text == text {
				found = c
			}
		}
		if found == nil {
			t.Fatalf("no box %q", text)
		}
		return found
	}
	r.until("it is known whether it starts at login", func() bool { return !box("Start when I log in").Disabled() })
	test.Tap(box("Start when I log in"))
	test.Tap(box("Keep the computer awake while sending"))
	r.until("it is kept", func() bool { return see(d, func() bool { return d.atLogin && !d.kept.KeepAwake && d.kept.Notify }) })
	test.Tap(r.button("Save support bundle"))
	r.until("a bundle is saved", func() bool { return see(d, func() bool { return slices.Equal(d.saved, []string{"/x/mine.zip"}) }) })
}

func TestACrashOffersASupportBundle(t *testing.T) {
	d := newFakeDesktop()
	r := open(t, newFake(fakeVault), Options{Desktop: d, Crashed: true, Picker: picker{paths: []string{"/x/mine.zip"}}})
	test.Tap(r.button("Save support bundle"))
	r.until("it is saved", func() bool { return see(d, func() bool { return len(d.saved) == 1 }) })
}

func TestShowInFolder(t *testing.T) {
	d := newFakeDesktop()
	d.refuse = errors.New("no file manager")
	r := open(t, newFake(fakeVault), Options{Desktop: d})
	r.Details(&uploader.EntryRow{Name: "a.mov", Path: "/x/a.mov", State: uploader.Done})
	test.Tap(r.button("Show in folder"))
	r.until("it is asked", func() bool { return see(d, func() bool { return slices.Equal(d.shown, []string{"/x/a.mov"}) }) })
}

func TestTheSizeIsRemembered(t *testing.T) {
	a := test.NewTempApp(t)
	if got := remembered(a); got != fyne.NewSize(1000, 680) {
		t.Errorf("at first %v", got)
	}
	a.Preferences().SetFloat(preferredWidth, 1200)
	a.Preferences().SetFloat(preferredHeight, 3) // nonsense is no size
	if got := remembered(a); got != fyne.NewSize(1200, 360) {
		t.Errorf("then %v", got)
	}
}
