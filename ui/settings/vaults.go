package settings

import (
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"longshore/ui/connect"
	"longshore/ui/theme"
	"longshore/ui/widgets"
	"longshore/ui/words"
	"longshore/uploader"
)

// Vaults is the part of Services that concerns the vaults that are set up. Every method returns at once.
type Vaults interface {
	// Vaults are all of them, oldest first.
	Vaults() []uploader.Vault
	// EditVault changes a vault's name or proxy, at once; nil leaves it as it is.
	EditVault(id uploader.VaultID, name, proxy *string, answer func(error))
	// RemoveVault asks the user and forgets a vault; it answers only if they want that.
	RemoveVault(v uploader.Vault, answer func(error))
	// ProxyNow tells how a vault is reached at the moment.
	ProxyNow(id uploader.VaultID, answer func(ProxyNow))
	// ForgetProxy forgets the name and the password that are kept for a proxy.
	ForgetProxy(proxy string, answer func())
}

// ProxyNow is how a vault is reached at the moment.
type ProxyNow struct {
	Proxy  string // the proxy's address, "" for none
	Script bool   // the system's settings leave it to a script (PAC), which is not run
	Kept   bool   // a name and a password for the proxy are kept
}

// vaults are the rows about one vault at a time: its name, its proxy, a test, and its end.
type vaults struct {
	services Services
	book     *words.Book
	now      uploader.Vault
	box      *fyne.Container

	which   *widget.Select
	name    *field
	proxy   *widget.Select
	address *field
	way     *fyne.Container // how the vault is reached at the moment
	test    *connect.Test
	problem *widget.Label
}

func newVaults(s Services, book *words.Book, current uploader.Vault) *vaults {
	v := &vaults{services: s, book: book, now: current, box: container.NewVBox(), problem: widget.NewLabel("")}
	v.problem.Wrapping, v.problem.Importance = fyne.TextWrapWord, widget.DangerImportance
	v.test = connect.NewTest(s, book, func() (connect.Address, uploader.VaultID) { return connect.Address{}, v.now.ID })
	v.fill()
	return v
}

// fill shows the vault that is chosen.
func (v *vaults) fill() {
	all := v.services.Vaults()
	i := slices.IndexFunc(all, func(o uploader.Vault) bool { return o.ID == v.now.ID })
	if i < 0 && len(all) > 0 {
		i = len(all) - 1
	}
	v.box.RemoveAll()
	if i < 0 {
		return
	}
	v.now = all[i]
	v.test.Stop()
	v.tell(nil)
	if len(all) > 1 {
		v.box.Add(v.choice(all, i))
	}
	v.name = newField(v.book, words.SettingsName, words.SettingsNameEx, "", v.now.Name, v.rename)
	v.box.Add(v.name.box)
	v.box.Add(v.proxies())
	remove := widget.NewButton(v.book.Say(words.VaultRemove), v.remove)
	v.box.Add(v.problem)
	v.box.Add(container.NewHBox(remove, layout.NewSpacer(), v.test.Start))
	v.box.Add(v.test.Box)
	v.box.Refresh()
}

// choice is which vault the rows below are about.
func (v *vaults) choice(all []uploader.Vault, i int) fyne.CanvasObject {
	v.which = widget.NewSelect(words.Distinct(all, v.book.Destination), nil)
	v.which.SetSelectedIndex(i)
	v.which.OnChanged = func(string) {
		if n := v.which.SelectedIndex(); n >= 0 {
			v.now = all[n]
			v.fill()
		}
	}
	return row(v.book.Say(words.SettingsWhich), widgets.Framed(v.which))
}

// The choices of a proxy.
const (
	proxySystem = iota
	proxyNone
	proxyOwn
)

func (v *vaults) proxies() fyne.CanvasObject {
	v.proxy = widget.NewSelect([]string{v.book.Say(words.ProxySystem), v.book.Say(words.ProxyNone), v.book.Say(words.ProxyOwn)}, nil)
	v.address = newField(v.book, words.SettingsProxy, words.SettingsProxyEx, "http://proxy.example.org:3128", "", v.setProxy)
	switch v.now.Proxy {
	case uploader.ProxySystem:
		v.proxy.SetSelectedIndex(proxySystem)
	case uploader.ProxyNone:
		v.proxy.SetSelectedIndex(proxyNone)
	default:
		v.proxy.SetSelectedIndex(proxyOwn)
		v.address.SetText(v.now.Proxy)
	}
	v.showAddress()
	v.way = container.NewVBox()
	v.look()
	v.proxy.OnChanged = func(string) {
		v.showAddress()
		v.setProxy()
	}
	return container.New(layout.NewCustomPaddedVBoxLayout(0),
		row(v.book.Say(words.SettingsProxy), container.NewBorder(nil, nil, container.NewGridWrap(whole(v.proxy), widgets.Framed(v.proxy)), nil, v.address)), v.address.below.box, v.way)
}

// look asks how the vault is reached at the moment, and shows it.
func (v *vaults) look() {
	id := v.now.ID
	v.services.ProxyNow(id, func(now ProxyNow) {
		if id != v.now.ID { // another is shown by now
			return
		}
		v.way.RemoveAll()
		add := func(text string, color fyne.ThemeColorName, action ...fyne.CanvasObject) {
			n := newNote("")
			n.say(text, color)
			v.way.Add(container.NewBorder(nil, nil, nil, container.NewHBox(action...), n.box))
		}
		switch {
		case now.Proxy == "" && now.Script:
			add(v.book.Say(words.ProxyScript), base.ColorNameWarning)
		case v.now.Proxy == uploader.ProxySystem && now.Proxy == "":
			add(v.book.Say(words.ProxyNowNone), theme.ColorMuted)
		case v.now.Proxy == uploader.ProxySystem:
			add(v.book.Say(words.ProxyNowOne, "proxy", words.Name(now.Proxy)), theme.ColorMuted)
		}
		if now.Kept {
			add(v.book.Say(words.ProxyKept), theme.ColorMuted, widget.NewButton(v.book.Say(words.ProxyForget), func() {
				v.services.ForgetProxy(now.Proxy, v.look)
			}))
		}
		v.box.Refresh()
	})
}

// whole is the size in which a choice shows all of each option; by itself it is content with less.
func whole(s *widget.Select) fyne.Size {
	size := s.MinSize()
	for _, o := range s.Options {
		text := fyne.MeasureText(o, base.TextSize(), fyne.TextStyle{}).Width
		size.Width = max(size.Width, text+base.IconInlineSize()+4*base.InnerPadding())
	}
	return size
}

func (v *vaults) showAddress() {
	if v.proxy.SelectedIndex() == proxyOwn {
		v.address.Show()
		return
	}
	v.address.Hide()
}

func (v *vaults) setProxy() {
	want := uploader.ProxySystem
	switch v.proxy.SelectedIndex() {
	case proxyNone:
		want = uploader.ProxyNone
	case proxyOwn:
		if want = v.address.Text; want == "" { // not typed yet
			return
		}
	}
	if want != v.now.Proxy {
		v.edit(nil, &want)
	}
}

func (v *vaults) rename() {
	if name := v.name.Text; name != v.now.Name {
		v.edit(&name, nil)
	}
}

func (v *vaults) edit(name, proxy *string) {
	id := v.now.ID
	v.services.EditVault(id, name, proxy, func(err error) {
		if id != v.now.ID { // another is shown by now
			return
		}
		v.tell(err)
		for _, o := range v.services.Vaults() {
			if o.ID == id {
				v.now = o
			}
		}
		if proxy != nil {
			v.look()
		}
	})
}

func (v *vaults) remove() {
	v.services.RemoveVault(v.now, func(err error) {
		if err != nil {
			v.tell(err)
			return
		}
		v.fill()
	})
}

// leave makes what was typed last hold.
func (v *vaults) leave() {
	if v.name != nil {
		v.rename()
		v.setProxy()
	}
}

func (v *vaults) tell(err error) {
	if err == nil {
		v.problem.Hide()
		return
	}
	v.problem.SetText(v.services.Explain(err))
	v.problem.Show()
	v.box.Refresh()
}

// under is a line of explanation under a title.
func under(text string) fyne.CanvasObject {
	return container.New(layout.NewCustomPaddedLayout(0, 0, -base.InnerPadding(), 0), widgets.Muted(text, base.SizeNameText))
}

// lined puts something under the controls of the rows, where their explanations are.
func lined(o fyne.CanvasObject) fyne.CanvasObject {
	return container.New(layout.NewCustomPaddedLayout(0, 0, nameColumn-base.InnerPadding(), 0), o)
}

// row is a control with its name before it, lined up with the other rows.
func row(name string, control fyne.CanvasObject) fyne.CanvasObject {
	return container.New(named{}, widgets.NewLine(name, theme.TextBody, base.ColorNameForeground, fyne.TextStyle{Bold: true}), control)
}
