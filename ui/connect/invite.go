package connect

import (
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"longshore/ui/theme"
	"longshore/ui/widgets"
	"longshore/ui/words"
	"longshore/uploader"
)

// Invitation is what a connection file says.
type Invitation struct {
	Name        string
	Operator    string // who runs the vault; "" if not said
	Signer      string
	DataOrigins []string
	SignIn      string // uploader.SignInNone, SignInBearer or SignInOIDC
	Issuer      string // with SignInOIDC
	CA          string // PEM; "" for the system's
	Proxy       string // uploader.ProxySystem, ProxyNone or an address
	Parallel    int    // parts at once, 0 if not said
	Limit       string // a speed as uploader.ParseSpeed takes it, "" if not said
}

// Invite shows a connection file and asks once. Before the person has agreed, nothing is contacted.
type Invite struct {
	Box      *fyne.Container
	services Services
	book     *words.Book
	says     Invitation
	back     func()
	done     func(uploader.Vault)

	token   *widget.Entry
	problem *widget.Label
	add     *widget.Button
	test    *Test
	pane    *Pane // of the sign-in, nil before
}

// NewInvite makes what asks about a connection file. back is called when the person does not want it, done when the
// vault is kept and they are signed in.
func NewInvite(s Services, book *words.Book, says Invitation, back func(), done func(uploader.Vault)) *Invite {
	i := &Invite{services: s, book: book, says: says, back: back, done: done, token: entry("", ""), problem: widget.NewLabel("")}
	i.problem.Wrapping, i.problem.Importance = fyne.TextWrapWord, widget.DangerImportance
	i.problem.Hide()
	i.add = widget.NewButton(book.Say(words.ConnectAdd), i.accept)
	i.add.Importance = widget.HighImportance
	i.test = NewTest(s, book, func() (Address, uploader.VaultID) { return i.address(), "" })
	text := widget.NewLabel(book.Say(words.ConnectFileText))
	text.Wrapping = fyne.TextWrapWord
	i.Box = container.NewVBox(
		widgets.NewLine(book.Say(words.ConnectFileTitle), theme.TextTitle, base.ColorNameForeground, fyne.TextStyle{Bold: true}),
		outdented(text), outdented(i.facts()),
	)
	if slices.ContainsFunc(s.Vaults(), func(v uploader.Vault) bool { return v.SignerURL == says.Signer }) {
		known := widget.NewLabel(book.Say(words.ConnectFileKnown))
		known.Wrapping, known.Importance = fyne.TextWrapWord, widget.WarningImportance
		i.Box.Add(outdented(known))
	}
	if says.SignIn == uploader.SignInBearer {
		browse := widget.NewButton(book.Say(words.FieldBrowse), func() {
			s.BrowseFile(book.Say(words.PickTokenFile), func(path string) { i.token.SetText(path) })
		})
		i.token.OnChanged = func(string) { i.enable() }
		i.Box.Add(field(book.Say(words.FieldToken), book.Say(words.FieldTokenHint), container.NewBorder(nil, nil, nil, browse, i.token)))
	}
	i.Box.Add(outdented(i.problem))
	i.Box.Add(i.test.Box)
	i.Box.Add(container.NewHBox(widget.NewButton(book.Say(words.ConnectBack), back), layout.NewSpacer(), i.test.Start, i.add))
	i.enable()
	return i
}

func (i *Invite) enable() {
	if i.says.SignIn == uploader.SignInBearer && strings.TrimSpace(i.token.Text) == "" {
		i.add.Disable()
		return
	}
	i.add.Enable()
}

func (i *Invite) address() Address {
	return Address{Signer: i.says.Signer, TokenFile: strings.TrimSpace(i.token.Text), Invite: &i.says}
}

// accept keeps the vault. The places that were shown are pinned; one that says others of itself is refused.
func (i *Invite) accept() {
	a := i.address()
	a.Seen, a.SeenIssuer = i.says.DataOrigins, i.says.Issuer
	if a.SeenIssuer != "" {
		whole := i.Box.Objects
		i.pane = NewPane(i.services, i.book, a, func() { i.show(whole) }, i.done)
		i.show([]fyne.CanvasObject{i.pane.Box})
		i.pane.Begin()
		return
	}
	i.add.Disable()
	i.services.UseVault(a, func(v uploader.Vault, err error) {
		i.enable()
		if err != nil {
			i.problem.SetText(i.services.Explain(err))
			i.problem.Show()
			i.Box.Refresh()
			return
		}
		i.done(v)
	})
}

func (i *Invite) show(objects []fyne.CanvasObject) {
	i.Box.Objects = objects
	i.Box.Refresh()
}

// Stop gives up what was begun.
func (i *Invite) Stop() {
	i.test.Stop()
	if i.pane != nil {
		i.pane.Stop()
	}
}

// facts are what the file says, one line each.
func (i *Invite) facts() fyne.CanvasObject {
	b, says := i.book, i.says
	list := [][2]string{{b.Say(words.VaultName), words.Name(says.Name)}}
	add := func(key words.Key, value string) {
		if value != "" {
			list = append(list, [2]string{b.Say(key), value})
		}
	}
	add(words.VaultOperator, words.Name(says.Operator))
	add(words.VaultAddress, words.Name(says.Signer))
	add(words.VaultBytes, words.Name(strings.Join(says.DataOrigins, ", ")))
	switch says.SignIn {
	case uploader.SignInOIDC:
		add(words.VaultSignIn, words.Host(says.Issuer))
	case uploader.SignInBearer:
		add(words.SettingsSignIn, b.Say(words.VaultByToken))
	default:
		add(words.SettingsSignIn, b.Say(words.VaultNoSignIn))
	}
	if says.CA != "" {
		add(words.VaultCA, b.Say(words.VaultCAOwn))
	}
	switch says.Proxy {
	case uploader.ProxySystem:
	case uploader.ProxyNone:
		add(words.SettingsProxy, b.Say(words.ProxyNone))
	default:
		add(words.SettingsProxy, words.Name(says.Proxy))
	}
	if says.Parallel > 0 {
		add(words.VaultDefaults, b.Say(words.VaultParallel, "parts", says.Parallel))
	}
	if says.Limit != "" {
		if says.Parallel > 0 {
			list = append(list, [2]string{"", b.Say(words.VaultAtMost, "speed", words.Name(says.Limit))})
			return table(list)
		}
		add(words.VaultDefaults, b.Say(words.VaultAtMost, "speed", words.Name(says.Limit)))
	}
	return table(list)
}
