package queue

import (
	"fyne.io/fyne/v2"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"longshore/ui/words"
	"longshore/uploader"
)

// List shows the entries. Only the rows one can see exist. It keeps the selection itself, by EntryID: the toolkit's
// own sticks to a position and would jump to another entry when the order changes.
type List struct {
	widget.List
	actions Actions
	book    *words.Book
	hint    func(string)
	icons   *icons

	rows     uploader.Pages[uploader.EntryRow]
	shown    map[int]*row // the rows on the screen, by index, and a few that just left it
	selected uploader.EntryID
	at       int // its index, -1 without a selection
	focused  bool
}

// NewList makes an empty list. hint is told what a button under the pointer does.
func NewList(actions Actions, hint func(string), book *words.Book) *List {
	l := &List{actions: actions, book: book, hint: hint, icons: newIcons(), shown: map[int]*row{}, at: -1}
	l.Length = func() int { return l.rows.Len() }
	l.CreateItem = func() fyne.CanvasObject { return newRow(l) }
	l.UpdateItem = func(i widget.ListItemID, o fyne.CanvasObject) { l.update(i, o.(*row)) }
	l.ExtendBaseWidget(l)
	return l
}

// Update takes over new rows. Rows on the screen are compared and redrawn one by one; the list itself only when entries
// came, went or moved.
func (l *List) Update(rows uploader.Pages[uploader.EntryRow]) {
	old := l.rows
	l.rows = rows
	if !sameOrder(old, rows) {
		l.find()
		l.Refresh()
		return
	}
	l.touch()
}

// touch updates the rows on the screen in place.
func (l *List) touch() {
	first, last := l.window()
	for i, r := range l.shown {
		if i < first || i > last || i >= l.rows.Len() {
			delete(l.shown, i)
			continue
		}
		l.draw(i, r)
	}
}

// window is the range of indices the toolkit may keep rows for: those one can see, and one more.
func (l *List) window() (first, last int) {
	step := rowHeight + l.Theme().Size(base.SizeNamePadding)
	top := l.GetScrollOffset()
	return int(top/step) - 1, int((top+l.Size().Height)/step) + 2
}

func (l *List) update(i int, r *row) {
	if i >= l.rows.Len() {
		return
	}
	if r.index != i {
		if l.shown[r.index] == r {
			delete(l.shown, r.index)
		}
		r.index = i
	}
	l.shown[i] = r
	l.draw(i, r)
}

func (l *List) draw(i int, r *row) {
	e := l.rows.At(i)
	selected := e.ID == l.selected && l.at >= 0
	r.set(viewOf(e, l.book), selected, selected && l.focused)
}

// sameOrder tells whether both hold the same entries in the same order. Shared pages are not looked into.
func sameOrder(a, b uploader.Pages[uploader.EntryRow]) bool {
	if a.Len() != b.Len() {
		return false
	}
	for i := range b.Changed(a) {
		if a.At(i).ID != b.At(i).ID {
			return false
		}
	}
	return true
}

// find looks up where the selected entry is now; when it has gone, the one in its place is selected, so that Delete
// pressed again and again clears the list from there.
func (l *List) find() {
	if l.at < 0 {
		return
	}
	for i, e := range l.rows.All() {
		if e.ID == l.selected {
			l.at = i
			return
		}
	}
	l.at = min(l.at, l.rows.Len()-1)
	if l.at >= 0 {
		l.selected = l.rows.At(l.at).ID
	}
}

// Empty tells whether there is nothing in the list.
func (l *List) Empty() bool { return l.rows.Len() == 0 }

// Selected is the selected entry, nil without one.
func (l *List) Selected() *uploader.EntryRow {
	if l.at < 0 || l.at >= l.rows.Len() {
		return nil
	}
	return l.rows.At(l.at)
}

// entry finds a row's entry; it is on the screen, so its index is known. nil when it has just gone.
func (l *List) entry(id uploader.EntryID) *uploader.EntryRow {
	for i := range l.shown {
		if i < l.rows.Len() && l.rows.At(i).ID == id {
			return l.rows.At(i)
		}
	}
	return nil
}

func (l *List) tapped(id uploader.EntryID) {
	for i := range l.shown {
		if i < l.rows.Len() && l.rows.At(i).ID == id {
			l.selectAt(i)
			break
		}
	}
	if c := fyne.CurrentApp().Driver().CanvasForObject(l); c != nil {
		c.Focus(l)
	}
}

// Select selects an entry, if it is there.
func (l *List) Select(id uploader.EntryID) {
	for i, e := range l.rows.All() {
		if e.ID == id {
			l.at, l.selected = i, id
			l.touch()
			return
		}
	}
}

func (l *List) selectAt(i int) {
	if n := l.rows.Len(); n == 0 {
		return
	} else {
		i = min(max(i, 0), n-1)
	}
	l.at, l.selected = i, l.rows.At(i).ID
	l.reveal(i)
	l.touch()
}

// reveal scrolls as little as it takes to show row i whole. It does not use ScrollTo, which refreshes the whole list.
func (l *List) reveal(i int) {
	step := rowHeight + l.Theme().Size(base.SizeNamePadding)
	top, height := l.GetScrollOffset(), l.Size().Height
	switch y := float32(i) * step; {
	case y < top:
		l.ScrollToOffset(y)
	case y+rowHeight > top+height:
		l.ScrollToOffset(y + rowHeight - height)
	}
}
