package history

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"

	"longshore/ui/widgets"
)

// search is the field for a name. Escape empties it, and leads back to the queue when it is empty; Down and Enter lead
// into the list. The window's shortcuts work in it, too: the toolkit gives them to the field alone.
type search struct {
	widget.Entry
	leave, enter func()
}

func newSearch(leave, enter func()) *search {
	s := &search{leave: leave, enter: enter}
	s.ExtendBaseWidget(s)
	return s
}

// TypedKey takes the keys that move.
func (s *search) TypedKey(ev *fyne.KeyEvent) {
	switch {
	case ev.Name == fyne.KeyEscape && s.Text != "":
		s.SetText("")
	case ev.Name == fyne.KeyEscape:
		s.leave()
	case ev.Name == fyne.KeyDown, ev.Name == fyne.KeyReturn, ev.Name == fyne.KeyEnter:
		s.enter()
	default:
		s.Entry.TypedKey(ev)
	}
}

// TypedShortcut passes on what the window has made itself.
func (s *search) TypedShortcut(shortcut fyne.Shortcut) { widgets.PassOn(s, &s.Entry, shortcut) }

// list is the toolkit's, but for two keys: Escape leads back to the queue, Enter opens the receipt as Space does. It
// knows which row has the keyboard, for the row to show it: the toolkit's own sign is that of the pointer, too faint for
// an eye that looks for it.
type list struct {
	widget.List
	leave   func()
	focused bool
	at      int
}

func newList(length func() int, create func() fyne.CanvasObject, update func(widget.ListItemID, fyne.CanvasObject), leave func()) *list {
	l := &list{leave: leave}
	l.Length, l.CreateItem, l.UpdateItem = length, create, update
	l.OnHighlighted = func(i widget.ListItemID) {
		l.at = i
		l.Refresh()
	}
	l.ExtendBaseWidget(l)
	return l
}

// FocusGained is told to the rows, too.
func (l *list) FocusGained() {
	l.focused = true
	l.List.FocusGained()
}

// FocusLost takes it back.
func (l *list) FocusLost() {
	l.focused = false
	l.List.FocusLost()
}

// has tells whether a row has the keyboard.
func (l *list) has(i int) bool { return l.focused && i == l.at }

// TypedKey takes the keys that mean something else here.
func (l *list) TypedKey(ev *fyne.KeyEvent) {
	switch ev.Name {
	case fyne.KeyEscape:
		l.leave()
	case fyne.KeyReturn, fyne.KeyEnter:
		l.List.TypedKey(&fyne.KeyEvent{Name: fyne.KeySpace})
	default:
		l.List.TypedKey(ev)
	}
}
