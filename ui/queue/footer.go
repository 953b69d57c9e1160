package queue

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"longshore/ui/theme"
	"longshore/ui/widgets"
	"longshore/ui/words"
	"longshore/uploader"
)

// footer says where new files go, and what the button under the pointer does.
type footer struct {
	book       *words.Book
	box        fyne.CanvasObject
	back, rule *canvas.Rectangle
	lock       *widget.Icon
	to, hint   *widgets.Line
	choice     *widget.Select
	choose     func(uploader.VaultID)
	vaults     []uploader.Vault
	current    uploader.VaultID
}

func newFooter(actions Actions, book *words.Book) *footer {
	f := &footer{
		book: book,
		back: canvas.NewRectangle(nil), rule: canvas.NewRectangle(nil),
		lock:   widget.NewIcon(base.NewColoredResource(base.StorageIcon(), theme.ColorMuted)),
		to:     widgets.NewLine("", theme.TextSmall, theme.ColorMuted, fyne.TextStyle{}),
		hint:   widgets.NewLine("", theme.TextSmall, theme.ColorMuted, fyne.TextStyle{}).Fitting(),
		choose: actions.ChooseVault,
	}
	f.choice = widget.NewSelect(nil, nil)
	f.choice.Hide()
	settings := widget.NewButtonWithIcon(f.book.Say(words.Settings), base.SettingsIcon(), actions.Settings)
	settings.Importance = widget.LowImportance
	past := widget.NewButtonWithIcon(f.book.Say(words.HistoryTitle), base.HistoryIcon(), actions.History)
	past.Importance = widget.LowImportance
	keys := widget.NewButtonWithIcon(book.Say(words.KeysOpen), base.HelpIcon(), actions.Shortcuts)
	keys.Importance = widget.LowImportance
	row := container.NewBorder(nil, nil, container.NewCenter(f.lock),
		container.NewHBox(container.NewCenter(f.hint), past, settings, keys),
		container.NewStack(middle(f.to), container.New(narrow{420}, f.choice)))
	f.box = container.NewVBox(container.New(barLayout{1}, f.rule), container.NewStack(f.back, padded(theme.Gap, 1, row)))
	f.recolor()
	return f
}

func (f *footer) recolor() {
	f.back.FillColor = theme.Of(theme.ColorSurface)
	f.rule.FillColor = theme.Of(base.ColorNameSeparator)
	f.back.Refresh()
	f.rule.Refresh()
}

// tip shows a hint, "" for none.
func (f *footer) tip(hint string) {
	if hint != f.hint.Text() {
		f.hint.SetText(hint)
		f.box.Refresh()
	}
}

// show names the vault; with several, it lets the user choose.
func (f *footer) show(vaults []uploader.Vault, current uploader.VaultID) {
	f.vaults, f.current = vaults, current
	names := words.Distinct(vaults, f.book.Destination)
	for i, v := range vaults {
		if v.ID == current {
			f.to.SetText(names[i])
		}
	}
	if len(vaults) < 2 {
		f.choice.Hide()
		f.to.Show()
		f.box.Refresh()
		return
	}
	f.choice.OnChanged = nil // filling it is not the user's choice
	f.choice.SetOptions(names)
	for i, v := range vaults {
		if v.ID == current {
			f.choice.SetSelectedIndex(i)
		}
	}
	f.choice.OnChanged = func(string) { f.chosen(f.choice.SelectedIndex()) }
	f.to.Hide()
	f.choice.Show()
	f.box.Refresh()
}

func (f *footer) chosen(i int) {
	if i >= 0 && i < len(f.vaults) && f.vaults[i].ID != f.current {
		f.choose(f.vaults[i].ID)
	}
}
