package settings

import (
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"longshore/ui/words"
	"longshore/uploader"
)

// keep is the choice how long receipts are kept. What the command line has set otherwise is one of the choices, too.
func keep(s Services, book *words.Book) fyne.CanvasObject {
	box := container.NewVBox()
	s.Keep(func(now uploader.Keep) {
		choices := []uploader.Keep{{}, {Days: 365}, {Days: 90}, {Newest: 10_000}}
		if !slices.Contains(choices, now) {
			choices = append(choices, now)
		}
		texts := make([]string, len(choices))
		for i, k := range choices {
			texts[i] = keepText(book, k)
		}
		pick := widget.NewSelect(texts, nil)
		pick.SetSelectedIndex(slices.Index(choices, now))
		pick.OnChanged = func(string) { s.SetKeep(choices[pick.SelectedIndex()]) }
		box.Add(chosen(words.SettingsKeep, words.SettingsKeepEx, pick, book))
		box.Refresh()
	})
	return box
}

func keepText(book *words.Book, k uploader.Keep) string {
	switch {
	case k.Days > 0 && k.Newest > 0: // set on the command line: what is kept is what both keep
		return keepText(book, uploader.Keep{Days: k.Days}) + " · " + keepText(book, uploader.Keep{Newest: k.Newest})
	case k.Days > 0:
		return book.Say(words.SettingsKeepDays, "days", k.Days)
	case k.Newest > 0:
		return book.Say(words.SettingsKeepNewest, "receipts", k.Newest)
	}
	return book.Say(words.SettingsKeepForever)
}
