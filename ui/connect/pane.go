package connect

import (
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

// Pane shows a sign-in while the person is in their browser: what to do, the link if the browser did not open, a way to
// give up; and what went wrong, with a way to try again. Its methods are for the UI goroutine.
type Pane struct {
	Box      *fyne.Container
	services Services
	book     *words.Book
	address  Address
	back     func()
	done     func(uploader.Vault)

	title               *widgets.Line
	text, file          *widget.Label
	cancel, copy        *widget.Button
	again, retry, store *widget.Button
	link                string
	stop                func()
	turn                int // counts beginnings: what an older one answers is not for us
}

// NewPane makes a pane for a vault whose place to sign in (a.SeenIssuer) the person has seen. back is called when they
// give up, done when they are signed in.
func NewPane(s Services, book *words.Book, a Address, back func(), done func(uploader.Vault)) *Pane {
	p := &Pane{
		services: s, book: book, address: a, back: back, done: done,
		title: widgets.NewLine("", theme.TextTitle, base.ColorNameForeground, fyne.TextStyle{Bold: true}),
		text:  widget.NewLabel(""), file: widget.NewLabel(book.Say(words.SignInFileHint)),
	}
	p.text.Wrapping, p.file.Wrapping = fyne.TextWrapWord, fyne.TextWrapWord
	p.cancel = widget.NewButton(p.book.Say(words.Cancel), func() {
		p.Stop()
		p.back()
	})
	p.copy = widget.NewButton(p.book.Say(words.SignInCopy), func() {
		p.services.Copy(p.link)
		p.copy.SetText(p.book.Say(words.SignInCopied))
	})
	p.again = widget.NewButton(p.book.Say(words.SignInOpen), func() { p.services.OpenPage(p.link) })
	p.retry = widget.NewButton(p.book.Say(words.SignInRetry), p.Begin)
	p.retry.Importance = widget.HighImportance
	p.store = widget.NewButton(p.book.Say(words.SignInFile), func() {
		p.address.InFile = true
		p.Begin()
	})
	p.Box = container.NewVBox(p.title, gap(2), outdented(p.text), outdented(p.file), gap(4),
		container.NewHBox(p.cancel, layout.NewSpacer(), p.copy, p.again, p.store, p.retry))
	p.show(p.book.Say(words.SignInTitle), "", widget.MediumImportance)
	return p
}

// Begin begins the sign-in, or begins it anew.
func (p *Pane) Begin() {
	p.Stop()
	turn := p.turn
	host := words.Host(p.address.SeenIssuer)
	p.show(p.book.Say(words.SignInTitle), p.book.Say(words.SignInBegin, "host", host), widget.MediumImportance)
	p.stop = p.services.SignIn(p.address, func(link string, started bool) {
		if turn != p.turn {
			return
		}
		p.link = link
		p.copy.SetText(p.book.Say(words.SignInCopy))
		if started {
			p.show(p.book.Say(words.SignInTitle), p.book.Say(words.SignInWaiting, "host", host), widget.MediumImportance, p.copy, p.again)
			return
		}
		p.show(p.book.Say(words.SignInTitle), p.book.Say(words.SignInNoBrowser), widget.WarningImportance, p.copy, p.again)
	}, func(v uploader.Vault, err error) {
		if turn != p.turn {
			return
		}
		p.turn++
		p.stop = nil
		if err == nil {
			p.done(v)
			return
		}
		buttons := []fyne.CanvasObject{p.retry}
		if p.services.NoKeychain(err) && !p.address.InFile {
			buttons = append(buttons, p.store, p.file)
		}
		p.show(p.book.Say(words.SignInFailed), p.services.Explain(err), widget.DangerImportance, buttons...)
	})
}

// Stop gives the sign-in up.
func (p *Pane) Stop() {
	p.turn++
	if p.stop != nil {
		p.stop()
		p.stop = nil
	}
}

// show shows a text and, of what the pane has, only what fits it.
func (p *Pane) show(title, text string, importance widget.Importance, with ...fyne.CanvasObject) {
	for _, o := range []fyne.CanvasObject{p.copy, p.again, p.retry, p.store, p.file} {
		o.Hide()
	}
	for _, o := range with {
		o.Show()
	}
	p.title.SetText(title)
	p.text.Importance = importance
	p.text.SetText(text)
	p.Box.Refresh()
}
