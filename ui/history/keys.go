package history

import (
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"longshore/ui/widgets"
	"longshore/ui/words"
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

// list is the toolkit's, but for keys and clicks: it shows the page's own selection of several rows, and which row has
// the keyboard.
type list struct {
	widget.List
	page    *Page
	focused bool
	shown   map[int]*row // the rows on the screen, by index, and a few that just left it
}

func newList(p *Page) *list {
	l := &list{page: p, shown: map[int]*row{}}
	l.Length = func() int { return len(p.rows) }
	l.CreateItem = func() fyne.CanvasObject { return newRow(p) }
	l.UpdateItem = func(i widget.ListItemID, o fyne.CanvasObject) {
		r := o.(*row)
		if l.shown[r.index] == r {
			delete(l.shown, r.index)
		}
		r.index = i
		l.shown[i] = r
		p.draw(i, r)
	}
	l.ExtendBaseWidget(l)
	return l
}

// touch updates the rows on the screen in place.
func (l *list) touch() {
	step := rowHeight + l.Theme().Size(base.SizeNamePadding)
	first, last := int(l.GetScrollOffset()/step)-1, int((l.GetScrollOffset()+l.Size().Height)/step)+2
	for i, r := range l.shown {
		if i < first || i > last || i >= len(l.page.rows) {
			delete(l.shown, i)
			continue
		}
		l.page.draw(i, r)
	}
}

// reveal scrolls as little as it takes to show row i whole.
func (l *list) reveal(i int) {
	step := rowHeight + l.Theme().Size(base.SizeNamePadding)
	top, height := l.GetScrollOffset(), l.Size().Height
	switch y := float32(i) * step; {
	case y < top:
		l.ScrollToOffset(y)
	case y+rowHeight > top+height:
		l.ScrollToOffset(y + rowHeight - height)
	}
}

// FocusGained shows that keys go to the row under the cursor, at first to the first one.
func (l *list) FocusGained() {
	l.focused = true
	if l.page.sel.at < 0 && len(l.page.rows) > 0 {
		l.page.sel.at = 0
		l.reveal(0)
	}
	l.touch()
}

// FocusLost takes it back.
func (l *list) FocusLost() {
	l.focused = false
	l.touch()
}

// TypedRune is nothing here: Space is a key.
func (l *list) TypedRune(rune) {}

// Binding is what some keys do in the list. The page of shortcuts lists the same bindings that are bound.
type Binding struct {
	Keys []fyne.KeyName
	Mod  fyne.KeyModifier
	Says words.Key
	Do   func()
}

// Bindings are the keys that the list takes while it has the keyboard.
func (p *Page) Bindings() []Binding {
	screen := max(int(p.list.Size().Height/rowHeight)-1, 1)
	step := func(key fyne.KeyName, says words.Key, to func() int) Binding {
		return Binding{Keys: []fyne.KeyName{key}, Says: says, Do: func() { p.choose(to()) }}
	}
	return []Binding{
		step(fyne.KeyDown, words.KeysDown, func() int { return p.sel.at + 1 }),
		step(fyne.KeyUp, words.KeysUp, func() int { return p.sel.at - 1 }),
		step(fyne.KeyPageDown, words.KeysPageDown, func() int { return p.sel.at + screen }),
		step(fyne.KeyPageUp, words.KeysPageUp, func() int { return p.sel.at - screen }),
		step(fyne.KeyHome, words.KeysHome, func() int { return 0 }),
		step(fyne.KeyEnd, words.KeysEnd, func() int { return len(p.rows) - 1 }),
		{Keys: []fyne.KeyName{fyne.KeyReturn, fyne.KeyEnter, fyne.KeySpace}, Says: words.ReceiptShow, Do: p.open},
		{Keys: []fyne.KeyName{fyne.KeyDelete, fyne.KeyBackspace}, Says: words.PickedRemove, Do: func() { p.remove(p.target()) }},
		{Keys: []fyne.KeyName{desktop.KeyMenu}, Says: words.KeysMenu, Do: p.menuHere},
		{Keys: []fyne.KeyName{fyne.KeyF10}, Mod: fyne.KeyModifierShift, Says: words.KeysMenu, Do: p.menuHere},
		{Keys: []fyne.KeyName{fyne.KeyEscape}, Says: words.KeysClear, Do: p.escape},
		{Keys: []fyne.KeyName{fyne.KeyF1}, Says: words.KeysTitle, Do: p.actions.Shortcuts},
	}
}

// Copy puts what is selected on the clipboard; else the row under the cursor.
func (p *Page) Copy() { p.copyOf(p.target()) }

// escape takes the selection back; without one it leads to the queue.
func (p *Page) escape() {
	if len(p.sel.picked) > 0 {
		p.Clear()
		return
	}
	p.actions.LeaveHistory()
}

// menuHere opens the menu of the row under the cursor, at the row.
func (p *Page) menuHere() {
	if p.sel.at < 0 || p.sel.at >= len(p.rows) {
		return
	}
	p.list.reveal(p.sel.at)
	at := fyne.CurrentApp().Driver().AbsolutePositionForObject(p.list)
	if r, ok := p.list.shown[p.sel.at]; ok {
		at = fyne.CurrentApp().Driver().AbsolutePositionForObject(r).AddXY(40, rowHeight/2)
	}
	p.menu(at)
}

// TypedKey does what a key is bound to. Shift and Ctrl, held with a key that moves, select as they do with a click.
func (l *list) TypedKey(ev *fyne.KeyEvent) {
	for _, b := range l.page.Bindings() {
		if slices.Contains(b.Keys, ev.Name) && (b.Mod == 0 || l.page.modifiers() == b.Mod) {
			b.Do()
			return
		}
	}
}

// Typed gets the keys that no field and no button has taken: a click on a button leaves the keyboard with nobody.
func (p *Page) Typed(ev *fyne.KeyEvent) {
	switch {
	case ev.Name == fyne.KeyEscape:
		p.escape()
	case p.sel.at < 0: // nothing is done to a row that had no mark when the key was pressed
		p.enter()
	default:
		p.enter()
		p.list.TypedKey(ev)
	}
}

// pressed is which of Shift, Ctrl and the like are held down.
func pressed() fyne.KeyModifier {
	if d, ok := fyne.CurrentApp().Driver().(desktop.Driver); ok {
		return d.CurrentKeyModifiers()
	}
	return 0
}
