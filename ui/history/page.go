// Package history draws what was stored: a list of receipts, newest first, with a search and what can be done with them.
//
// It must not know where receipts are kept, how a vault is asked or which goroutine does it: it asks for receipts page by
// page through Actions. Of a history of millions it holds what was scrolled through.
package history

import (
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
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
	Receipts(q uploader.HistoryQuery, answer func(found Found, ok bool)) (stop func())
	// ShowReceipt shows all of a receipt.
	ShowReceipt(r uploader.Receipt)
	// Sum tells how many receipts a query finds and of how many bytes; it may take seconds.
	Sum(q uploader.HistoryQuery, answer func(sum uploader.HistorySum, ok bool)) (stop func())
	// VerifyStored looks at what is stored of some receipts, stretch by stretch; done is the last that is heard, with
	// whether it came to its end. An error was told already.
	VerifyStored(receipts []uploader.Receipt, told func(Looked), done func(ok bool)) (stop func())
	// VerifyFound looks at all that a query finds.
	VerifyFound(q uploader.HistoryQuery, told func(Looked), done func(ok bool)) (stop func())
	// ExportHistory lets the user save what a query finds, in a format: "csv" or "json".
	ExportHistory(q uploader.HistoryQuery, format string)
	// ExportReceipts does so with some receipts.
	ExportReceipts(receipts []uploader.Receipt, format string)
	// CopyReceipts puts receipts on the clipboard.
	CopyReceipts(receipts []uploader.Receipt)
	// SaveDropReceipt lets the user save the receipt of a drop.
	SaveDropReceipt(batch uploader.BatchID)
	// RemoveReceipts removes receipts and tells which went; RestoreReceipts brings them back.
	RemoveReceipts(marks []uploader.HistoryMark, done func(removed []uploader.Receipt))
	RestoreReceipts(receipts []uploader.Receipt, done func())
	// Settings and Shortcuts open those.
	Settings()
	Shortcuts()
	// ClearHistory removes all receipts after a question.
	ClearHistory()
}

// pageRows is how many receipts are asked for at once; mostRows how many the list shows at most: its heights lose
// their precision further down (FYNE §4.2). What is older is found by a search or a time.
const (
	pageRows = 200
	mostRows = 50_000
)

// Page is the window's content while the history is shown. Its methods are for the UI goroutine.
type Page struct {
	widget.BaseWidget
	actions Actions
	book    *words.Book
	vaults  []uploader.Vault

	rows     []uploader.Receipt
	verdicts map[uploader.HistoryMark]uploader.Verdict
	next     uploader.HistoryMark // where the older ones begin
	more     bool                 // there may be older ones
	only     bool                 // the rows are what the last look found wrong
	stop     func()               // gives up the question under way; nil without one
	sum      uploader.HistorySum
	stopSum  func()
	check    *check

	sel       selection
	modifiers func() fyne.KeyModifier
	clicked   int
	clickedAt time.Time

	list                           *list
	search                         *search
	vault                          *widget.Select
	since                          *widget.Select
	export                         *widget.Button
	verifying                      *widget.Button
	clear                          *widget.Button
	all                            *fyne.Container // what is done to all; it makes room for the picks
	picks                          *picks
	status                         *widgets.Line
	bar                            *widgets.Bar
	barBox                         *fyne.Container
	offered                        *widget.Button // what can be done about what the status says
	offers                         func()
	offeredBox                     *fyne.Container
	total                          *widgets.Line
	tips                           *widgets.Line
	empty                          *widget.Label
	icon                           *widget.Icon
	back, footBack, rule, footRule *canvas.Rectangle
	box                            *fyne.Container
}

// NewPage makes the page, and asks for the newest receipts.
func NewPage(actions Actions, book *words.Book, vaults []uploader.Vault) *Page {
	line := func() *widgets.Line { return widgets.NewLine("", theme.TextSmall, theme.ColorMuted, fyne.TextStyle{}) }
	p := &Page{
		actions: actions, book: book, vaults: vaults, verdicts: map[uploader.HistoryMark]uploader.Verdict{}, check: &check{},
		sel: selection{at: -1, anchor: -1}, modifiers: pressed, clicked: -1,
		status: line(), total: line(), tips: line().Fitting(), bar: widgets.NewBar(base.ColorNamePrimary), empty: widget.NewLabel(""),
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
	p.list = newList(p)
	p.picks = newPicks(p)
	p.empty.Alignment, p.empty.Wrapping = fyne.TextAlignCenter, fyne.TextWrapWord
	p.empty.Hide()
	p.box = p.layOut()
	p.recolor()
	p.ExtendBaseWidget(p)
	p.Reload()
	return p
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

func (p *Page) nameOf(id uploader.VaultID) string {
	for _, v := range p.vaults {
		if v.ID == id {
			return vaultName(v)
		}
	}
	return p.book.Say(words.UnknownVault)
}

// chooseExport asks for the format, below a button.
func (p *Page) chooseExport(below fyne.CanvasObject) {
	c := fyne.CurrentApp().Driver().CanvasForObject(below)
	if c == nil {
		return
	}
	item := func(text words.Key, format string) *fyne.MenuItem {
		return fyne.NewMenuItem(p.book.Say(text), func() { p.save(format) })
	}
	at := fyne.CurrentApp().Driver().AbsolutePositionForObject(below).AddXY(0, below.Size().Height)
	widget.ShowPopUpMenuAtPosition(fyne.NewMenu("", item(words.HistoryCSV, "csv"), item(words.HistoryJSON, "json")), c, at)
}

// save exports what is selected; else all that fits the filters.
func (p *Page) save(format string) {
	switch picked := p.Picked(); {
	case len(picked) > 0:
		p.actions.ExportReceipts(picked, format)
	case p.only:
		p.actions.ExportReceipts(p.rows, format)
	default:
		p.actions.ExportHistory(p.Query(time.Now()), format)
	}
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
	for _, stop := range []func(){p.stop, p.stopSum, p.check.stop} {
		if stop != nil {
			stop()
		}
	}
	p.stop, p.stopSum, p.check = nil, nil, &check{}
}

func (p *Page) recolor() {
	p.back.FillColor, p.footBack.FillColor = theme.Of(theme.ColorSurface), theme.Of(theme.ColorSurface)
	p.rule.FillColor, p.footRule.FillColor = theme.Of(base.ColorNameSeparator), theme.Of(base.ColorNameSeparator)
	for _, o := range []fyne.CanvasObject{p.back, p.footBack, p.rule, p.footRule} {
		o.Refresh()
	}
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

// Rows are the receipts that were loaded.
func (p *Page) Rows() []uploader.Receipt { return p.rows }

// Found tells whether the last question was answered.
func (p *Page) Found() bool { return p.stop == nil }

// Status is what the line under the filters says.
func (p *Page) Status() string { return p.status.Text() }

// Footer is what is said of all that fits the filters.
func (p *Page) Footer() string { return p.total.Text() }

// Search fills in the field for a name.
func (p *Page) Search(text string) { p.search.SetText(text) }

// Since chooses the time: 0 any, 1 today, 2 seven days, 3 thirty.
func (p *Page) Since(choice int) { p.since.SetSelectedIndex(choice) }
