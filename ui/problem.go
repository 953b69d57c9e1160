package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/layout"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"longshore/ui/words"
)

// Problem shows in a small window why the program cannot start, and returns when it was closed. It must be called on
// the main goroutine, instead of Run.
func Problem(id, version string, p words.Problem) {
	a, _ := newApp(id, version)
	book := words.New(chosenLanguage(a), lang.SystemLocale().String())
	w := a.NewWindow(words.Program)
	text := widget.NewLabel(book.Explain(p))
	text.Wrapping = fyne.TextWrapWord
	icon := widget.NewIcon(base.NewWarningThemedResource(base.WarningIcon()))
	done := widget.NewButton(book.Say(words.Close), w.Close)
	done.Importance = widget.HighImportance
	w.SetContent(container.New(layout.NewCustomPaddedLayout(16, 16, 20, 20), container.NewBorder(nil,
		container.NewHBox(layout.NewSpacer(), done),
		container.NewVBox(container.NewGridWrap(fyne.NewSquareSize(36), icon)), nil, text)))
	w.Canvas().SetOnTypedKey(func(ev *fyne.KeyEvent) {
		if ev.Name == fyne.KeyEscape || ev.Name == fyne.KeyReturn {
			w.Close()
		}
	})
	w.Resize(fyne.NewSize(480, 180))
	w.ShowAndRun()
}
