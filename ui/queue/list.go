package queue

import (
	"maps"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"longshore/ui/words"
	"longshore/uploader"
)

// List shows the rows of the queue. Only those one can see exist. It keeps the selection itself, by id: the toolkit's
// own sticks to a position and would jump to another row when the order changes.
type List struct {
	widget.List
	actions   Actions
	book      *words.Book
	hint      func(string)
	icons     *icons
	changed   func() // the rows or the selection did
	modifiers func() fyne.KeyModifier

	latest *uploader.Snapshot
	want   wish
	now    *lines // what is shown
	busy   bool   // the next are being arranged

	shown   map[int]*row // the rows on the screen, by index, and a few that just left it
	sel     selection
	focused bool
	drag    *drag
}

// NewList makes an empty list. hint is told what a button under the pointer does.
func NewList(actions Actions, hint func(string), book *words.Book) *List {
	none := &uploader.Snapshot{}
	l := &List{
		actions: actions, book: book, hint: hint, icons: newIcons(), changed: func() {}, modifiers: pressed,
		latest: none, now: &lines{snap: none}, shown: map[int]*row{}, sel: selection{at: -1},
	}
	l.drag = newDrag(l)
	l.Length = func() int { return l.now.len() }
	l.CreateItem = func() fyne.CanvasObject { return newRow(l) }
	l.UpdateItem = func(i widget.ListItemID, o fyne.CanvasObject) { l.update(i, o.(*row)) }
	l.ExtendBaseWidget(l)
	return l
}

// pressed is which of Shift, Ctrl and the like are held down.
func pressed() fyne.KeyModifier {
	if d, ok := fyne.CurrentApp().Driver().(desktop.Driver); ok {
		return d.CurrentKeyModifiers()
	}
	return 0
}

// Update takes over a snapshot.
func (l *List) Update(s *uploader.Snapshot) {
	l.latest = s
	l.arrange()
}

// fewRows is how many rows and files are arranged at once, in less time than a frame takes.
const fewRows = 2000

// arrange brings what is shown up to the latest snapshot and the user's wish, one after another. With many rows that is
// done off the UI goroutine; what nobody wishes any more when it is ready is dropped.
func (l *List) arrange() {
	if l.busy {
		return
	}
	before, s, w := l.now, l.latest, l.want
	if s.Entries.Len()+s.Jobs.Len() <= fewRows {
		l.take(arrange(before, s, w))
		return
	}
	l.busy = true
	l.actions.Aside(func() func() {
		fresh := arrange(before, s, w)
		return func() {
			l.busy = false
			if w.number == l.want.number {
				l.take(fresh)
			}
			if l.latest != s || w.number != l.want.number {
				l.arrange()
			}
		}
	})
}

// take shows other lines. Rows on the screen are compared and redrawn one by one; the list itself only when rows came,
// went or moved.
func (l *List) take(fresh *lines) {
	was := l.now.wish
	l.now = fresh
	if fresh.same {
		l.touch()
	} else {
		l.sel.settle(fresh)
		l.Refresh()
	}
	if was.filter != fresh.wish.filter || was.search != fresh.wish.search {
		l.begin()
	}
	l.changed()
	if l.drag.on {
		l.drag.follow()
	}
}

// begin shows other rows from where one wants to read them: from the row under the cursor, else from the first.
func (l *List) begin() {
	if l.sel.at >= 0 {
		l.reveal(l.sel.at)
		return
	}
	l.ScrollToOffset(0)
}

// wish changes what is shown.
func (l *List) wish(change func(*wish)) {
	change(&l.want)
	l.want.number++
	l.arrange()
}

// Filter shows the rows that stand so.
func (l *List) filter(f filter) { l.wish(func(w *wish) { w.filter = f }) }

func (l *List) search(text string) {
	l.wish(func(w *wish) { w.search, w.shut = strings.ToLower(strings.TrimSpace(text)), nil })
}

// open shows the files of an entry, or hides them. What is open for the search alone is closed for it alone.
func (l *List) open(e *uploader.EntryRow, opened bool) {
	searched := l.now.matches(e) > 0
	if l.want.opened[e.ID] == opened && !searched || searched && l.want.shut[e.ID] == !opened {
		return
	}
	l.wish(func(w *wish) {
		if searched {
			w.shut = with(w.shut, e.ID, !opened)
		} else {
			w.opened = with(w.opened, e.ID, opened)
		}
	})
}

// with is a set with or without an entry; the one given does not change.
func with(set map[uploader.EntryID]bool, e uploader.EntryID, in bool) map[uploader.EntryID]bool {
	next := maps.Clone(set)
	if next == nil {
		next = map[uploader.EntryID]bool{}
	}
	if in {
		next[e] = true
	} else {
		delete(next, e)
	}
	return next
}

// touch updates the rows on the screen in place.
func (l *List) touch() {
	first, last := l.window()
	for i, r := range l.shown {
		if i < first || i > last || i >= l.now.len() {
			delete(l.shown, i)
			continue
		}
		l.draw(i, r)
	}
}

// window is the range of indices the toolkit may keep rows for: those one can see, and one more.
func (l *List) window() (first, last int) {
	step, top := l.step(), l.GetScrollOffset()
	return int(top/step) - 1, int((top+l.Size().Height)/step) + 2
}

func (l *List) update(i int, r *row) {
	if i >= l.now.len() {
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
	v := l.view(i)
	selected := l.sel.has(v.id)
	r.set(v, selected, l.focused && i == l.sel.at && v.id == l.sel.cursor)
}

// view is what row i shows.
func (l *List) view(i int) view {
	e := l.now.row(i)
	v := viewOf(e, l.book)
	v.id = l.now.id(i)
	if v.id.job == "" {
		if n := l.now.matches(e); n > 0 {
			v.status = l.book.Say(words.Matches, "files", n) + " · " + v.status
		}
	}
	switch {
	case v.id.job != "":
		v.below, v.toTop = true, false
	case v.dir && l.now.open(e):
		v.fold = foldOpen
	case v.dir:
		v.fold = foldClosed
	}
	return v
}

// Empty tells whether there is nothing in the list.
func (l *List) Empty() bool { return l.now.len() == 0 }

// Selected is the row under the cursor, nil without one.
func (l *List) Selected() *uploader.EntryRow {
	if l.sel.at < 0 || l.sel.at >= l.now.len() {
		return nil
	}
	return l.now.row(l.sel.at)
}

// rowOf finds the index of a row on the screen; -1 when it has just gone.
func (l *List) rowOf(d id) int {
	for i := range l.shown {
		if i < l.now.len() && l.now.id(i) == d {
			return i
		}
	}
	return -1
}

func (l *List) tapped(d id) {
	if i := l.rowOf(d); i >= 0 {
		l.choose(i)
	}
	l.takeKeys()
}

// takeKeys makes keys go to the list.
func (l *List) takeKeys() {
	if c := fyne.CurrentApp().Driver().CanvasForObject(l); c != nil {
		c.Focus(l)
	}
}

// shows tells whether a row is on the screen.
func (l *List) shows(d id) bool { return l.rowOf(d) >= 0 }

// follow takes over what another list showed, and how.
func (l *List) follow(old *List) {
	l.want, l.sel, l.latest, l.now = old.want, old.sel, old.latest, old.now
	l.Refresh()
	l.changed()
}

// step is how far one row is below the other.
func (l *List) step() float32 { return rowHeight + l.Theme().Size(base.SizeNamePadding) }

// reveal scrolls as little as it takes to show row i whole. It does not use ScrollTo, which refreshes the whole list.
func (l *List) reveal(i int) {
	step, top, height := l.step(), l.GetScrollOffset(), l.Size().Height
	switch y := float32(i) * step; {
	case y < top:
		l.ScrollToOffset(y)
	case y+rowHeight > top+height:
		l.ScrollToOffset(y + rowHeight - height)
	}
}
