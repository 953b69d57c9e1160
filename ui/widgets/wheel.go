package widgets

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"
)

// Scrolling is a long page. The wheel scrolls it wherever the pointer is: the toolkit gives a wheel over a field to the
// field, which has nowhere to scroll to.
func Scrolling(body fyne.CanvasObject) *container.Scroll {
	p := &pane{}
	p.ExtendBaseWidget(p)
	p.page = container.NewVScroll(container.NewStack(body, p))
	return p.page
}

// pane lies above the page and takes the wheel, and nothing else that a pointer does.
type pane struct {
	widget.BaseWidget
	page *container.Scroll
}

// Scrolled is the wheel.
func (p *pane) Scrolled(ev *fyne.ScrollEvent) { p.page.Scrolled(ev) }

// CreateRenderer has nothing to draw.
func (p *pane) CreateRenderer() fyne.WidgetRenderer {
	return widget.NewSimpleRenderer(container.NewWithoutLayout())
}
