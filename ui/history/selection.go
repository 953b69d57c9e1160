package history

import (
	"slices"
	"time"

	"fyne.io/fyne/v2"

	"longshore/uploader"
)

// selection is which receipts are selected, by what they are, so that it stays with them when others come. The cursor is
// where keys go on from; the anchor is where a range began.
type selection struct {
	picked     map[uploader.HistoryMark]struct{}
	at, anchor int // -1 without one
}

func (s *selection) has(m uploader.HistoryMark) bool {
	_, ok := s.picked[m]
	return ok
}

// choose selects row i as the pressed keys say: alone, from the anchor on (Shift), or beside the others (Ctrl, or Command
// on a Mac).
func (p *Page) choose(i int) {
	if len(p.rows) == 0 {
		return
	}
	i = min(max(i, 0), len(p.rows)-1)
	s := &p.sel
	switch mod := p.modifiers(); {
	case mod&fyne.KeyModifierShift != 0:
		if s.anchor < 0 {
			s.anchor = max(s.at, 0)
		}
		s.picked = map[uploader.HistoryMark]struct{}{}
		for k := min(s.anchor, i); k <= max(s.anchor, i); k++ {
			s.picked[p.rows[k].Mark()] = struct{}{}
		}
	case mod&fyne.KeyModifierShortcutDefault != 0:
		p.turn(i)
	default:
		s.picked, s.anchor = map[uploader.HistoryMark]struct{}{p.rows[i].Mark(): {}}, i
	}
	s.at = i
	p.list.reveal(i)
	p.selected()
}

// turn takes a row in or out.
func (p *Page) turn(i int) {
	s, m := &p.sel, p.rows[i].Mark()
	if s.has(m) {
		delete(s.picked, m)
	} else {
		if s.picked == nil {
			s.picked = map[uploader.HistoryMark]struct{}{}
		}
		s.picked[m] = struct{}{}
	}
	s.at, s.anchor = i, i
}

// Toggle takes the row under the cursor into the selection, or out of it.
func (p *Page) Toggle() {
	if p.sel.at >= 0 && p.sel.at < len(p.rows) {
		p.turn(p.sel.at)
		p.selected()
	}
}

// SelectAll selects all that fits the filters, as far as the list goes; what was not loaded is.
func (p *Page) SelectAll() {
	if p.stop == nil && p.more && len(p.rows) < mostRows {
		p.ask(mostRows-len(p.rows), false, p.selectLoaded)
		return
	}
	p.selectLoaded()
}

func (p *Page) selectLoaded() {
	p.sel.picked = make(map[uploader.HistoryMark]struct{}, len(p.rows))
	for i := range p.rows {
		p.sel.picked[p.rows[i].Mark()] = struct{}{}
	}
	p.sel.at = min(max(p.sel.at, 0), len(p.rows)-1)
	p.selected()
}

// Clear selects nothing; the cursor stays.
func (p *Page) Clear() {
	p.sel.picked = nil
	p.selected()
}

// settle takes the selection over to other rows: nothing is done to a receipt that one cannot see.
func (p *Page) settle() {
	kept := map[uploader.HistoryMark]struct{}{}
	for i := range p.rows {
		if m := p.rows[i].Mark(); p.sel.has(m) {
			kept[m] = struct{}{}
		}
	}
	p.sel.picked = kept
	p.sel.at, p.sel.anchor = min(p.sel.at, len(p.rows)-1), min(p.sel.anchor, len(p.rows)-1)
}

// selected shows another selection.
func (p *Page) selected() {
	p.picks.show(len(p.sel.picked))
	setVisible(p.picks.box, len(p.sel.picked) > 0)
	setVisible(p.all, len(p.sel.picked) == 0)
	p.list.touch()
}

// Picked are the receipts that are selected, in the list's order.
func (p *Page) Picked() []uploader.Receipt {
	picked := make([]uploader.Receipt, 0, len(p.sel.picked))
	for i := range p.rows {
		if p.sel.has(p.rows[i].Mark()) {
			picked = append(picked, p.rows[i])
		}
	}
	return picked
}

// target is what a key acts on: what is selected, or else the row under the cursor.
func (p *Page) target() []uploader.Receipt {
	if len(p.sel.picked) == 0 && p.sel.at >= 0 && p.sel.at < len(p.rows) {
		return slices.Clone(p.rows[p.sel.at : p.sel.at+1])
	}
	return p.Picked()
}

// twice is how soon a second click must follow to open a receipt. The toolkit's own double tap would delay every click.
const twice = 400 * time.Millisecond

// tapped selects the row that was clicked; a second click opens it.
func (p *Page) tapped(i int) {
	now := time.Now()
	again := i == p.clicked && now.Sub(p.clickedAt) < twice && p.modifiers() == 0
	p.clicked, p.clickedAt = i, now
	p.choose(i)
	if c := fyne.CurrentApp().Driver().CanvasForObject(p.list); c != nil {
		c.Focus(p.list)
	}
	if again {
		p.clicked = -1
		p.open()
	}
}

// open shows the receipt under the cursor.
func (p *Page) open() {
	if i := p.sel.at; i >= 0 && i < len(p.rows) {
		p.actions.ShowReceipt(p.rows[i])
	}
}
