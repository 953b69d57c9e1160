// Package settings is the settings dialog: the vault, and how much goes on at once. A change counts at once.
//
// It must not know where settings are kept or what they do to the engine: it is given Services.
package settings

import (
	"strconv"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/layout"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"longshore/ui/connect"
	"longshore/ui/theme"
	"longshore/ui/widgets"
	"longshore/ui/words"
	"longshore/uploader"
)

// Services is what the dialog changes. Every method returns at once.
type Services interface {
	connect.Services
	Computer
	Vaults
	Looks
	// Limits are the saved bounds.
	Limits(answer func(uploader.Limits))
	SetLimits(uploader.Limits)
	// Bandwidth is what all uploads together may use of the line, as saved.
	Bandwidth(answer func(uploader.Bandwidth))
	SetBandwidth(uploader.Bandwidth)
	// Keep is how long receipts are kept.
	Keep(answer func(uploader.Keep))
	SetKeep(uploader.Keep)
	// SignInState tells how the person stands with a vault.
	SignInState(id uploader.VaultID, answer func(State))
	// SignInThen lets the user sign in, and tells how they stand then.
	SignInThen(id uploader.VaultID, answer func(State))
	SignOut(id uploader.VaultID, answer func(State))
}

// State is how the person stands with a vault.
type State struct {
	Vault    uploader.VaultID
	SignedIn bool
	Who      string         // "" if not told
	InFile   bool           // kept in a file, not in the keychain
	Problem  *words.Problem // nil for none
}

// The ranges of uploader.Limits.
const (
	mostParts = 64
	mostSmall = 192
)

// New makes the dialog, and tells what of it scrolls. current is the vault new files go to; closed is called when the dialog is gone.
func New(w fyne.Window, s Services, book *words.Book, current uploader.Vault, closed func()) (dialog.Dialog, *container.Scroll) {
	bounds := container.NewVBox()
	s.Limits(func(l uploader.Limits) {
		bounds.Add(limits(s, book, l))
		bounds.Refresh()
	})
	share := container.NewVBox()
	leave := func() {}
	s.Bandwidth(func(b uploader.Bandwidth) {
		line := newLine(s, book, b)
		leave = line.apply
		share.Add(line.box)
		share.Refresh()
	})
	saved := widget.NewLabel("")
	saved.Importance = widget.SuccessImportance
	saved.Hide()
	known := connect.Address{Signer: current.SignerURL, TokenFile: current.TokenFile, CAFile: current.CAFile}
	var mine *vaults
	flow := connect.NewFlow(s, book, known, book.Say(words.SettingsVaultHint), book.Say(words.SettingsSave), func(v uploader.Vault) {
		saved.SetText(book.Say(words.SettingsSaved, "vault", words.Name(v.Name)))
		saved.Show()
		mine.now = v
		mine.fill()
	})
	flow.Untested()
	mine = newVaults(s, book, current)
	body := container.NewVBox(
		hint(book.Say(words.SettingsApplied)), gap(6),
		title(book.Say(words.SettingsVaults)), under(book.Say(words.SettingsVaultsEx)), mine.box, widget.NewSeparator(), gap(4),
		title(book.Say(words.SettingsVault)), flow.Box, saved, signIn(s, book, current), widget.NewSeparator(), gap(4),
		title(book.Say(words.SettingsLine)), gap(6), share, widget.NewSeparator(), gap(4),
		title(book.Say(words.SettingsSpeed)), gap(6), bounds,
		widget.NewSeparator(), gap(4), title(book.Say(words.SettingsComputer)), computer(s, book), keep(s, book),
		widget.NewSeparator(), gap(4), looks(s, book), textSize(s, book), language(s, book),
	)
	scroll := widgets.Scrolling(container.New(layout.NewCustomPaddedLayout(4, 8, 8, 18), body))
	d := dialog.NewCustom(book.Say(words.Settings), book.Say(words.Close), scroll, w)
	d.SetOnClosed(func() {
		flow.Stop()
		mine.leave()
		leave() // what was typed last and not left counts, too
		closed()
	})
	size := w.Canvas().Size()
	d.Resize(fyne.NewSize(min(680, size.Width-40), min(700, size.Height-40)))
	return d, scroll
}

// signIn shows who is signed in to the vault, and lets them sign out or in; nothing for a vault without that.
func signIn(s Services, book *words.Book, v uploader.Vault) fyne.CanvasObject {
	box := container.NewVBox()
	if v.SignIn != uploader.SignInOIDC || v.TokenFile != "" {
		return box
	}
	text := widget.NewLabel("")
	text.Wrapping = fyne.TextWrapWord
	var show func(State)
	in := widget.NewButton(book.Say(words.SignInAgain), func() { s.SignInThen(v.ID, func(now State) { show(now) }) })
	out := widget.NewButton(book.Say(words.SignOut), func() { s.SignOut(v.ID, func(now State) { show(now) }) })
	show = func(now State) {
		text.SetText(signInText(book, now, v))
		if now.SignedIn {
			in.Hide()
			out.Show()
			return
		}
		out.Hide()
		in.Show()
	}
	in.Hide()
	out.Hide()
	name := book.Say(words.SettingsSignIn)
	if len(s.Vaults()) > 1 { // it is not always the one that is chosen above
		name += " · " + words.Name(v.Name)
	}
	box.Add(widgets.NewLine(name, theme.TextBody, base.ColorNameForeground, fyne.TextStyle{Bold: true}))
	box.Add(container.NewBorder(nil, nil, nil, container.NewVBox(in, out), text))
	s.SignInState(v.ID, show)
	return box
}

func signInText(book *words.Book, now State, v uploader.Vault) string {
	text := book.Say(words.SignedOut)
	switch {
	case now.SignedIn && now.Who != "":
		text = book.Say(words.SignedInAs, "person", words.Name(now.Who))
	case now.SignedIn:
		text = book.Say(words.SignedIn)
	}
	text += " " + book.Say(words.SignedInAt, "host", words.Host(v.OIDC.Issuer))
	if now.InFile {
		text += " " + book.Say(words.SignedInFile)
	}
	if now.Problem != nil {
		text += " " + book.Explain(*now.Problem)
	}
	return text
}

func title(text string) fyne.CanvasObject {
	return widgets.NewLine(text, theme.TextTitle, base.ColorNameForeground, fyne.TextStyle{Bold: true})
}

func hint(text string) fyne.CanvasObject {
	return widgets.NewLine(text, theme.TextBody, theme.ColorMuted, fyne.TextStyle{})
}

func gap(height float32) fyne.CanvasObject {
	r := canvas.NewRectangle(nil)
	r.SetMinSize(fyne.NewSize(0, height))
	return r
}

// limits are three sliders; each applies when it is let go.
func limits(s Services, book *words.Book, now uploader.Limits) fyne.CanvasObject {
	apply := func() { s.SetLimits(now) }
	return container.NewVBox(
		slider(book, words.SettingsPerFile, words.SettingsPerFileEx, 0, mostParts, &now.PartsPerFile, apply),
		slider(book, words.SettingsParts, words.SettingsPartsEx, 0, mostParts, &now.Parts, apply),
		slider(book, words.SettingsSmall, words.SettingsSmallEx, 1, mostSmall, &now.Small, apply),
	)
}

// slider changes a bound. A least of 0 is the program's own choice.
func slider(book *words.Book, label, explained words.Key, least, most int, value *int, apply func()) fyne.CanvasObject {
	text := func() string {
		if *value == 0 {
			return book.Say(words.SettingsAuto)
		}
		return strconv.Itoa(*value)
	}
	shown := widgets.NewLine(text(), theme.TextBody, base.ColorNameForeground, fyne.TextStyle{Bold: true}).Trailing()
	sl := widget.NewSlider(float64(least), float64(most))
	sl.Step = 1
	sl.SetValue(float64(*value))
	sl.OnChanged = func(v float64) {
		*value = int(v)
		shown.SetText(text())
	}
	sl.OnChangeEnded = func(float64) { apply() }
	name := widgets.NewLine(book.Say(label), theme.TextBody, base.ColorNameForeground, fyne.TextStyle{Bold: true})
	return container.New(layout.NewCustomPaddedVBoxLayout(0),
		container.New(columns{}, name, widgets.Grooved(sl), shown),
		lined(widgets.Muted(book.Say(explained), base.SizeNameCaptionText)), gap(2))
}

// columns lines up name, slider and number over all rows.
type columns struct{}

const (
	nameColumn   float32 = 160
	numberColumn float32 = 40
)

func (columns) MinSize(objects []fyne.CanvasObject) fyne.Size {
	var height float32
	for _, o := range objects {
		height = max(height, o.MinSize().Height)
	}
	return fyne.NewSize(nameColumn+120+numberColumn, height)
}

func (columns) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	x := float32(0)
	for i, width := range []float32{nameColumn, size.Width - nameColumn - numberColumn, numberColumn} {
		height := objects[i].MinSize().Height
		objects[i].Move(fyne.NewPos(x, (size.Height-height)/2))
		objects[i].Resize(fyne.NewSize(width, height))
		x += width
	}
}
