package queue

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"longshore/ui/theme"
	"longshore/ui/widgets"
	"longshore/ui/words"
	"longshore/uploader"
)

// Page is the window's content once a vault is set up. Its methods are for the UI goroutine.
type Page struct {
	widget.BaseWidget
	header  *header
	banner  *banner
	list    *List
	filter  *filterBar
	picked  *pickedBar
	none    fyne.CanvasObject // nothing fits the filter
	empty   *empty
	clipped bool // an opened folder has more files than there is room for, and that was told
	footer  *footer
	back    *canvas.Rectangle
	full    *fyne.Container // header and list
	box     *fyne.Container

	missing uploader.Vault // one that nobody is signed in to
}

// NewPage makes the page; it is empty until Update.
func NewPage(actions Actions, book *words.Book) *Page {
	p := &Page{empty: newEmpty(actions, book), footer: newFooter(actions, book), back: canvas.NewRectangle(nil)}
	p.banner = newBanner(func() { actions.SignInTo(p.missing.ID) }, actions.AskProxy, actions.Do, book)
	p.list = NewList(actions, p.footer.tip, book)
	p.filter = newFilterBar(p.list.filter, p.list.search, p.focus, book)
	p.picked = newPickedBar(p.list)
	p.header = newHeader(actions, &bulk{actions, func() *List { return p.list }}, p.picked.box, p.filter.box, p.footer.tip, book)
	p.none = nothing(p.filter.reset, book)
	p.list.changed = p.changed
	p.full = container.NewBorder(p.header.box, nil, nil, nil, container.NewStack(p.back, padded(8, 6, container.NewStack(p.list, p.list.drag.layer)), p.none))
	p.full.Hide()
	p.box = container.NewBorder(p.banner.box, p.footer.box, nil, nil, container.NewStack(p.full, p.empty.box))
	p.recolor()
	p.ExtendBaseWidget(p)
	return p
}

// Update shows a snapshot.
func (p *Page) Update(s *uploader.Snapshot) {
	p.banner.hold(s.Trouble)
	some := s.Entries.Len() > 0
	if some {
		p.header.show(s.Totals)
	}
	p.list.Update(s)
	if p.full.Visible() != some {
		setVisible(p.full, some)
		setVisible(p.empty.box, !some)
	}
}

// changed follows the list: how many rows each filter has, what is selected, what failed.
func (p *Page) changed() {
	l := p.list.now
	p.filter.counts(l.counts)
	p.header.follow(l)
	p.banner.ask(l.asks)
	p.banner.away(l.away)
	if many := p.picked.show(); many != p.picked.box.Visible() {
		setVisible(p.picked.box, many)
		setVisible(p.header.all, !many)
	}
	if none := l.len() == 0 && l.snap.Entries.Len() > 0; none != p.none.Visible() {
		setVisible(p.none, none)
	}
	if l.clipped && !p.clipped {
		p.footer.tip(p.list.book.Say(words.Clipped, "rows", l.len()))
	}
	p.clipped = l.clipped
}

// Hint says something in passing, at the foot of the window: the next hint takes its place.
func (p *Page) Hint(text string) { p.footer.tip(text) }

// focus makes keys go to the list.
func (p *Page) focus() {
	if c := fyne.CurrentApp().Driver().CanvasForObject(p); c != nil {
		c.Focus(p.list)
	}
}

// Search makes keys go to the field that searches by name.
func (p *Page) Search() {
	if c := fyne.CurrentApp().Driver().CanvasForObject(p); c != nil && p.full.Visible() {
		c.Focus(p.filter.search)
	}
}

// Follow takes over what another page showed, and how: what is filtered, opened and selected.
func (p *Page) Follow(old *Page) {
	p.list.want = old.list.want
	p.filter.chosen = old.filter.chosen
	p.filter.mark()
	p.filter.search.Text = old.filter.search.Text
	p.filter.search.Refresh()
	p.list.follow(old.list)
	p.header.graph.samples, p.header.graph.latest, p.header.pace = old.header.graph.samples, old.header.graph.latest, old.header.pace
	setVisible(p.header.graph, p.header.graph.peak() > 0) // not only with its next sample
}

// nothing says that no row fits, and offers the way back.
func nothing(back func(), book *words.Book) fyne.CanvasObject {
	line := widgets.NewLine(book.Say(words.NothingFits), theme.TextBody, theme.ColorMuted, fyne.TextStyle{}).Fitting().Centered()
	button := widget.NewButton(book.Say(words.ShowAll), back)
	box := container.NewCenter(container.NewVBox(line, container.NewCenter(button)))
	box.Hide()
	return box
}

// Vaults shows where new files go.
func (p *Page) Vaults(all []uploader.Vault, current uploader.VaultID) {
	p.footer.show(all, current)
	for _, v := range all {
		if v.ID == current {
			p.empty.show(v)
		}
	}
}

// Missing shows that nobody is signed in to a vault that needs it; a zero one that all is well.
func (p *Page) Missing(v uploader.Vault) {
	name := words.Name(v.Name)
	if v.ID != "" && name == "" {
		name = words.Host(v.SignerURL)
	}
	p.missing = v
	p.banner.missing(name)
}

// Proxy shows that a proxy holds up what is in the queue, for want of a name and a password; or that none does.
func (p *Page) Proxy(holds bool) { p.banner.guarded(holds) }

// Tell shows a notice until the user has read it.
func (p *Page) Tell(n Notice) { p.banner.tell(n) }

// Dismiss puts the notice that is shown away.
func (p *Page) Dismiss() {
	if p.banner.dismiss.Visible() {
		p.banner.next()
	}
}

// Notices are those that were not read yet.
func (p *Page) Notices() []Notice { return p.banner.notices }

// List is the list of entries, for focus and keys.
func (p *Page) List() *List { return p.list }

func (p *Page) recolor() {
	p.back.FillColor = theme.Of(theme.ColorSurface)
	p.back.Refresh()
	p.header.recolor()
	p.banner.recolor()
	p.empty.recolor()
	p.footer.recolor()
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
