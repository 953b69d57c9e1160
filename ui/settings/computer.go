package settings

import (
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"longshore/ui/widgets"
	"longshore/ui/words"
)

// Behaviour is what the user wants of the program beside uploading.
type Behaviour struct {
	KeepAwake bool // the computer does not go to sleep by itself while files are being sent
	Notify    bool // a notification when a drop is stored, or needs a person
	OnClose   OnClose
}

// OnClose is what closing the window means.
type OnClose string

// The ways of closing a window.
const (
	CloseAsks  OnClose = ""     // while something is being sent, the user is asked; else the program ends
	CloseHides OnClose = "tray" // the program goes on without a window
	CloseEnds  OnClose = "quit" // what is being sent stops, and goes on at the next start
)

// Computer is the part of Services that concerns this computer. Every method returns at once.
type Computer interface {
	Behaviour() Behaviour
	SetBehaviour(Behaviour)
	AtLogin(answer func(bool))
	SetAtLogin(bool)
	// SaveSupport lets the user save a support bundle.
	SaveSupport()
}

// computer are the rows about this computer; each applies at once.
func computer(s Computer, book *words.Book) fyne.CanvasObject {
	now := s.Behaviour()
	apply := func() { s.SetBehaviour(now) }
	awake := check(book.Say(words.SettingsAwake), now.KeepAwake, func(on bool) { now.KeepAwake = on; apply() })
	tell := check(book.Say(words.SettingsNotify), now.Notify, func(on bool) { now.Notify = on; apply() })
	login := widget.NewCheck(book.Say(words.SettingsLogin), nil)
	login.Disable()
	s.AtLogin(func(on bool) {
		login.SetChecked(on)
		login.OnChanged = s.SetAtLogin
		login.Enable()
	})
	ways := []OnClose{CloseAsks, CloseHides, CloseEnds}
	names := []string{book.Say(words.SettingsCloseAsks), book.Say(words.SettingsCloseHides), book.Say(words.SettingsCloseEnds)}
	closing := widget.NewSelect(names, nil)
	closing.SetSelectedIndex(max(slices.Index(ways, now.OnClose), 0))
	closing.OnChanged = func(string) {
		now.OnClose = ways[closing.SelectedIndex()]
		apply()
	}
	save := widget.NewButton(book.Say(words.SupportSave), s.SaveSupport)
	return container.NewVBox(
		explained(book.Say(words.SettingsAwakeEx), awake),
		explained(book.Say(words.SettingsNotifyEx), tell),
		explained(book.Say(words.SettingsLoginEx), login),
		chosen(words.SettingsClosing, words.SettingsClosingEx, closing, book),
		explained(book.Say(words.SupportExplain), container.NewHBox(save)),
	)
}

func check(text string, on bool, changed func(bool)) *widget.Check {
	c := widget.NewCheck(text, nil)
	c.SetChecked(on)
	c.OnChanged = changed
	return c
}

// explained puts a line of explanation under a control, below the text of a check.
func explained(text string, control fyne.CanvasObject) fyne.CanvasObject {
	inset := float32(0)
	if _, ok := control.(*widget.Check); ok {
		inset = base.IconInlineSize() + base.Padding()/2
	}
	below := container.New(layout.NewCustomPaddedLayout(0, 0, inset, 0), widgets.Muted(text, base.SizeNameCaptionText))
	return container.New(layout.NewCustomPaddedVBoxLayout(-4), control, below)
}
