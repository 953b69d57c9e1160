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

// banner is a strip above the list with what holds up everything, or what the user should know. Notices queue up
// behind one another; trouble comes first and goes by itself, as does a sign-in that is missing. A drive that is not there
// comes last: what it holds up is only its own files.
type banner struct {
	book    *words.Book
	box     fyne.CanvasObject
	back    *canvas.Rectangle
	text    *widget.Label
	dismiss *widgets.Icon
	close   fyne.Resource
	trouble uploader.Code
	drive   int    // files on a drive that is not there
	vault   string // one that nobody is signed in to, "" for none
	signIn  *widget.Button
	proxy   bool // one wants a name and a password
	enter   *widget.Button
	undo    *widget.Button
	notices []Notice
	asks    *question // what a drop asks, nil for nothing
	leave   *widget.Button
	send    *widget.Button
	do      func(uploader.Verb, uploader.Target)
	shown   string
}

// Notice is a sentence for the user to read, and what takes back what it tells of; nil where nothing does.
type Notice struct {
	Says words.Sentence
	Undo func()
}

// mostNotices bounds what waits to be read; the oldest goes first.
const mostNotices = 20

func newBanner(signIn, askProxy func(), do func(uploader.Verb, uploader.Target), book *words.Book) *banner {
	b := &banner{book: book, back: canvas.NewRectangle(nil), text: widget.NewLabel(""), close: base.CancelIcon(), do: do}
	b.text.Wrapping = fyne.TextWrapWord
	b.dismiss = widgets.NewIcon(b.next, nil)
	icon := widget.NewIcon(base.NewWarningThemedResource(base.WarningIcon()))
	b.signIn = widget.NewButton(book.Say(words.SignInAgain), signIn)
	b.signIn.Importance = widget.HighImportance
	b.signIn.Hide()
	b.enter = widget.NewButton(book.Say(words.ProxyEnter), askProxy)
	b.enter.Importance = widget.HighImportance
	b.enter.Hide()
	b.undo = widget.NewButton(book.Say(words.Undo), b.takeBack)
	b.undo.Hide()
	b.leave = widget.NewButton("", func() { b.choose(uploader.LeaveOut) })
	b.send = widget.NewButton(book.Say(words.SendAgain), func() { b.choose(uploader.SendAgain) })
	b.leave.Hide()
	b.send.Hide()
	b.box = container.NewStack(b.back, padded(theme.Gap, 2, container.NewBorder(nil, nil, container.NewCenter(icon),
		container.NewHBox(container.NewCenter(b.signIn), container.NewCenter(b.enter), container.NewCenter(b.undo),
			container.NewCenter(b.leave), container.NewCenter(b.send), container.NewCenter(b.dismiss)), b.text)))
	b.recolor()
	b.box.Hide()
	return b
}

func (b *banner) recolor() {
	b.back.FillColor = theme.Of(theme.ColorNotice)
	b.back.Refresh()
}

// hold shows what holds up everything, "" for nothing.
func (b *banner) hold(trouble uploader.Code) {
	b.trouble = trouble
	b.show()
}

// missing shows that nobody is signed in to a vault, "" for none.
func (b *banner) missing(vault string) {
	b.vault = vault
	b.show()
}

// guarded shows that a proxy lets nothing through without a name and a password.
func (b *banner) guarded(yes bool) {
	b.proxy = yes
	b.show()
}

// away shows that files wait for a drive, 0 for none.
func (b *banner) away(files int) {
	if b.drive != files {
		b.drive = files
		b.show()
	}
}

// ask shows what a drop asks, nil for nothing.
func (b *banner) ask(q *question) {
	b.asks = q
	b.show()
}

// choose answers it, for the whole drop.
func (b *banner) choose(verb uploader.Verb) {
	if q := b.asks; q != nil {
		b.do(verb, uploader.Target{Entries: q.entries})
		b.ask(nil) // until a snapshot says otherwise
	}
}

// tell adds a notice; one that is there already is not added again.
func (b *banner) tell(n Notice) {
	for _, old := range b.notices {
		if old.Undo == nil && n.Undo == nil && old.Says(b.book) == n.Says(b.book) {
			return
		}
	}
	b.notices = append(b.notices, n)
	if len(b.notices) > mostNotices {
		b.notices = b.notices[1:]
	}
	b.show()
}

// takeBack undoes what the notice that is shown tells of.
func (b *banner) takeBack() {
	if len(b.notices) > 0 && b.notices[0].Undo != nil {
		b.notices[0].Undo()
		b.next()
	}
}

// next takes the notice that is shown away.
func (b *banner) next() {
	if len(b.notices) > 0 {
		b.notices = b.notices[1:]
	}
	b.show()
}

func (b *banner) show() {
	text, proxy := "", b.trouble == "" && b.proxy
	signIn := b.trouble == "" && !proxy && b.vault != ""
	canClose := b.trouble == "" && !proxy && !signIn && len(b.notices) > 0
	switch {
	case b.trouble != "":
		text = b.book.Sentence(b.trouble)
	case proxy:
		text = b.book.Say(words.ProxyHolds)
	case signIn:
		text = b.book.Say(words.SignInOver, "vault", b.vault)
	case canClose:
		text = b.notices[0].Says(b.book)
	case b.asks != nil:
		text = b.question()
	case b.drive > 0:
		text = b.book.Say(words.DriveAway, "files", b.drive)
	}
	asks := b.asks != nil && b.trouble == "" && !proxy && !signIn && !canClose
	undo := canClose && b.notices[0].Undo != nil
	if text == b.shown && undo == b.undo.Visible() {
		return
	}
	b.shown = text
	setVisible(b.undo, undo)
	setVisible(b.leave, asks)
	setVisible(b.send, asks)
	if text == "" {
		b.box.Hide()
		return
	}
	b.text.SetText(text)
	if canClose {
		b.dismiss.Set(b.close, b.book.Say(words.Dismiss))
	} else {
		b.dismiss.Set(nil, "")
	}
	setVisible(b.signIn, signIn)
	setVisible(b.enter, proxy)
	b.box.Show()
}

// question says what a drop asks, and names the buttons that answer it.
func (b *banner) question() string {
	q := b.asks
	leave, text := words.OnlyNew, b.book.Say(words.KnownSome, "known", q.known, "files", q.files)
	if q.all() {
		leave, text = words.LeaveOut, b.book.Say(words.KnownAll, "files", q.files)
	}
	b.leave.SetText(b.book.Say(leave))
	return text
}
