package ui

import (
	"context"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/layout"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"longshore/ui/settings"
	"longshore/ui/widgets"
	"longshore/ui/words"
	"longshore/uploader"
)

// ProxyNow is how a vault is reached at the moment.
type ProxyNow = settings.ProxyNow

// ProxyNeed is a proxy that lets nothing through for want of a name and a password.
type ProxyNeed struct {
	Proxy   string // its address
	Refused bool   // it did not take those that it was given
	Other   bool   // it takes none, but wants a sign-in of another kind
}

// ProxyLogin is a name and a password for a proxy. Without a name, what is kept for it is forgotten.
type ProxyLogin struct {
	Proxy, Name, Password string
	InFile                bool // kept in a file, for want of a keychain
}

// proxyStops tells whether a proxy lets nothing through for want of a name and a password.
func proxyStops(err error) bool { return uploader.CodeOf(err) == uploader.CodeProxySignIn }

// pastProxy asks for a proxy's name and password if it stopped something, and then does that again; else, and when the
// user gives up, it goes on with otherwise.
func (w *window) pastProxy(stopped bool, again, otherwise func()) {
	if !stopped {
		otherwise()
		return
	}
	w.work.alone(func(ctx context.Context) {
		needs, _ := w.queue.ProxyNeeds(ctx) // none: what was answered says what is wrong
		w.bridge.Post(func() {
			i := slices.IndexFunc(needs, func(n ProxyNeed) bool { return !n.Other })
			if i < 0 || w.asking[askProxy] {
				otherwise()
				return
			}
			w.askProxy(needs[i], again, otherwise)
		})
	})
}

// AskProxy asks for what the proxy wants that holds up the queue (queue.Actions).
func (w *window) AskProxy() {
	w.pastProxy(true, func() {}, func() { w.tell(words.Saying(words.ProxyOther)) })
}

// askProxy asks for a name and a password.
func (w *window) askProxy(need ProxyNeed, done, gaveUp func()) {
	w.once(askProxy, func(closed func()) {
		var d dialog.Dialog
		kept := false
		form := newProxyForm(w, need, func() {
			kept = true
			d.Hide()
		}, func() { d.Hide() })
		d = dialog.NewCustomWithoutButtons(w.book.Say(words.ProxyTitle), form.box, w.win)
		d.SetOnClosed(func() {
			closed()
			if kept {
				done()
				return
			}
			gaveUp()
		})
		d.Resize(fyne.NewSize(min(520, w.win.Canvas().Size().Width-40), 0))
		w.open(d)
		w.win.Canvas().Focus(form.name)
	})
}

// proxyForm is what asks for a proxy's name and password.
type proxyForm struct {
	window         *window
	need           ProxyNeed
	kept           func()
	box            *fyne.Container
	name, password *widget.Entry
	problem        *widget.Label
	yes, inFile    *widget.Button
}

func newProxyForm(w *window, need ProxyNeed, kept, cancel func()) *proxyForm {
	word := w.book.Say
	f := &proxyForm{window: w, need: need, kept: kept, name: widget.NewEntry(), password: widget.NewPasswordEntry(), problem: widget.NewLabel("")}
	f.problem.Wrapping, f.problem.Importance = fyne.TextWrapWord, widget.DangerImportance
	f.problem.Hide()
	if need.Refused {
		f.tell(word(words.ProxyRefused))
	}
	f.yes = widget.NewButton(word(words.ProxyGo), func() { f.keep(false) })
	f.yes.Importance = widget.HighImportance
	f.inFile = widget.NewButton(word(words.SignInFile), func() { f.keep(true) })
	f.inFile.Hide()
	f.name.OnChanged = func(string) { f.enable() }
	f.name.OnSubmitted = func(string) { w.win.Canvas().Focus(f.password) }
	f.password.OnSubmitted = func(string) { f.keep(false) }
	wants := word(words.ProxyText, "proxy", words.Name(need.Proxy))
	text := widget.NewLabel(wants)
	text.Wrapping = fyne.TextWrapWord
	f.box = container.NewVBox(text, container.New(layout.NewFormLayout(),
		widget.NewLabel(word(words.ProxyName)), f.name, widget.NewLabel(word(words.ProxyPassword)), f.password),
		widgets.Muted(word(words.ProxyWhere), base.SizeNameCaptionText), f.problem,
		container.NewHBox(widget.NewButton(word(words.Cancel), cancel), layout.NewSpacer(), f.inFile, f.yes))
	f.enable()
	return f
}

func (f *proxyForm) enable() {
	if f.name.Text == "" {
		f.yes.Disable()
		return
	}
	f.yes.Enable()
}

func (f *proxyForm) tell(text string) {
	f.problem.SetText(text)
	f.problem.Show()
}

func (f *proxyForm) keep(inFile bool) {
	if f.yes.Disabled() {
		return
	}
	f.yes.Disable()
	w, login := f.window, ProxyLogin{Proxy: f.need.Proxy, Name: f.name.Text, Password: f.password.Text, InFile: inFile}
	w.work.alone(func(ctx context.Context) {
		err := w.queue.SetProxyLogin(ctx, login)
		w.bridge.Post(func() {
			f.enable()
			if err == nil {
				f.kept()
				return
			}
			f.tell(w.Explain(err))
			if w.queue.NoKeychain(err) && !inFile {
				f.inFile.Show()
			}
			f.box.Refresh()
		})
	})
}

// ProxyNow tells how a vault is reached at the moment (settings.Services).
func (w *window) ProxyNow(id uploader.VaultID, answer func(ProxyNow)) {
	w.work.alone(func(ctx context.Context) {
		now, err := w.queue.ProxyNow(ctx, id)
		w.bridge.Run(func() {
			if err == nil { // else the setting itself is wrong, which is told where it is typed
				answer(now)
			}
		})
	})
}

// ForgetProxy forgets the name and the password that are kept for a proxy (settings.Services).
func (w *window) ForgetProxy(proxy string, answer func()) {
	w.work.alone(func(ctx context.Context) {
		err := w.queue.SetProxyLogin(ctx, ProxyLogin{Proxy: proxy})
		w.bridge.Post(func() {
			w.fail(err)
			answer()
		})
	})
}

// showProxy shows whether a proxy holds up what is in the queue. What waits is tried now and then, and does not wait for
// that moment: what was shown stays until it was looked whether the proxy still wants something.
func (w *window) showProxy() {
	switch {
	case w.heldByProxy():
		w.holding(true)
	case w.proxyHolds && !w.askingNeeds:
		w.askingNeeds = true
		w.work.alone(func(ctx context.Context) {
			needs, err := w.queue.ProxyNeeds(ctx)
			w.bridge.Run(func() {
				w.askingNeeds = false
				if err == nil && len(needs) == 0 {
					w.holding(w.heldByProxy())
				}
			})
		})
	}
}

func (w *window) holding(yes bool) {
	if w.proxyHolds != yes {
		w.proxyHolds = yes
		w.page.Proxy(yes)
	}
}

// heldByProxy tells whether something in the queue waits for a proxy's name and password.
func (w *window) heldByProxy() bool {
	if w.last == nil || w.last.Totals.FilesWaiting == 0 {
		return false
	}
	for _, e := range w.last.Entries.All() {
		if e.State == uploader.Waiting && e.Code == uploader.CodeProxySignIn {
			return true
		}
	}
	return false
}
