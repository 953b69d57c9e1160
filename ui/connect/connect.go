// Package connect asks for a vault: its address, and the files an administrator may have handed out with it. It has
// the address checked, shows what answered (name, encryption, where the bytes will go), asks once, and has it saved.
// The first-start page and the settings are both built of it.
//
// It must not know how a vault is asked or where it is kept: it is given Services.
package connect

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"longshore/ui/theme"
	"longshore/ui/widgets"
	"longshore/ui/words"
	"longshore/uploader"
)

// Address is what a user knows of a vault.
type Address struct {
	Signer    string // as typed, trimmed
	TokenFile string // "" for none
	CAFile    string // "" for the system's certificates
	Proxy     string // an address; "" for the system's settings, or for what is known
	// Seen is where the bytes will go, as the user was shown and has accepted; none before.
	Seen []string
	// SeenIssuer is where the user signs in, as they were shown; "" for a vault without such a sign-in.
	SeenIssuer string
	// InFile says that the user wants their sign-in kept in a file, for want of a keychain.
	InFile bool
	// Invite is the connection file that the vault comes from; nil for none.
	Invite *Invitation
}

// Services does what takes time. Every method returns at once and answers later, on the UI goroutine.
type Services interface {
	Languages
	// Vaults are those that are set up.
	Vaults() []uploader.Vault
	// CheckVault asks what answers at the address; nothing is kept.
	CheckVault(a Address, answer func(uploader.Capabilities, error))
	// UseVault keeps a vault, whose data origins the user has seen and accepted, and makes new files go there.
	UseVault(a Address, answer func(uploader.Vault, error))
	// SignIn keeps a vault as UseVault does and signs in to it. opened is told the page of the sign-in, and whether the
	// browser could be started; answer, how it ended. stop gives it up.
	SignIn(a Address, opened func(link string, started bool), answer func(uploader.Vault, error)) (stop func())
	// ReadInvitation reads a connection file. Nothing is contacted, nothing kept.
	ReadInvitation(path string, answer func(Invitation, error))
	// TestVault tries the way to a vault step by step: to the one that is set up under id, else to a. told hears of each
	// step meanwhile; the last word on a step counts.
	TestVault(a Address, id uploader.VaultID, told func(Step), answer func([]Step, error))
	// OpenPage opens a page of a sign-in once more.
	OpenPage(link string)
	// Copy puts a text on the clipboard.
	Copy(text string)
	// NoKeychain tells whether keeping the sign-in in a file would mend an error.
	NoKeychain(error) bool
	// Explain is an error's sentence for the user.
	Explain(error) string
	// BrowseFile lets the user choose one file; no answer if they do not.
	BrowseFile(title string, answer func(path string))
}

// Flow is the fields, then the question whether this is the right vault.
type Flow struct {
	Box      *fyne.Container
	services Services
	book     *words.Book
	saved    func(uploader.Vault)
	action   string

	address, token, ca *widget.Entry
	proxy              *widget.Entry
	more               *fyne.Container // what most people need not fill in
	unfold             *widget.Button
	status             *widget.Label
	check              *widget.Button
	form, confirm      *fyne.Container
	pane               *Pane // of the sign-in that was begun last, nil before
	test               *Test
	invite             *Invite // of the connection file that was opened last, nil before
	asked              int     // counts the checks: an answer to an older one is not for us
}

// NewFlow makes a flow that starts with what is known. intro stands above the fields, action names the button of the fields; saved is told of the
// vault once it is kept.
func NewFlow(s Services, book *words.Book, known Address, intro, action string, saved func(uploader.Vault)) *Flow {
	f := &Flow{
		services: s, book: book, saved: saved, action: action,
		address: entry(known.Signer, "https://"), token: entry(known.TokenFile, ""), ca: entry(known.CAFile, ""),
		proxy:  entry(known.Proxy, "http://proxy.example.org:3128"),
		status: widget.NewLabel(""), confirm: container.NewVBox(),
	}
	f.status.Wrapping = fyne.TextWrapWord
	f.status.Hide()
	f.check = widget.NewButton(action, f.start)
	f.check.Importance = widget.HighImportance
	f.address.OnSubmitted = func(string) { f.start() }
	f.address.OnChanged = func(string) { f.enable() }
	f.test = NewTest(s, book, func() (Address, uploader.VaultID) { return f.Entered(), "" })
	file := widget.NewButton(book.Say(words.ConnectFile), func() { s.BrowseFile(book.Say(words.ConnectFilePick), f.Open) })
	f.more = container.NewVBox(
		field(book.Say(words.FieldToken), book.Say(words.FieldTokenHint), f.browsable(f.token, book.Say(words.PickTokenFile))),
		field(book.Say(words.FieldCA), book.Say(words.FieldCAHint), f.browsable(f.ca, book.Say(words.PickCAFile))),
		field(book.Say(words.FieldProxy), book.Say(words.FieldProxyHint), f.proxy))
	f.unfold = widget.NewButtonWithIcon(book.Say(words.ConnectMore), base.MenuExpandIcon(), func() { f.fold(f.more.Visible()) })
	f.unfold.Importance = widget.LowImportance
	f.fold(known.TokenFile == "" && known.CAFile == "" && known.Proxy == "")
	f.form = container.NewVBox(
		widgets.NewLine(intro, theme.TextBody, theme.ColorMuted, fyne.TextStyle{}), gap(4),
		container.NewBorder(nil, nil, nil, container.NewCenter(file), outdented(widgets.Muted(book.Say(words.ConnectFileHint), base.SizeNameCaptionText))), gap(4),
		field(f.book.Say(words.FieldAddress), f.book.Say(words.FieldAddressHint), f.address),
		container.NewHBox(f.unfold), f.more,
		outdented(f.status), f.test.Box,
		container.NewHBox(layout.NewSpacer(), f.test.Start, f.check),
	)
	f.confirm.Hide()
	f.Box = container.NewStack(f.form, f.confirm)
	f.enable()
	return f
}

// First is where the focus belongs.
func (f *Flow) First() fyne.Focusable { return f.address }

// Stop gives up what was begun: the flow is not shown any more.
func (f *Flow) Stop() {
	f.asked++
	f.test.Stop()
	if f.pane != nil {
		f.pane.Stop()
	}
	if f.invite != nil {
		f.invite.Stop()
	}
}

// Untested leaves out the button that tests the connection, where there is another one.
func (f *Flow) Untested() { f.test.Start.Hide() }

// Open reads a connection file and shows what it says.
func (f *Flow) Open(path string) {
	f.Stop()
	asked := f.asked
	f.services.ReadInvitation(path, func(says Invitation, err error) {
		switch {
		case asked != f.asked:
		case err != nil:
			f.fields()
			f.Fail(err)
		default:
			f.Ask(says)
		}
	})
}

// Ask shows what a connection file says, and asks about it.
func (f *Flow) Ask(says Invitation) {
	f.Stop()
	f.say("", widget.MediumImportance)
	f.invite = NewInvite(f.services, f.book, says, func() {
		f.invite.Stop()
		f.fields()
	}, func(v uploader.Vault) {
		f.fields()
		f.saved(v)
	})
	f.instead(f.invite.Box)
}

// Fail shows why an address, perhaps one given elsewhere (on the command line), could not be used. What mends it may be
// one of the fields that most people need not fill in.
func (f *Flow) Fail(err error) {
	f.fold(false)
	f.say(f.services.Explain(err), widget.DangerImportance)
}

// fold hides what most people need not fill in, or shows it.
func (f *Flow) fold(away bool) {
	if away {
		f.more.Hide()
		f.unfold.SetIcon(base.MenuExpandIcon())
		return
	}
	f.more.Show()
	f.unfold.SetIcon(base.MenuDropDownIcon())
}

func entry(text, placeholder string) *widget.Entry {
	e := widget.NewEntry()
	e.SetText(text)
	e.SetPlaceHolder(placeholder)
	return e
}

// field is a labelled entry with its line of explanation.
func field(label, hint string, o fyne.CanvasObject) fyne.CanvasObject {
	return container.New(layout.NewCustomPaddedVBoxLayout(3),
		widgets.NewLine(label, theme.TextBody, base.ColorNameForeground, fyne.TextStyle{Bold: true}), o,
		widgets.NewLine(hint, theme.TextSmall, theme.ColorMuted, fyne.TextStyle{}), gap(6))
}

func gap(height float32) fyne.CanvasObject {
	r := canvas.NewRectangle(nil)
	r.SetMinSize(fyne.NewSize(0, height))
	return r
}

// outdented takes a label's own inset back, so that its text lines up with what is above.
func outdented(o fyne.CanvasObject) fyne.CanvasObject {
	inset := base.InnerPadding()
	return container.New(layout.NewCustomPaddedLayout(0, 0, -inset, -inset), o)
}

func (f *Flow) browsable(e *widget.Entry, title string) fyne.CanvasObject {
	browse := widget.NewButton(f.book.Say(words.FieldBrowse), func() {
		f.services.BrowseFile(title, func(path string) { e.SetText(path) })
	})
	return container.NewBorder(nil, nil, nil, browse, e)
}

// Entered is what is in the fields.
func (f *Flow) Entered() Address {
	return Address{
		Signer: strings.TrimSpace(f.address.Text), TokenFile: strings.TrimSpace(f.token.Text), CAFile: strings.TrimSpace(f.ca.Text),
		Proxy: strings.TrimSpace(f.proxy.Text),
	}
}

func (f *Flow) enable() {
	if f.Entered().Signer == "" {
		f.check.Disable()
		f.test.Start.Disable()
		return
	}
	f.check.Enable()
	f.test.Start.Enable()
}

func (f *Flow) start() {
	if f.check.Disabled() {
		return
	}
	f.asked++
	asked := f.asked
	f.check.Disable()
	f.say(f.book.Say(words.ConnectBusy), widget.MediumImportance)
	a := f.Entered()
	f.services.CheckVault(a, func(c uploader.Capabilities, err error) {
		if asked != f.asked {
			return
		}
		f.enable()
		if err != nil {
			f.Fail(err)
			return
		}
		f.say("", widget.MediumImportance)
		f.ask(a, c)
	})
}

func (f *Flow) say(text string, importance widget.Importance) {
	f.status.Importance = importance
	f.status.SetText(text)
	if text == "" {
		f.status.Hide()
		return
	}
	f.status.Show()
}

// ask shows what answered. Only the button keeps it, and only what was shown.
func (f *Flow) ask(a Address, c uploader.Capabilities) {
	a.Seen = c.DataOrigins
	if c.SignIn == uploader.SignInOIDC && a.TokenFile == "" {
		a.SeenIssuer = c.OIDC.Issuer
		f.askToSignIn(a, c)
		return
	}
	var use *widget.Button
	problem := widget.NewLabel("")
	problem.Wrapping, problem.Importance = fyne.TextWrapWord, widget.DangerImportance
	problem.Hide()
	use = widget.NewButton(f.book.Say(words.ConnectUse), func() {
		use.Disable()
		f.services.UseVault(a, func(v uploader.Vault, err error) {
			use.Enable()
			if err != nil {
				problem.SetText(f.services.Explain(err))
				problem.Show()
				return
			}
			f.fields()
			f.saved(v)
		})
	})
	f.question(facts(f.book, a, c), problem, use)
}

// question shows what answered, with the button that says yes to it.
func (f *Flow) question(facts, problem fyne.CanvasObject, yes *widget.Button) {
	yes.Importance = widget.HighImportance
	f.instead(
		widgets.NewLine(f.book.Say(words.ConnectChecked), theme.TextTitle, base.ColorNameForeground, fyne.TextStyle{Bold: true}),
		gap(2), outdented(facts), outdented(problem), gap(4),
		container.NewHBox(widget.NewButton(f.book.Say(words.ConnectBack), f.fields), layout.NewSpacer(), yes),
	)
}

// instead shows something in place of the fields.
func (f *Flow) instead(objects ...fyne.CanvasObject) {
	f.confirm.Objects = objects
	f.confirm.Refresh()
	f.form.Hide()
	f.confirm.Show()
}

// askToSignIn shows what answered and where one signs in to it; the button leads there. The vault is kept, and used,
// when the person is signed in.
func (f *Flow) askToSignIn(a Address, c uploader.Capabilities) {
	nothing := widget.NewLabel("")
	nothing.Hide()
	f.question(facts(f.book, a, c), nothing, widget.NewButton(f.book.Say(words.ConnectSignIn), func() {
		f.pane = NewPane(f.services, f.book, a, f.fields, func(v uploader.Vault) {
			f.fields()
			f.saved(v)
		})
		f.instead(f.pane.Box)
		f.pane.Begin()
	}))
}

func (f *Flow) fields() {
	f.confirm.Hide()
	f.form.Show()
}

// facts shows what a vault says of itself, one line a fact.
func facts(book *words.Book, a Address, c uploader.Capabilities) fyne.CanvasObject {
	list := [][2]string{
		{book.Say(words.VaultName), words.Name(c.Name)},
		{book.Say(words.VaultAddress), words.Name(a.Signer)},
		{book.Say(words.VaultBytes), words.Name(strings.Join(c.DataOrigins, ", "))},
		{book.Say(words.VaultEncryption), book.Encryption(c.Encryption)},
		{book.Say(words.VaultProof), book.Proof(c.Checksum)},
	}
	if a.SeenIssuer != "" {
		list = append(list, [2]string{book.Say(words.VaultSignIn), words.Host(a.SeenIssuer)})
	}
	return table(list)
}

// table shows pairs of a name and a text.
func table(list [][2]string) fyne.CanvasObject {
	grid := container.New(layout.NewFormLayout())
	for _, fact := range list {
		value := widget.NewLabel(fact[1])
		value.Wrapping = fyne.TextWrapBreak
		name := widget.NewLabel(fact[0])
		name.TextStyle.Bold = true
		grid.Add(name)
		grid.Add(value)
	}
	return grid
}
