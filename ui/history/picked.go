package history

import (
	"strings"

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

// picks is there while something is selected, with what can be done to it.
type picks struct {
	page     *Page
	box      *fyne.Container
	count    *widgets.Line
	countBox *fyne.Container
	open     *widget.Button
	export   *widget.Button
	row      *fyne.Container
	shown    int
}

func newPicks(p *Page) *picks {
	b := &picks{page: p, count: widgets.NewLine("", theme.TextBody, base.ColorNameForeground, fyne.TextStyle{Bold: true}).Fitting()}
	b.open = p.button(words.ReceiptShow, base.InfoIcon(), p.open)
	b.export = p.button(words.HistoryExport, base.DocumentSaveIcon(), func() { p.chooseExport(b.export) })
	clear := widgets.NewIcon(p.Clear, p.tip)
	clear.Set(base.CancelIcon(), p.book.Say(words.HintClear))
	b.countBox = container.New(layout.NewCustomPaddedLayout(0, 0, 8, 4), container.New(inMiddle{}, b.count))
	b.row = container.NewHBox(b.countBox, b.open,
		p.button(words.HistoryVerify, base.ConfirmIcon(), func() { p.verifyList(p.Picked()) }), b.export,
		p.button(words.ReceiptCopy, base.ContentCopyIcon(), func() { p.copyOf(p.Picked()) }),
		p.button(words.PickedRemove, base.DeleteIcon(), func() { p.remove(p.Picked()) }))
	b.box = container.NewBorder(nil, nil, nil, container.NewCenter(clear), container.NewHScroll(b.row))
	b.box.Hide()
	return b
}

// show tells how many are selected.
func (b *picks) show(n int) {
	if n == 0 || n == b.shown {
		return
	}
	b.shown = n
	b.count.SetText(b.page.book.Say(words.PickedCount, "rows", n))
	setVisible(b.open, n == 1)
	setVisible(b.countBox, n != 1) // one row is seen; a narrow window has not the room for both
	b.row.Refresh()                // its room has changed
}

// mostCopied is how many receipts are put on the clipboard at once; who wants more exports them.
const mostCopied = 1000

func (p *Page) copyOf(receipts []uploader.Receipt) {
	if len(receipts) > 0 {
		p.actions.CopyReceipts(receipts[:min(len(receipts), mostCopied)])
	}
}

// remove takes receipts out of the history, and offers to bring them back.
func (p *Page) remove(receipts []uploader.Receipt) {
	if len(receipts) == 0 {
		return
	}
	marks := make([]uploader.HistoryMark, len(receipts))
	for i := range receipts {
		marks[i] = receipts[i].Mark()
	}
	p.actions.RemoveReceipts(marks, func(removed []uploader.Receipt) {
		p.took(removed)
		var says []string
		if len(removed) > 0 {
			says = append(says, p.book.Say(words.HistoryCleared, "receipts", len(removed)))
		}
		if kept := len(marks) - len(removed); kept > 0 {
			says = append(says, p.book.Say(words.HistoryKept, "receipts", kept))
		}
		p.Say(strings.Join(says, " "))
		if len(removed) > 0 {
			p.offer(words.Undo, func() {
				p.actions.RestoreReceipts(removed, func() {
					p.ReloadSaying(p.book.Say(words.HistoryRestored, "receipts", len(removed)))
				})
			})
		}
	})
}

// took takes receipts off the list that are no longer in the history.
func (p *Page) took(removed []uploader.Receipt) {
	gone := make(map[uploader.HistoryMark]bool, len(removed))
	for i := range removed {
		gone[removed[i].Mark()] = true
		p.sum.Files--
		p.sum.Bytes -= removed[i].Size
	}
	left := make([]uploader.Receipt, 0, len(p.rows))
	for i := range p.rows {
		if !gone[p.rows[i].Mark()] {
			left = append(left, p.rows[i])
		}
	}
	p.rows = left
	p.settle()
	p.foot()
	p.show(false)
	p.selected()
	if p.more && p.stop == nil && len(p.rows) < pageRows { // no row may be left whose drawing would ask for more
		p.ask(pageRows, false, nil)
	}
}

// menu offers in words what can be done to the row under the cursor, or to all that is selected.
func (p *Page) menu(at fyne.Position) {
	c := fyne.CurrentApp().Driver().CanvasForObject(p.list)
	receipts := p.target()
	if c == nil || len(receipts) == 0 {
		return
	}
	item := func(text words.Key, icon fyne.Resource, do func()) *fyne.MenuItem {
		return &fyne.MenuItem{Label: p.book.Say(text), Icon: icon, Action: do}
	}
	var items []*fyne.MenuItem
	if len(receipts) == 1 {
		items = append(items, item(words.ReceiptShow, base.InfoIcon(), func() { p.actions.ShowReceipt(receipts[0]) }))
	}
	items = append(items,
		item(words.HistoryVerify, base.ConfirmIcon(), func() { p.verifyList(receipts) }),
		item(words.ReceiptCopy, base.ContentCopyIcon(), func() { p.copyOf(receipts) }),
		item(words.HistoryCSV, base.DocumentSaveIcon(), func() { p.actions.ExportReceipts(receipts, "csv") }),
		item(words.HistoryJSON, base.DocumentSaveIcon(), func() { p.actions.ExportReceipts(receipts, "json") }))
	if batch := receipts[0].Batch; oneDrop(receipts) {
		items = append(items, item(words.ReceiptDrop, base.DocumentIcon(), func() { p.actions.SaveDropReceipt(batch) }))
	}
	items = append(items, fyne.NewMenuItemSeparator(), item(words.PickedRemove, base.DeleteIcon(), func() { p.remove(receipts) }))
	widget.ShowPopUpMenuAtPosition(fyne.NewMenu("", items...), c, at)
}

// oneDrop tells whether receipts are all of one drop.
func oneDrop(receipts []uploader.Receipt) bool {
	for i := range receipts {
		if receipts[i].Batch != receipts[0].Batch {
			return false
		}
	}
	return true
}
