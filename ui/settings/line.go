package settings

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

// line is the part of the dialog about how much of the line may be used: two fields, each with a line that explains it
// or says what is wrong with it. A field counts when it is left, or at Enter; while it is wrong, the last good value holds.
type line struct {
	services     Services
	book         *words.Book
	saved        uploader.Bandwidth
	limit, table *field
	box          fyne.CanvasObject
}

func newLine(s Services, book *words.Book, saved uploader.Bandwidth) *line {
	l := &line{services: s, book: book, saved: saved}
	limit, table := "", saved.Timetable.String()
	if saved.Limit != uploader.NoLimit {
		limit = saved.Limit.String()
	}
	l.limit = newField(book, words.SettingsLimit, words.SettingsLimitEx, uploader.NoLimit.String(), limit, l.apply)
	l.table = newField(book, words.SettingsTable, words.SettingsTableEx, "", table, l.apply)
	l.box = container.NewVBox(l.limit.box, l.table.box)
	return l
}

// apply makes what stands in the fields hold, as far as it is right.
func (l *line) apply() {
	want := l.saved
	speed, table := uploader.NoLimit, uploader.Timetable(nil)
	var err error
	if l.limit.Text != "" {
		speed, err = uploader.ParseSpeed(l.limit.Text)
	}
	if l.limit.tell(err) {
		want.Limit = speed
	}
	table, err = uploader.ParseTimetable(l.table.Text)
	if l.table.tell(err) {
		want.Timetable = table
	}
	if want.Limit != l.saved.Limit || want.Timetable.String() != l.saved.Timetable.String() {
		l.saved = want
		l.services.SetBandwidth(want)
	}
}

// field is a line of text with its name before it, and below it what it is for or what is wrong with it.
type field struct {
	widget.Entry
	book      *words.Book
	explained string
	below     *note
	box       fyne.CanvasObject
	left      func()
}

func newField(book *words.Book, name, explained words.Key, empty, text string, left func()) *field {
	f := &field{book: book, explained: book.Say(explained), below: newNote(book.Say(explained)), left: left}
	f.ExtendBaseWidget(f)
	f.PlaceHolder = empty
	f.SetText(text)
	f.OnSubmitted = func(string) { left() }
	label := widgets.NewLine(book.Say(name), theme.TextBody, base.ColorNameForeground, fyne.TextStyle{Bold: true})
	f.box = container.New(layout.NewCustomPaddedVBoxLayout(0),
		container.New(named{}, label, f), f.below.box)
	return f
}

// FocusLost is how the field is left.
func (f *field) FocusLost() {
	f.Entry.FocusLost()
	f.left()
}

// tell shows what is wrong, or what the field is for; it reports whether all is well.
func (f *field) tell(err error) bool {
	if err != nil {
		f.below.say(f.book.Wrong(err), base.ColorNameError)
	} else {
		f.below.say(f.explained, theme.ColorMuted)
	}
	return err == nil
}

// note is a text under the controls of the rows: what they are for, or what is wrong.
type note struct {
	text *widget.TextSegment
	rich *widget.RichText
	box  fyne.CanvasObject
}

func newNote(text string) *note {
	rich := widgets.Muted(text, base.SizeNameCaptionText)
	n := &note{rich: rich, box: lined(rich)}
	n.text, _ = rich.Segments[0].(*widget.TextSegment) // which is all that Muted makes
	return n
}

func (n *note) say(text string, color fyne.ThemeColorName) {
	if n.text.Text != text || n.text.Style.ColorName != color {
		n.text.Text, n.text.Style.ColorName = text, color
		n.rich.Refresh()
	}
}

// named lines up a name and its field as columns does.
type named struct{}

func (named) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(nameColumn+160, max(objects[0].MinSize().Height, objects[1].MinSize().Height))
}

func (named) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	name, entry := objects[0], objects[1]
	name.Move(fyne.NewPos(0, (size.Height-name.MinSize().Height)/2))
	name.Resize(fyne.NewSize(nameColumn, name.MinSize().Height))
	entry.Move(fyne.NewPos(nameColumn, 0))
	entry.Resize(fyne.NewSize(size.Width-nameColumn, size.Height))
}
