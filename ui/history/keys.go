package history

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"
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
func (s *search) TypedShortcut(shortcut fyne.Shortcut) {
	if own, ok := shortcut.(*desktop.CustomShortcut); ok {
		c := fyne.CurrentApp().Driver().CanvasForObject(s)
		if window, ok := c.(fyne.Shortcutable); ok {
			window.TypedShortcut(own)
		}
		return
	}
	s.Entry.TypedShortcut(shortcut)
}

// list is the toolkit's, but for two keys: Escape leads back to the queue, Enter opens the receipt as Space does.
type list struct {
	widget.List
	leave func()
}

func newList(length func() int, create func() fyne.CanvasObject, update func(widget.ListItemID, fyne.CanvasObject), leave func()) *list {
	l := &list{leave: leave}
	l.Length, l.CreateItem, l.UpdateItem = length, create, update
	l.ExtendBaseWidget(l)
	return l
}

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
