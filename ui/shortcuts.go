package ui

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/driver/desktop"
	base "fyne.io/fyne/v2/theme"

	"longshore/ui/queue"
	"longshore/ui/theme"
	"longshore/ui/widgets"
	"longshore/ui/words"
)

// Shortcuts shows what each key does. It is made of the bindings themselves, so that it cannot tell of others.
func (w *window) Shortcuts() {
	w.once(askShortcuts, func(closed func()) {
		title := func(key words.Key) fyne.CanvasObject {
			return widgets.NewLine(w.book.Say(key), theme.TextTitle, base.ColorNameForeground, fyne.TextStyle{Bold: true})
		}
		list := w.page.List().Bindings()
		if w.past != nil {
			list = nil
			for _, b := range w.past.Bindings() {
				list = append(list, queue.Binding(b))
			}
		}
		body := container.NewVBox(
			title(words.KeysWindow), factGrid(keyFacts(w.book, w.bindings())),
			title(words.KeysList), factGrid(keyFacts(w.book, list)),
			title(words.KeysEverywhere), widgets.Muted(w.book.Say(words.KeysTab), base.SizeNameText),
		)
		scroll := container.NewVScroll(body)
		d := dialog.NewCustom(w.book.Say(words.KeysTitle), w.book.Say(words.Close), scroll, w.win)
		d.SetOnClosed(closed)
		size := w.win.Canvas().Size()
		d.Resize(fyne.NewSize(min(560, size.Width-40), min(640, size.Height-40)))
		w.openLong(d, scroll)
	})
}

func keyFacts(b *words.Book, bindings []queue.Binding) [][2]string {
	facts := make([][2]string, len(bindings))
	for i, k := range bindings {
		names := make([]string, len(k.Keys))
		for n, key := range k.Keys {
			names[n] = keyName(b, key, k.Mod)
		}
		facts[i] = [2]string{strings.Join(names, ", "), b.Say(k.Says)}
	}
	return facts
}

// keyName is what is written on the keys, as far as it is a word.
func keyName(b *words.Book, key fyne.KeyName, mod fyne.KeyModifier) string {
	var parts []string
	for _, m := range []struct {
		mod fyne.KeyModifier
		key words.Key
	}{
		{fyne.KeyModifierControl, words.KeyCtrl}, {fyne.KeyModifierSuper, words.KeyCommand},
		{fyne.KeyModifierAlt, words.KeyAlt}, {fyne.KeyModifierShift, words.KeyShift},
	} {
		if mod&m.mod != 0 {
			parts = append(parts, b.Say(m.key))
		}
	}
	named := map[fyne.KeyName]words.Key{
		fyne.KeyUp: words.KeyUp, fyne.KeyDown: words.KeyDown, fyne.KeyLeft: words.KeyLeft, fyne.KeyRight: words.KeyRight,
		fyne.KeyPageUp: words.KeyPageUp, fyne.KeyPageDown: words.KeyPageDown, fyne.KeyHome: words.KeyHome, fyne.KeyEnd: words.KeyEnd,
		fyne.KeySpace: words.KeySpace, fyne.KeyReturn: words.KeyReturn, fyne.KeyEnter: words.KeyEnter, fyne.KeyDelete: words.KeyDelete,
		fyne.KeyBackspace: words.KeyBackspace, fyne.KeyEscape: words.KeyEscape, desktop.KeyMenu: words.KeyMenu,
	}
	text := string(key)
	if k, ok := named[key]; ok {
		text = b.Say(k)
	}
	return strings.Join(append(parts, text), "+")
}
