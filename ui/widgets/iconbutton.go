package widgets

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"longshore/ui/theme"
)

// Icon is a button that is only an icon. What it does is told in words by OnHint while the pointer is on it, since the
// toolkit has no tooltips.
type Icon struct {
	widget.BaseWidget
	OnTapped func()
	OnHint   func(hint string) // "" when the pointer leaves

	resource fyne.Resource
	hint     string
	hovered  bool
	back     *canvas.Rectangle
	image    *canvas.Image
}

// IconSide is an icon button's width and height, in Fyne's units.
const IconSide float32 = 32

const iconInset float32 = 7

// NewIcon makes a button, hidden until Set gives it its icon.
func NewIcon(tapped func(), hint func(string)) *Icon {
	i := &Icon{OnTapped: tapped, OnHint: hint, back: canvas.NewRectangle(nil), image: &canvas.Image{FillMode: canvas.ImageFillContain}}
	i.back.CornerRadius = 6
	i.ExtendBaseWidget(i)
	i.Hide()
	return i
}

// Set changes icon and hint; it draws only if the icon is new. A nil icon hides the button.
func (i *Icon) Set(icon fyne.Resource, hint string) {
	i.hint = hint
	if icon == i.resource {
		return
	}
	i.resource = icon
	if icon == nil {
		i.Hide()
		return
	}
	i.image.Resource = icon
	i.image.Refresh()
	if !i.Visible() {
		i.Show()
	}
}

// Tapped does what the button is for.
func (i *Icon) Tapped(*fyne.PointEvent) {
	if i.OnTapped != nil {
		i.OnTapped()
	}
}

// MouseIn shows that the pointer is on the button, and what the button does.
func (i *Icon) MouseIn(*desktop.MouseEvent) { i.hover(true) }

// MouseMoved is part of being hoverable.
func (i *Icon) MouseMoved(*desktop.MouseEvent) {}

// MouseOut takes both back.
func (i *Icon) MouseOut() { i.hover(false) }

func (i *Icon) hover(on bool) {
	i.hovered = on
	if i.OnHint != nil {
		hint := ""
		if on {
			hint = i.hint
		}
		i.OnHint(hint)
	}
	i.Refresh()
}

// MinSize is a square.
func (i *Icon) MinSize() fyne.Size { return fyne.NewSquareSize(IconSide) }

// CreateRenderer links the button to its icon.
func (i *Icon) CreateRenderer() fyne.WidgetRenderer {
	r := &iconRenderer{i}
	r.Refresh()
	return r
}

type iconRenderer struct{ icon *Icon }

func (r *iconRenderer) MinSize() fyne.Size { return r.icon.MinSize() }
func (r *iconRenderer) Destroy()           {}

func (r *iconRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.icon.back, r.icon.image}
}

func (r *iconRenderer) Layout(size fyne.Size) {
	r.icon.back.Resize(size)
	r.icon.image.Move(fyne.NewPos(iconInset, iconInset))
	r.icon.image.Resize(fyne.NewSize(size.Width-2*iconInset, size.Height-2*iconInset))
}

func (r *iconRenderer) Refresh() {
	r.icon.back.FillColor = theme.Of(base.ColorNamePressed)
	r.icon.back.Hidden = !r.icon.hovered
	r.icon.back.Refresh()
	r.icon.image.Refresh()
}
