package connect

import (
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

// Page is the window's content at the first start: one card in the middle.
type Page struct {
	widget.BaseWidget
	Flow *Flow
	book *words.Book
	card *canvas.Rectangle
	kept *widgets.Line
	box  fyne.CanvasObject
}

// NewPage makes the page.
func NewPage(s Services, book *words.Book, known Address, saved func(uploader.Vault)) *Page {
	p := &Page{
		book: book,
		Flow: NewFlow(s, book, known, book.Say(words.ConnectIntro), book.Say(words.ConnectCheck), saved),
		card: canvas.NewRectangle(nil),
		kept: widgets.NewLine("", theme.TextBody, base.ColorNamePrimary, fyne.TextStyle{}),
	}
	p.card.CornerRadius, p.card.StrokeWidth = 12, 1
	p.kept.Hide()
	body := container.NewVBox(
		widgets.NewLine(p.book.Say(words.ConnectTitle), 22, base.ColorNameForeground, fyne.TextStyle{Bold: true}),
		p.kept, p.Flow.Box,
	)
	body.Add(container.NewHBox(NewLanguage(s, book), layout.NewSpacer()))
	inner := container.New(layout.NewCustomPaddedLayout(24, 20, 28, 28), body)
	p.box = widgets.Scrolling(container.NewCenter(container.New(cardLayout{}, p.card, inner))) // a test shows many lines
	p.recolor()
	p.ExtendBaseWidget(p)
	return p
}

// Keep tells how many dropped files and folders wait until the vault is set up.
func (p *Page) Keep(paths int) {
	if paths == 0 {
		return
	}
	p.kept.SetText(p.book.Say(words.ConnectKept, "items", paths))
	p.kept.Show()
}

func (p *Page) recolor() {
	p.card.FillColor = theme.Of(theme.ColorSurface)
	p.card.StrokeColor = theme.Of(base.ColorNameSeparator)
	p.card.Refresh()
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

// cardLayout gives what it holds a readable width and as much height as it needs.
type cardLayout struct{}

const cardWidth float32 = 600

func (cardLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	size := fyne.NewSize(cardWidth, 0)
	for _, o := range objects {
		size = size.Max(o.MinSize())
	}
	return size
}

func (cardLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	for _, o := range objects {
		o.Move(fyne.NewPos(0, 0))
		o.Resize(size)
	}
}
