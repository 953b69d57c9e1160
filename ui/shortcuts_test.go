package ui

import (
	"os"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"

	"longshore/ui/words"
	"longshore/uploader"
)

// hold presses a key with others; the toolkit's test driver knows no shortcuts.
func (r *rig) hold(key fyne.KeyName, mod fyne.KeyModifier) {
	r.t.Helper()
	for _, b := range r.bindings() {
		if b.Keys[0] == key && b.Mod == mod {
			r.pressed(b)
			return
		}
	}
	r.t.Fatalf("%s is not bound", key)
}

// The page lists each binding in words, in every language, and no two are said to be the same key.
func TestShortcutsAreListedAsTheyAreBound(t *testing.T) {
	for _, l := range words.Languages() {
		t.Run(l.Name, func(t *testing.T) {
			q := newFake(fakeVault)
			q.rows = sceneMixed()
			r := open(t, q, Options{})
			b := words.New(l.Language, "")
			r.speak(b)
			r.hold(fyne.KeyF1, fyne.KeyModifierShortcutDefault)
			texts := shown(r)
			seen := map[string]bool{}
			for _, f := range slices.Concat(keyFacts(b, r.bindings()), keyFacts(b, r.page.List().Bindings())) {
				if !texts[f[0]] || !texts[f[1]] {
					t.Errorf("%q for %q is not listed", f[0], f[1])
				}
				if seen[f[0]] {
					t.Errorf("%q is listed twice", f[0])
				}
				seen[f[0]] = true
			}
			if !seen[b.Say(words.KeyCtrl)+"+O"] || !seen[b.Say(words.KeySpace)] {
				t.Errorf("listed are %v", seen)
			}
		})
	}
}

// Nothing is bound but from the tables that are listed.
func TestNoShortcutIsBoundElsewhere(t *testing.T) {
	for _, dir := range []string{".", "queue", "history", "connect", "settings", "widgets"} {
		files, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			if !strings.HasSuffix(f.Name(), ".go") || strings.HasSuffix(f.Name(), "_test.go") {
				continue
			}
			source, err := os.ReadFile(dir + "/" + f.Name())
			if err != nil {
				t.Fatal(err)
			}
			if n := strings.Count(string(source), "AddShortcut("); n > 0 && (n > 1 || f.Name() != "keys.go" || dir != ".") {
				t.Errorf("%s/%s binds a shortcut of its own", dir, f.Name())
			}
		}
	}
}

func TestKeysReachWhatOnlyThePointerDid(t *testing.T) {
	const ctrl = fyne.KeyModifierShortcutDefault
	q := newFake(fakeVault)
	q.rows = sceneMixed()
	r := open(t, q, Options{})
	r.tell(words.Saying(words.NoFolder))
	r.hold(fyne.KeyF, ctrl) // the field has the keyboard now
	r.hold(fyne.KeyD, ctrl)
	if len(r.page.Notices()) != 0 {
		t.Error("a notice stays")
	}
	r.win.Canvas().Focus(r.page.List())
	r.page.List().TypedKey(&fyne.KeyEvent{Name: desktop.KeyMenu})
	if r.win.Canvas().Overlays().Top() == nil {
		t.Fatal("there is no menu")
	}
	r.win.Canvas().Overlays().Top().Hide()
	r.win.Canvas().Focus(r.page.List())
	r.page.List().TypedKey(&fyne.KeyEvent{Name: fyne.KeyF1})
	if !r.asking[askShortcuts] {
		t.Error("F1 opens nothing")
	}
	r.typed(&fyne.KeyEvent{Name: fyne.KeyEnd})
	if r.long.Offset.Y <= 0 {
		t.Error("the page does not scroll by the keyboard")
	}
	r.typed(&fyne.KeyEvent{Name: fyne.KeyEscape})
	r.hold(fyne.KeyQ, ctrl)
	if !r.asking[askQuit] {
		t.Error("Ctrl+Q does not ask")
	}
	if slices.Contains(r.verbs(), uploader.Remove) {
		t.Error("something was removed")
	}
}

// What has got the keyboard can be seen: Tab leads through the settings, and they scroll along, down and back.
func TestSettingsScrollToTheKeyboard(t *testing.T) {
	q := newFake(fakeVault)
	q.rows = sceneMixed()
	r := open(t, q, Options{})
	r.Settings()
	r.until("the settings are filled", func() bool { return shown(r)[r.book.Say(words.SettingsKeepForever)] })
	c := r.win.Canvas()
	seen := func() bool {
		o, ok := c.Focused().(fyne.CanvasObject)
		if !ok {
			return false
		}
		place := r.app.Driver().AbsolutePositionForObject
		top, from := place(o).Y, place(r.long).Y
		return top >= from && top+o.Size().Height <= from+r.long.Size().Height
	}
	moved := false
	for range 12 {
		c.FocusNext()
		if o, ok := c.Focused().(fyne.CanvasObject); ok && holds(r.long.Content, o) {
			r.until("what has the keyboard is seen", seen)
			moved = moved || r.long.Offset.Y > 0
		}
	}
	if !moved {
		t.Fatal("nothing scrolled")
	}
	for range 11 {
		c.FocusPrevious()
	}
	r.until("it is back", seen)
}
