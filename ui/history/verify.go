package history

import (
	"time"

	base "fyne.io/fyne/v2/theme"

	"longshore/ui/widgets"
	"longshore/ui/words"
	"longshore/uploader"
)

// check is a look at many stored files under way, or the last one.
type check struct {
	all   int // 0: not known yet
	done  int
	by    map[uploader.Standing]int
	wrong []uploader.Receipt // gone or another, mostWrong of them
	stop  func()             // nil: it is over
}

// mostWrong is how many receipts of files that are gone are kept to be shown; mostVerdicts how many verdicts.
const (
	mostWrong    = 1000
	mostVerdicts = 2 * mostRows
)

// Looked is what a look at some receipts found.
type Looked struct {
	Receipts []uploader.Receipt
	Verdicts []uploader.Verdict
}

// verifyAll looks at all that fits the filters, whether it was loaded or not; or at what is shown of the last look.
func (p *Page) verifyAll() {
	if p.only {
		p.verifyList(p.rows)
		return
	}
	p.verify(p.sum.Files, func(told func(Looked), done func(bool)) func() {
		return p.actions.VerifyFound(p.Query(time.Now()), told, done)
	})
}

// verifyList looks at some receipts.
func (p *Page) verifyList(receipts []uploader.Receipt) {
	if len(receipts) == 0 {
		return
	}
	p.verify(len(receipts), func(told func(Looked), done func(bool)) func() {
		return p.actions.VerifyStored(receipts, told, done)
	})
}

func (p *Page) verify(all int, begin func(told func(Looked), done func(bool)) func()) {
	if p.check.stop != nil {
		return
	}
	c := &check{all: all, by: map[uploader.Standing]int{}}
	p.check = c
	c.stop = begin(func(l Looked) { p.looked(c, l) }, func(ok bool) { p.looksOver(c, ok, false) })
	if c.stop == nil { // it was over at once
		return
	}
	able(p.verifying, false)
	p.Say(p.book.Say(words.HistoryVerifying))
	p.bar.Set(0, base.ColorNamePrimary)
	setVisible(p.barBox, true)
	p.offer(words.HistoryStop, func() {
		if c.stop != nil {
			c.stop()
			p.looksOver(c, true, true)
		}
	})
}

// looked takes over what was found, and shows how far it is.
func (p *Page) looked(c *check, l Looked) {
	if c != p.check {
		return
	}
	for i := range l.Receipts {
		v := l.Verdicts[i]
		c.by[v.Standing]++
		bad := v.Standing == uploader.StandingGone || v.Standing == uploader.StandingAnother
		if bad && len(c.wrong) < mostWrong {
			c.wrong = append(c.wrong, l.Receipts[i])
		}
		if m := l.Receipts[i].Mark(); bad || len(p.verdicts) < mostVerdicts {
			p.verdicts[m] = v
		}
	}
	c.done += len(l.Receipts)
	p.list.touch()
	if c.stop == nil {
		return
	}
	p.status.SetText(p.book.Say(words.HistoryVerifyingOf, "done", c.done, "all", max(c.all, c.done)))
	if c.all > 0 {
		p.bar.Set(widgets.Quantise(float64(c.done)/float64(c.all)), base.ColorNamePrimary)
	}
}

// looksOver says what was found in all.
func (p *Page) looksOver(c *check, ok, stopped bool) {
	if c != p.check {
		return
	}
	c.stop = nil
	able(p.verifying, len(p.rows) > 0)
	setVisible(p.barBox, false)
	p.offer("", nil)
	if !ok && c.done == 0 {
		p.status.SetText(p.hint())
		return
	}
	bad := c.by[uploader.StandingGone] + c.by[uploader.StandingAnother]
	text := p.book.Say(words.HistoryVerified, "all", c.done, "same", c.by[uploader.StandingSame], "wrong", bad, "untold", c.by[uploader.StandingUnknown])
	if stopped || !ok {
		text = p.book.Say(words.HistoryVerifyStopped) + " " + text
	}
	p.status.SetText(text)
	if len(c.wrong) > 0 {
		p.offer(words.HistoryOnlyWrong, func() { p.showWrong(c) })
	}
}

// showWrong shows those alone that are gone or another.
func (p *Page) showWrong(c *check) {
	if p.stop != nil {
		p.stop()
		p.stop = nil
	}
	p.only, p.more, p.rows = true, false, c.wrong
	p.settle()
	p.show(true)
	p.selected()
	p.offer(words.HistoryShowAll, p.Reload)
}

// Verified shows what a look from elsewhere found.
func (p *Page) Verified(r *uploader.Receipt, v uploader.Verdict) {
	p.verdicts[r.Mark()] = v
	p.list.touch()
}
