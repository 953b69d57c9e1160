package ui

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/storage"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"
	"go.uber.org/goleak"

	"longshore/ui/theme"
	"longshore/uploader"
)

// rig is a window on a queue that pretends. Closures for the UI goroutine run only while the test waits for something,
// as in the toolkit's own loop.
type rig struct {
	*window
	t     *testing.T
	fake  *fakeQueue
	turns chan func()
}

func open(t *testing.T, q *fakeQueue, o Options) *rig {
	t.Helper()
	a := test.NewTempApp(t)
	a.Settings().SetTheme(theme.New(theme.System))
	before := goleak.IgnoreCurrent()
	o.Queue = q
	if o.Desktop == nil {
		o.Desktop = newFakeDesktop()
	}
	r := &rig{window: newWindow(a, o, "en"), t: t, fake: q, turns: make(chan func(), 1)}
	r.win.Resize(fyne.NewSize(900, 600))
	r.start(func(f func()) {
		select {
		case r.turns <- f:
		default:
			t.Error("a second closure waits in the toolkit")
		}
	})
	t.Cleanup(func() {
		r.stop()
		goleak.VerifyNone(t, before)
	})
	return r
}

// until runs the UI goroutine's closures until cond holds.
func (r *rig) until(what string, cond func() bool) {
	r.t.Helper()
	late := time.After(10 * time.Second)
	for !cond() {
		select {
		case f := <-r.turns:
			f()
		case <-late:
			r.t.Fatalf("waited in vain until %s", what)
		}
	}
}

// added are the paths of all Adds so far.
func (r *rig) paths() []string {
	r.fake.mu.Lock()
	defer r.fake.mu.Unlock()
	return slices.Concat(r.fake.added...)
}

func (r *rig) verbs() []uploader.Verb {
	r.fake.mu.Lock()
	defer r.fake.mu.Unlock()
	return slices.Clone(r.fake.done)
}

func (r *rig) entries() int {
	if r.last == nil {
		return 0
	}
	return r.last.Entries.Len()
}

func TestQueueIsShownBeforeAnythingIsAsked(t *testing.T) {
	q := newFake(fakeVault)
	q.rows = sceneMixed()
	r := open(t, q, Options{})
	if r.entries() != len(q.rows) { // no closure has run yet
		t.Errorf("%d entries in the first frame, want %d", r.entries(), len(q.rows))
	}
	if r.win.Content() != fyne.CanvasObject(r.page) {
		t.Error("the first frame is not the queue")
	}
}

func TestDrop(t *testing.T) {
	r := open(t, newFake(fakeVault), Options{})
	folder := t.TempDir()
	paths := []string{filepath.Join(folder, "a b%20.dcm"), filepath.Join(folder, "ünï")}
	r.add(droppedPaths([]fyne.URI{storage.NewFileURI(paths[1]), storage.NewFileURI(paths[0])})) // rows come in natural order
	r.until("the drop is in the queue and shown", func() bool { return r.entries() == 2 })
	if !slices.Equal(r.paths(), paths) {
		t.Errorf("added %q, want %q", r.paths(), paths)
	}
}

func TestDropOfWhatIsNoFile(t *testing.T) {
	here := t.TempDir()
	t.Chdir(here)
	exists := filepath.Join(here, "smb:", "here")
	if err := os.MkdirAll(exists, 0o700); err != nil {
		t.Fatal(err)
	}
	got := localPaths([]string{
		filepath.Join(here, "smb:/server/share/file.dcm"), filepath.Join(here, "https:/example.org/a"), exists,
		filepath.Join(here, "missing.dcm"), "/elsewhere/smb:/x",
	})
	want := []string{"smb://server/share/file.dcm", "https://example.org/a", exists, filepath.Join(here, "missing.dcm"), "/elsewhere/smb:/x"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
}

func TestFirstStart(t *testing.T) {
	r := open(t, newFake(), Options{})
	if r.connect == nil {
		t.Fatal("without a vault the first page is not the one that asks for it")
	}
	r.add([]string{"/early/one.mov"})
	if len(r.paths()) != 0 {
		t.Fatal("added without a vault")
	}
	var caps uploader.Capabilities
	a := Address{Signer: "https://vault.north.example.org"}
	r.CheckVault(a, func(c uploader.Capabilities, _ error) { caps = c })
	r.until("the check answers", func() bool { return caps.Name != "" })
	if len(r.vaults) != 0 || len(r.fake.vaults) != 0 {
		t.Error("a check kept the vault")
	}
	used := false
	r.UseVault(a, func(_ uploader.Vault, err error) { used = err == nil })
	r.until("the vault is used", func() bool { return used })
	r.until("what was dropped early is added", func() bool { return slices.Equal(r.paths(), []string{"/early/one.mov"}) })
	if r.win.Content() != fyne.CanvasObject(r.page) {
		t.Error("the queue is not shown once there is a vault")
	}
}

func TestVaultOfTheCommandLine(t *testing.T) {
	a := &Address{Signer: "https://cmd.example.org", TokenFile: "/t"}
	r := open(t, newFake(fakeVault), Options{Connect: a, Paths: []string{"/x/a.mov"}})
	r.until("the path is added", func() bool { return len(r.paths()) == 1 })
	r.until("the row is shown", func() bool { return r.entries() == 1 })
	if got := r.last.Entries.At(0).Vault; got != "V2" || r.current != "V2" {
		t.Errorf("added to %s, new files go to %s; want the vault of the command line", got, r.current)
	}
}

// A vault that is set up already is not asked first: what the command line names is durable also while it is away.
func TestKnownVaultOfTheCommandLineIsAway(t *testing.T) {
	other := fakeVault
	other.ID, other.SignerURL = "V2", "https://other.example.org"
	q := newFake(fakeVault, other)
	q.refuse = uploader.E("add", uploader.CodeNetwork, nil)
	r := open(t, q, Options{Connect: &Address{Signer: fakeVault.SignerURL + "/"}, Paths: []string{"/x/a.mov"}})
	r.until("the path is added", func() bool { return len(r.paths()) == 1 })
	if r.current != "V1" {
		t.Errorf("new files go to %s", r.current)
	}
}

func TestVaultOfTheCommandLineIsRefused(t *testing.T) {
	q := newFake()
	q.refuse = uploader.E("add", uploader.CodeTLS, nil)
	r := open(t, q, Options{Connect: &Address{Signer: "https://cmd.example.org"}, Paths: []string{"/x/a.mov"}})
	r.until("the page asks", func() bool { return r.connect != nil })
	if len(r.paths()) != 0 || len(r.kept) != 1 {
		t.Errorf("added %q, kept %q", r.paths(), r.kept)
	}
}

func TestOtherFilesForTheSameAddress(t *testing.T) {
	r := open(t, newFake(fakeVault), Options{})
	done := false
	r.UseVault(Address{Signer: fakeVault.SignerURL + "/", TokenFile: "/new/token"}, func(_ uploader.Vault, err error) { done = err == nil })
	r.until("saved", func() bool { return done })
	v, _ := r.vault("V1")
	if v.TokenFile != "/new/token" {
		t.Errorf("the vault's token file is %q: what waits in its queue would not go on", v.TokenFile)
	}
}

func TestOrdersKeepTheirOrder(t *testing.T) {
	q := newFake(fakeVault)
	q.rows = sceneMixed()
	r := open(t, q, Options{})
	want := []uploader.Verb{uploader.Pause, uploader.Resume, uploader.Pause, uploader.RetryJobs, uploader.Resume}
	for _, v := range want {
		r.Do(v, uploader.Target{All: true})
	}
	r.until("all orders are carried out", func() bool { return len(r.verbs()) == len(want) })
	if !slices.Equal(r.verbs(), want) {
		t.Errorf("carried out as %v", r.verbs())
	}
}

// button finds a button in what lies over the window.
func (r *rig) button(text string) *widget.Button {
	r.t.Helper()
	top := r.win.Canvas().Overlays().Top()
	if top == nil {
		r.t.Fatalf("no question is open that offers %q", text)
	}
	var found *widget.Button
	for _, o := range test.LaidOutObjects(top) {
		if b, ok := o.(*widget.Button); ok && b.Text == text {
			found = b
		}
	}
	if found == nil {
		r.t.Fatalf("no button %q", text)
	}
	return found
}

func TestRemovingWhatIsUnfinishedIsAskedFor(t *testing.T) {
	q := newFake(fakeVault)
	q.rows = sceneMixed()
	r := open(t, q, Options{})
	sending, finished := q.rows[0], q.rows[7]
	r.take(&sending)
	r.take(&sending) // a second Delete asks no second time
	if n := len(r.win.Canvas().Overlays().List()); n != 1 || len(r.verbs()) != 0 {
		t.Fatalf("%d questions, %v carried out", n, r.verbs())
	}
	test.Tap(r.button("Keep"))
	if len(r.verbs()) != 0 {
		t.Error("kept and removed")
	}
	r.take(&sending)
	test.Tap(r.button("Remove"))
	r.take(&finished)
	r.until("both are gone", func() bool { return r.entries() == len(sceneMixed())-2 })
}

func TestQuitAsksOnceWhileSending(t *testing.T) {
	q := newFake(fakeVault)
	q.rows = sceneMixed()
	r := open(t, q, Options{})
	shut := false
	r.win.SetOnClosed(func() { shut = true })
	r.askToQuit()
	r.askToQuit()
	if n := len(r.win.Canvas().Overlays().List()); n != 1 || shut {
		t.Fatalf("%d questions, closed %v", n, shut)
	}
	r.typed(&fyne.KeyEvent{Name: fyne.KeyEscape})
	if r.win.Canvas().Overlays().Top() != nil || shut {
		t.Fatal("Escape does not mean Stay")
	}
	r.askToQuit()
	test.Tap(r.button("Quit"))
	if !shut {
		t.Error("Quit did not close the window")
	}
}

func TestQuitDoesNotAskWhenNothingMoves(t *testing.T) {
	q := newFake(fakeVault)
	q.rows = sceneDone()
	r := open(t, q, Options{})
	shut := false
	r.win.SetOnClosed(func() { shut = true })
	r.askToQuit()
	if !shut {
		t.Error("the window stayed open")
	}
}

func TestKeysDoNothingToARowNobodySelected(t *testing.T) {
	q := newFake(fakeVault)
	q.rows = sceneMixed()
	r := open(t, q, Options{})
	r.typed(&fyne.KeyEvent{Name: fyne.KeyDelete})
	if r.win.Canvas().Overlays().Top() != nil || r.page.List().Selected().ID != "1" {
		t.Error("Delete without a selection does more than select")
	}
	r.typed(&fyne.KeyEvent{Name: fyne.KeyEnd})
	if got := r.page.List().Selected().ID; got != "10" {
		t.Errorf("End selects %s", got)
	}
}

// picker is a system without a file window, or one that answers.
type picker struct {
	paths []string
	err   error
}

func (p picker) Files(context.Context, string) ([]string, error) { return p.paths, p.err }
func (p picker) Save(context.Context, string, string) (string, error) {
	if len(p.paths) == 0 {
		return "", p.err
	}
	return p.paths[0], p.err
}

func (p picker) Folders(context.Context, string) ([]string, error) { return p.paths, p.err }

func TestBrowse(t *testing.T) {
	r := open(t, newFake(fakeVault), Options{Picker: picker{paths: []string{"/x/a.mov", "/x/b.mov"}}})
	r.BrowseFiles()
	r.until("what was chosen is added", func() bool { return slices.Equal(r.paths(), []string{"/x/a.mov", "/x/b.mov"}) })
}

func TestBrowseWithoutAWindowOfTheSystem(t *testing.T) {
	t.Setenv("HOME", t.TempDir())
	r := open(t, newFake(fakeVault), Options{Picker: picker{err: errors.New("none")}})
	for _, browse := range []func(){r.BrowseFiles, r.BrowseFolder} {
		browse()
		r.until("the toolkit's own is open", func() bool { return r.win.Canvas().Overlays().Top() != nil })
		r.typed(&fyne.KeyEvent{Name: fyne.KeyEscape})
		if r.win.Canvas().Overlays().Top() != nil {
			t.Fatal("Escape does not close it")
		}
	}
	if len(r.paths()) != 0 {
		t.Errorf("added %q", r.paths())
	}
}

func TestTitleShowsHowFar(t *testing.T) {
	q := newFake(fakeVault)
	q.rows = []uploader.EntryRow{file("1", "a", uploader.Uploading, 48, 100)}
	r := open(t, q, Options{})
	if got := r.win.Title(); got != "48 % · Longshore" {
		t.Errorf("title %q", got)
	}
}

func TestDetailsNameTheManifest(t *testing.T) {
	for _, try := range []struct {
		state     uploader.ManifestState
		key, want string
	}{
		{uploader.ManifestStored, "uploads/anna/manifests/2026-11-27/B1/manifest.json", "uploads/anna/manifests/2026-11-27/B1/manifest.json"},
		{uploader.ManifestWanted, "", "The vault is asked to write it."},
		{uploader.ManifestRefused, "", "The vault did not write it; the files are stored. Tell your administrator."},
		{uploader.ManifestNone, "", ""},
	} {
		row := file("1", "a", uploader.Done, 100, 100)
		row.Manifest, row.ManifestKey = try.state, try.key
		r := open(t, newFake(fakeVault), Options{})
		r.Details(&row)
		var shown string
		labels := test.LaidOutObjects(r.win.Canvas().Overlays().Top())
		for i, o := range labels {
			if l, ok := o.(*widget.Label); ok && l.Text == "Manifest" {
				value := nextLabel(labels[i+1:])
				if shown = value.Text; !value.Selectable {
					t.Error("it cannot be selected and copied")
				}
			}
		}
		if shown != try.want {
			t.Errorf("%q: the details say %q, not %q", try.state, shown, try.want)
		}
		test.Tap(r.button("Copy without names"))
		if copied := r.app.Clipboard().Content(); try.want != "" && !strings.Contains(copied, "Manifest: "+try.want+"\n") {
			t.Errorf("copied is %q", copied)
		}
	}
}

func nextLabel(objects []fyne.CanvasObject) *widget.Label {
	for _, o := range objects {
		if l, ok := o.(*widget.Label); ok {
			return l
		}
	}
	return widget.NewLabel("")
}

func TestFailureIsToldInASentence(t *testing.T) {
	r := open(t, newFake(fakeVault), Options{})
	r.fail(uploader.E("add", uploader.CodeDiskFull, nil))
	found := false
	for _, o := range test.LaidOutObjects(r.win.Content()) {
		if l, ok := o.(*widget.Label); ok && l.Text == uploader.CodeDiskFull.Sentence() {
			found = true
		}
	}
	if !found {
		t.Error("the sentence is not on the page")
	}
}

func TestSettingsChangeLimits(t *testing.T) {
	r := open(t, newFake(fakeVault), Options{})
	r.Settings()
	sliders := func() (s []*widget.Slider) {
		for _, o := range test.LaidOutObjects(r.win.Canvas().Overlays().Top()) {
			if sl, ok := o.(*widget.Slider); ok {
				s = append(s, sl)
			}
		}
		return s
	}
	r.until("the limits are shown", func() bool { return len(sliders()) == 3 })
	s := sliders()
	if s[0].Value != 0 || s[1].Value != 0 || s[2].Value != 192 {
		t.Errorf("shows %v, %v, %v", s[0].Value, s[1].Value, s[2].Value)
	}
	s[1].SetValue(20)
	s[1].OnChangeEnded(20)
	r.until("the engine has them", func() bool {
		l, _ := r.fake.Limits(t.Context())
		return l.Parts == 20 && l.PartsPerFile == 0 && l.Small == 192
	})
}
