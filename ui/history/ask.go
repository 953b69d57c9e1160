package history

import (
	"slices"
	"time"

	"longshore/ui/words"
	"longshore/uploader"
)

// Reload asks for the newest receipts anew. What is shown stays until the answer is there.
func (p *Page) Reload() { p.ReloadSaying("") }

// ReloadSaying does so, and says something when they are there.
func (p *Page) ReloadSaying(says string) {
	p.ask(pageRows, true, func() {
		if says != "" {
			p.Say(says)
		}
	})
	p.addUp()
}

// ask asks for n receipts: the newest, or those that follow what is shown.
func (p *Page) ask(n int, fresh bool, then func()) {
	if p.stop != nil {
		p.stop()
	}
	q := p.Query(time.Now())
	q.Limit = n
	if !fresh {
		q.Before = p.next
	}
	if fresh && p.check.stop == nil {
		p.Say(p.book.Say(words.HistoryLooking))
	}
	p.stop = p.actions.Receipts(q, func(found Found, ok bool) {
		p.stop = nil
		if !ok { // what is shown stays, beside the sentence that says why
			p.more = false
			return
		}
		if fresh {
			p.rows, p.only = nil, false
			p.sel.at, p.sel.anchor = -1, -1
		}
		p.rows = append(slices.Clip(p.rows), found.Receipts...)
		p.next, p.more = found.Next, found.More
		p.settle()
		p.show(fresh)
		p.selected()
		if then != nil {
			then()
		}
	})
}

// addUp asks how many receipts there are in all, for the foot of the page.
func (p *Page) addUp() {
	if p.stopSum != nil {
		p.stopSum()
	}
	p.total.SetText(p.book.Say(words.HistoryCounting))
	p.sum = uploader.HistorySum{}
	p.stopSum = p.actions.Sum(p.Query(time.Now()), func(sum uploader.HistorySum, ok bool) {
		p.stopSum = nil
		if !ok {
			p.total.SetText("")
			return
		}
		p.sum = sum
		p.foot()
	})
}

func (p *Page) foot() {
	p.total.SetText(p.book.Say(words.HistorySum, "receipts", p.sum.Files, "size", p.book.Bytes(p.sum.Bytes)))
}

// show draws what was found.
func (p *Page) show(fresh bool) {
	text := words.HistoryNone
	if q := p.Query(time.Now()); q != (uploader.HistoryQuery{}) {
		text = words.HistoryNothingFits
	}
	some := len(p.rows) > 0
	p.empty.SetText(p.book.Say(text))
	setVisible(p.empty, !some)
	able(p.export, some)
	able(p.verifying, some && p.check.stop == nil)
	able(p.clear, some || text != words.HistoryNone) // it clears what a filter hides, too
	full := p.more && len(p.rows) >= mostRows
	if p.check.stop == nil && (fresh || full) { // older rows that come take no Undo away
		p.Say(p.hint())
	}
	if fresh {
		p.list.ScrollToTop()
	}
	p.list.Refresh()
}

// hint is what the status says when there is nothing else to say.
func (p *Page) hint() string {
	switch {
	case len(p.rows) == 0:
		return ""
	case p.more && len(p.rows) >= mostRows:
		return p.book.Say(words.HistoryMost, "receipts", len(p.rows))
	}
	return p.book.Say(words.HistoryHint)
}

// draw shows a receipt in a row; near the end of what is there it asks for more.
func (p *Page) draw(i int, row *row) {
	if i >= len(p.rows) {
		return
	}
	r := &p.rows[i]
	m := r.Mark()
	v, looked := p.verdicts[m]
	row.show(p.book, r, p.nameOf(r.Vault), v, looked)
	row.mark(p.sel.has(m), p.list.focused && i == p.sel.at)
	if p.more && p.stop == nil && i >= len(p.rows)-pageRows/4 && len(p.rows) < mostRows {
		p.ask(pageRows, false, nil)
	}
}

// Say shows a sentence in the line under the title, until something else is to be said there.
func (p *Page) Say(text string) {
	p.status.SetText(text)
	p.offer("", nil)
}

// offer shows a button beside the status; none without do.
func (p *Page) offer(text words.Key, do func()) {
	p.offers = do
	setVisible(p.offered, do != nil)
	if do != nil {
		p.offered.SetText(p.book.Say(text))
	}
	p.offeredBox.Refresh() // its room has changed
}
