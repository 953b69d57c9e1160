package ui

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/test"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"longshore/ui/widgets"
	"longshore/ui/words"
	"longshore/uploader"
)

// The window is drawn in another language while it is open, with the same in it, and remembers it.
func TestLanguageIsSwitchedWhileTheWindowIsOpen(t *testing.T) {
	q := newFake(fakeVault)
	q.rows = sceneMixed()
	r := open(t, q, Options{})
	r.tell(words.Saying(words.Busy))
	r.page.List().FocusGained()
	for range 2 {
		r.page.List().TypedKey(&fyne.KeyEvent{Name: fyne.KeyDown})
	}
	r.Settings()
	r.SetLanguage(words.German)
	german := words.New(words.German, "en")
	r.until("the button is German", func() bool { return shown(r)[german.Say(words.PauseAll)] })
	for _, want := range []words.Key{words.Busy, words.SettingsSave, words.SettingsLanguage} {
		if !shown(r)[german.Say(want)] {
			t.Errorf("%s is not shown", want)
		}
	}
	if e := r.page.List().Selected(); e == nil || e.ID != q.rows[2].ID {
		t.Errorf("the selected row is now %+v", e)
	}
	if r.Language() != words.German || chosenLanguage(r.app) != words.German {
		t.Error("it is not remembered")
	}
	if got := r.Explain(uploader.E("x", uploader.CodeDiskFull, nil)); got != german.Sentence(uploader.CodeDiskFull) {
		t.Errorf("an error says %q", got)
	}
	r.SetLanguage(words.System)
	r.until("it is English again", func() bool { return shown(r)[words.New(words.English, "en").Say(words.PauseAll)] })
}

// What was typed, and what was dropped, stays when the language of the first page is switched.
func TestFirstPageChangesItsLanguage(t *testing.T) {
	r := open(t, newFake(), Options{})
	test.Type(r.win.Canvas().Focused(), "https://vault.example.org")
	r.add([]string{"/a", "/b"})
	r.SetLanguage(words.French)
	french := words.New(words.French, "en")
	r.until("the page is French", func() bool { return shown(r)[french.Say(words.ConnectTitle)] })
	if !shown(r)[french.Say(words.ConnectKept, "items", 2)] || r.connect.Flow.Entered().Signer != "https://vault.example.org" {
		t.Errorf("lost what was there: %v, %q", shown(r), r.connect.Flow.Entered().Signer)
	}
}

// objects are what is drawn, dialogs too.
func (r *rig) objects() []fyne.CanvasObject {
	list := test.LaidOutObjects(r.win.Canvas().Content())
	for _, o := range r.win.Canvas().Overlays().List() {
		list = append(list, test.LaidOutObjects(o)...)
	}
	return slices.DeleteFunc(list, func(o fyne.CanvasObject) bool { return !o.Visible() })
}

// shown are the texts on the screen, uncut.
func shown(r *rig) map[string]bool {
	texts := map[string]bool{}
	for _, o := range r.objects() {
		switch v := o.(type) {
		case *widget.Label:
			texts[v.Text] = true
		case *widget.RichText: // of ours; fields and choices are made of others
			if len(v.Segments) == 0 {
				continue
			}
			if t, ok := v.Segments[0].(*widget.TextSegment); ok && t.Style.SizeName == base.SizeNameCaptionText {
				texts[t.Text] = true
			}
		case *widgets.Line:
			texts[v.Text()] = true
		case *widget.Button:
			texts[v.Text] = true
		case *widget.Select:
			texts[v.Selected] = true
		}
	}
	return texts
}

// pages are the states of the window that are looked at, each opened on a queue.
var pages = map[string]struct {
	queue func() *fakeQueue
	then  func(*rig)
}{
	"first":    {func() *fakeQueue { return newFake() }, func(*rig) {}},
	"empty":    {func() *fakeQueue { return newFake(fakeVault) }, func(*rig) {}},
	"queue":    {withRows(sceneMixed), func(*rig) {}},
	"settings": {withRows(sceneMixed), func(r *rig) { r.Settings() }},
	"details":  {withRows(sceneFailed), func(r *rig) { r.Details(r.last.Entries.At(0)) }},
	"remove": {withRows(sceneMixed), func(r *rig) {
		r.take(&uploader.EntryRow{Name: "IM000001.dcm", State: uploader.Uploading, BytesSent: 1})
	}},
	"history": {withPast(3), func(r *rig) {
		r.History()
		r.until("the receipts are shown", func() bool { return len(r.past.Rows()) == 3 })
	}},
	"no history": {withPast(0), func(r *rig) {
		r.History()
		r.until("it is known that there are none", func() bool { return r.past.Found() })
	}},
	"shortcuts":  {withRows(sceneMixed), func(r *rig) { r.Shortcuts() }},
	"receipt":    {withPast(1), func(r *rig) { r.ShowReceipt(r.fake.past.receipts[0]) }},
	"clear":      {withPast(1), func(r *rig) { r.ClearHistory() }},
	"quit":       {withRows(sceneMixed), func(r *rig) { r.askToQuit() }},
	"signed out": {func() *fakeQueue { q := newFake(oidcVault()); q.signIns = []SignInState{{Vault: "V1"}}; return q }, func(r *rig) { r.SignInTo("V1") }},
}

func withRows(rows func() []uploader.EntryRow) func() *fakeQueue {
	return func() *fakeQueue {
		q := newFake(fakeVault)
		q.rows = rows()
		return q
	}
}

// In every language, and in one that is half as long again, no button is cut off, neither at 1280×800 nor at the smallest
// size; and that is no larger than a small laptop. At 1280×800 no real language has a caption cut off.
func TestEveryLanguageFits(t *testing.T) {
	books := map[string]*words.Book{"pseudo": words.New(words.System, "en-XA")}
	for _, l := range words.Languages() {
		books[l.Name] = words.New(l.Language, "")
	}
	for page, p := range pages {
		for language, b := range books {
			t.Run(page+"/"+language, func(t *testing.T) {
				r := open(t, p.queue(), Options{})
				r.speak(b)
				least := r.win.Canvas().Content().MinSize()
				if least.Width > 1000 || least.Height > 680 {
					t.Errorf("needs at least %v", least)
				}
				for _, size := range []fyne.Size{fyne.NewSize(1280, 800), least.Max(fyne.NewSize(640, 480))} {
					r.win.Resize(size)
					p.then(r)
					r.fits(fmt.Sprint(size), language != "pseudo" && size.Width >= 1280)
					if r.dialog != nil {
						r.dialog.Hide()
					}
				}
			})
		}
	}
}

func (r *rig) fits(at string, lines bool) {
	r.t.Helper()
	width := r.win.Canvas().Size().Width
	for _, o := range r.objects() {
		switch v := o.(type) {
		case *widget.Button:
			if v.Size().Width < v.MinSize().Width || v.Size().Height < v.MinSize().Height {
				r.t.Errorf("%s: the button %q has %v and needs %v", at, v.Text, v.Size(), v.MinSize())
			}
			pos := r.app.Driver().AbsolutePositionForObject(v)
			if pos.X < 0 || pos.X+v.Size().Width > width {
				r.t.Errorf("%s: the button %q is outside of the window", at, v.Text)
			}
		case *widget.Select:
			if need := fyne.MeasureText(v.Selected, base.TextSize(), fyne.TextStyle{}).Width + base.IconInlineSize() + 3*base.InnerPadding(); lines && v.Size().Width < need {
				r.t.Errorf("%s: the choice %q has %v and needs %v", at, v.Selected, v.Size().Width, need)
			}
		case *widgets.Line:
			drawn := test.WidgetRenderer(v).Objects()[0].(*canvas.Text)
			if lines && v.Size().Width > 0 && drawn.Text != v.Text() {
				r.t.Errorf("%s: the line is cut: %q", at, drawn.Text)
			}
		}
	}
}

// own is what a page may show that is in no catalogue: names, addresses, sizes and the like.
var own = regexp.MustCompile(`^(Longshore|English|F\d+|https?://.*|J\d+|[\d., ]+ [kMGT]?B( \([\d., ]+ B\))?)$`)

// In a language whose sentences are all marked, nothing is shown that is not marked: nothing bypasses the catalogues.
func TestAllThatIsShownIsTranslated(t *testing.T) {
	for page, p := range pages {
		t.Run(page, func(t *testing.T) {
			r := open(t, p.queue(), Options{})
			r.speak(words.New(words.System, "en-XA"))
			p.then(r)
			data := map[string]bool{}
			for _, e := range r.fake.rows {
				for _, s := range []string{e.Name, e.Path, e.Detail, string(e.Code)} {
					data[words.Name(s)] = true
				}
			}
			for _, p := range r.fake.past.receipts {
				for _, s := range []string{words.FileName(&p), p.RelPath, p.Path, p.Key, p.Checksum, p.ETag, p.VersionID, p.ManifestKey} {
					data[s] = true
				}
			}
			for _, v := range r.vaults {
				data[v.Name] = true
			}
			for text := range shown(r) {
				if !strings.Contains(text, "[") && strings.ContainsFunc(text, unicode.IsLetter) && !data[text] && !own.MatchString(text) {
					t.Errorf("%q is in no catalogue", text)
				}
			}
		})
	}
}
