// Package history draws what was stored: a list of receipts, newest first, with a search and what can be done with them.
//
// It must not know where receipts are kept, how a vault is asked or which goroutine does it: it asks for receipts page by
// page through Actions. Of a history of millions it holds what was scrolled through.
package history

import (
	"slices"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"longshore/ui/theme"
	"longshore/ui/widgets"
	"longshore/ui/words"
	"longshore/uploader"
)

// Actions is what a user can ask for here. Every method returns at once; it is called on the UI goroutine, and so are the
// answers.
type Actions interface {
	// LeaveHistory goes back to the queue.
	LeaveHistory()
	// Receipts asks for receipts; stop gives the question up. An error was told already: ok is false.
	Receipts(q uploader.HistoryQuery, answer func(receipts []uploader.Receipt, ok bool)) (stop func())
	// ShowReceipt shows all of a receipt.
	ShowReceipt(r uploader.Receipt)
	// VerifyStored looks at what is stored; ok is false when that could not be done, which was told already.
	VerifyStored(receipts []uploader.Receipt, answer func(verdicts []uploader.Verdict, ok bool))
	// ExportHistory lets the user save what a query finds, in a format: "csv" or "json".
	ExportHistory(q uploader.HistoryQuery, format string)
	// ClearHistory removes all receipts after a question.
	ClearHistory()
}

// pageRows is how many receipts are asked for at once; verifyMost how many are looked at.
const (
	pageRows   = 200
	verifyMost = 1000
)

// Page is the window's content while the history is shown. Its methods are for the UI goroutine.
type Page struct {
	widget.BaseWidget
	actions Actions
	book    *words.Book
	vaults  []uploader.Vault

	rows     []uploader.Receipt
	verdicts map[uploader.HistoryMark]uploader.Verdict
	more     bool   // there may be older ones
	stop     func() // gives up the question under way; nil without one

	list   *list
	search *search
	vault  *widget.Select
	since  *widget.Select
	export *widget.Button
	verify *widget.Button
	clear  *widget.Button
	status *widgets.Line
	empty  *widget.Label
	back   *canvas.Rectangle
	box    *fyne.Container
}

// NewPage makes the page, and asks for the newest receipts.
func NewPage(actions Actions, book *words.Book, vaults []uploader.Vault) *Page {
	p := &Page{
		actions: actions, book: book, vaults: vaults, verdicts: map[uploader.HistoryMark]uploader.Verdict{},
		back:   canvas.NewRectangle(nil),
		status: widgets.NewLine("", theme.TextSmall, theme.ColorMuted, fyne.TextStyle{}), empty: widget.NewLabel(""),
	}
	p.search = newSearch(actions.LeaveHistory, p.enter)
	p.search.SetPlaceHolder(book.Say(words.HistorySearch))
	p.search.OnChanged = func(string) { p.Reload() }
	p.vault = p.choice(p.vaultNames())
	p.since = p.choice([]string{
		book.Say(words.HistoryAllTime), book.Say(words.HistoryToday), book.Say(words.HistoryWeek), book.Say(words.HistoryMonth),
	})
	if len(vaults) < 2 {
		p.vault.Hide()
	}
	p.list = newList(func() int { return len(p.rows) }, func() fyne.CanvasObject { return newRow() }, p.draw, actions.LeaveHistory)
	p.list.OnSelected = func(i widget.ListItemID) {
		p.list.UnselectAll()
		if i < len(p.rows) {
			p.actions.ShowReceipt(p.rows[i])
		}
	}
	p.empty.Alignment, p.empty.Wrapping = fyne.TextAlignCenter, fyne.TextWrapWord
	p.empty.Hide()
	p.box = p.layOut()
	p.recolor()
	p.ExtendBaseWidget(p)
	p.Reload()
	return p
}

func (p *Page) layOut() *fyne.Container {
	button := func(text words.Key, icon fyne.Resource, do func()) *widget.Button {
		b := widget.NewButtonWithIcon(p.book.Say(text), icon, do)
		b.Importance = widget.LowImportance
		return b
	}
	back := button(words.HistoryBack, base.NavigateBackIcon(), p.actions.LeaveHistory)
	p.export = button(words.HistoryExport, base.DocumentSaveIcon(), p.chooseExport)
	p.verify = button(words.HistoryVerify, base.ConfirmIcon(), p.verifyShown)
	p.clear = button(words.HistoryClear, base.DeleteIcon(), p.actions.ClearHistory)
	title := widgets.NewLine(p.book.Say(words.HistoryTitle), theme.TextTitle, base.ColorNameForeground, fyne.TextStyle{Bold: true}).Fitting()
	top := container.NewHBox(back, container.NewCenter(title))
	filter := container.NewBorder(nil, nil, nil, container.NewHBox(wide(p.vault), wide(p.since)), p.search)
	padded := func(x, y float32, o fyne.CanvasObject) fyne.CanvasObject {
		return container.New(layout.NewCustomPaddedLayout(y, y, x, x), o)
	}
	below := container.NewBorder(nil, nil, nil, container.NewHBox(p.verify, p.export, p.clear), container.New(inMiddle{}, p.status))
	head := container.NewStack(p.back, padded(theme.Gap, 6, container.NewVBox(top, filter, padded(6, 0, below))))
	return container.NewBorder(head, nil, nil, nil, padded(8, 6, container.NewStack(p.list, container.NewCenter(
		container.NewGridWrap(fyne.NewSize(420, 90), p.empty)))))
}

func (p *Page) choice(options []string) *widget.Select {
	s := widget.NewSelect(options, nil)
	s.SetSelectedIndex(0)
	s.OnChanged = func(string) { p.Reload() }
	return s
}

func (p *Page) vaultNames() []string {
	all := p.book.Say(words.HistoryAllVaults)
	return append([]string{all}, words.Distinct(p.vaults, vaultName, all)...)
}

func vaultName(v uploader.Vault) string {
	if v.Name == "" {
		return words.Host(v.SignerURL)
	}
	return words.Name(v.Name)
}

// Query is what the filters ask for.
func (p *Page) Query(now time.Time) uploader.HistoryQuery {
	q := uploader.HistoryQuery{Search: p.search.Text}
	if i := p.vault.SelectedIndex(); i > 0 && i <= len(p.vaults) {
		q.Vault = p.vaults[i-1].ID
	}
	midnight := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, now.Location())
	switch p.since.SelectedIndex() {
	case 1:
		q.After = midnight.Add(-1)
	case 2:
		q.After = midnight.AddDate(0, 0, -6).Add(-1)
	case 3:
		q.After = midnight.AddDate(0, 0, -29).Add(-1)
	}
	return q
}

// Reload asks for the newest receipts anew. What is shown stays until the answer is there.
func (p *Page) Reload() { p.ask(nil) }

// ask asks for the receipts that follow those of before.
func (p *Page) ask(before []uploader.Receipt) {
	if p.stop != nil {
		p.stop()
	}
	q := p.Query(time.Now())
	q.Limit = pageRows
	if len(before) > 0 {
		q.Before = before[len(before)-1].Mark()
	}
	p.status.SetText(p.book.Say(words.HistoryLooking))
	p.stop = p.actions.Receipts(q, func(receipts []uploader.Receipt, ok bool) {
		p.stop = nil
		if !ok { // what is shown stays, beside the sentence that says why
			p.more = false
			return
		}
		p.more = len(receipts) == pageRows
		p.rows = slices.Concat(before, receipts)
		p.show(len(before) == 0)
	})
}

// show draws what was found.
func (p *Page) show(fresh bool) {
	text := words.HistoryNone
	if q := p.Query(time.Now()); q != (uploader.HistoryQuery{}) {
		text = words.HistoryNothingFits
	}
	p.empty.SetText(p.book.Say(text))
	setVisible(p.empty, len(p.rows) == 0)
	able(p.export, len(p.rows) > 0)
	able(p.verify, len(p.rows) > 0)
	able(p.clear, len(p.rows) > 0 || text != words.HistoryNone) // it clears what a filter hides, too
	switch {
	case len(p.rows) == 0:
		p.status.SetText("")
	case p.more:
		p.status.SetText(p.book.Say(words.HistoryShownMore, "receipts", len(p.rows)))
	default:
		p.status.SetText(p.book.Say(words.HistoryShown, "receipts", len(p.rows)))
	}
	if fresh {
		p.list.ScrollToTop()
	}
	p.list.Refresh()
}

// draw shows a receipt in a row; near the end of what is there it asks for more.
func (p *Page) draw(i widget.ListItemID, o fyne.CanvasObject) {
	if i >= len(p.rows) {
		return
	}
	r := &p.rows[i]
	v, looked := p.verdicts[r.Mark()]
	row := o.(*row)
	row.show(p.book, r, p.nameOf(r.Vault), v, looked)
	row.focus(p.list.has(i))
	if p.more && p.stop == nil && i >= len(p.rows)-pageRows/4 {
		p.ask(p.rows)
	}
}

func (p *Page) nameOf(id uploader.VaultID) string {
	for _, v := range p.vaults {
		if v.ID == id {
			return vaultName(v)
		}
	}
	return p.book.Say(words.UnknownVault)
}

// verifyShown looks at what is stored of the rows that were loaded, the newest first.
func (p *Page) verifyShown() {
	asked := p.rows[:min(len(p.rows), verifyMost)]
	p.status.SetText(p.book.Say(words.HistoryVerifying))
	p.verify.Disable()
	p.actions.VerifyStored(asked, func(verdicts []uploader.Verdict, ok bool) {
		p.verify.Enable()
		if !ok {
			return
		}
		sum := map[uploader.Standing]int{}
		for i := range asked {
			p.verdicts[asked[i].Mark()] = verdicts[i]
			sum[verdicts[i].Standing]++
		}
		p.list.Refresh()
		p.status.SetText(p.book.Say(words.HistoryVerified, "all", len(asked), "same", sum[uploader.StandingSame],
			"wrong", sum[uploader.StandingGone]+sum[uploader.StandingAnother], "untold", sum[uploader.StandingUnknown]))
	})
}

// Verified shows what a look from elsewhere found.
func (p *Page) Verified(r *uploader.Receipt, v uploader.Verdict) {
	p.verdicts[r.Mark()] = v
	p.list.Refresh()
}

// Say shows a sentence in the line under the filters, until something else is to be said there.
func (p *Page) Say(text string) { p.status.SetText(text) }

// chooseExport asks for the format.
func (p *Page) chooseExport() {
	c := fyne.CurrentApp().Driver().CanvasForObject(p.export)
	if c == nil {
		return
	}
	item := func(text words.Key, format string) *fyne.MenuItem {
		return fyne.NewMenuItem(p.book.Say(text), func() { p.actions.ExportHistory(p.Query(time.Now()), format) })
	}
	at := fyne.CurrentApp().Driver().AbsolutePositionForObject(p.export).AddXY(0, p.export.Size().Height)
	widget.ShowPopUpMenuAtPosition(fyne.NewMenu("", item(words.HistoryCSV, "csv"), item(words.HistoryJSON, "json")), c, at)
}

// enter gives the keyboard to the list, if there is something in it.
func (p *Page) enter() {
	if c := fyne.CurrentApp().Driver().CanvasForObject(p.list); c != nil && len(p.rows) > 0 {
		c.Focus(p.list)
	}
}

// First is what has the keyboard at first.
func (p *Page) First() fyne.Focusable { return p.search }

// Stop gives up what is asked for.
func (p *Page) Stop() {
	if p.stop != nil {
		p.stop()
		p.stop = nil
	}
}

func (p *Page) recolor() {
	p.back.FillColor = theme.Of(theme.ColorSurface)
	p.back.Refresh()
}

// CreateRenderer links the page to its parts.
func (p *Page) CreateRenderer() fyne.WidgetRenderer {
	return &pageRenderer{widget.NewSimpleRenderer(p.box), p}
}

type pageRenderer struct {
	fyne.WidgetRenderer
	page *Page
}

// Refresh comes when the theme changed.
func (r *pageRenderer) Refresh() {
	r.page.recolor()
	r.WidgetRenderer.Refresh()
}

func able(b *widget.Button, on bool) {
	if on {
		b.Enable()
		return
	}
	b.Disable()
}

func setVisible(o fyne.CanvasObject, visible bool) {
	if visible {
		o.Show()
		return
	}
	o.Hide()
}

// Rows are the receipts that were loaded.
func (p *Page) Rows() []uploader.Receipt { return p.rows }

// Found tells whether the last question was answered.
func (p *Page) Found() bool { return p.stop == nil }

// Status is what the line under the filters says.
func (p *Page) Status() string { return p.status.Text() }

// Search fills in the field for a name.
func (p *Page) Search(text string) { p.search.SetText(text) }

// Since chooses the time: 0 any, 1 today, 2 seven days, 3 thirty.
func (p *Page) Since(choice int) { p.since.SetSelectedIndex(choice) }
