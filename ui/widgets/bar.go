package widgets

import (
	"math"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"

	"longshore/ui/theme"
)

// Steps is how finely a bar is drawn: a change of less than one step draws nothing.
const Steps = 500

// Quantise rounds a share of 0 to 1 to a bar's steps; only 1 itself gives Steps.
func Quantise(share float64) int {
	if !(share > 0) {
		return 0
	}
	if share >= 1 {
		return Steps
	}
	return min(int(math.Round(share*Steps)), Steps-1)
}

// Bar is a progress bar: a track and a fill, two rectangles, nothing that moves by itself.
type Bar struct {
	widget.BaseWidget
	step        int
	color       fyne.ThemeColorName
	track, fill *canvas.Rectangle
}

// NewBar makes an empty bar.
func NewBar(color fyne.ThemeColorName) *Bar {
	b := &Bar{color: color, track: canvas.NewRectangle(nil), fill: canvas.NewRectangle(nil)}
	b.ExtendBaseWidget(b)
	return b
}

// Set shows a step of 0 to Steps in a colour; it draws only if one of them is new.
func (b *Bar) Set(step int, color fyne.ThemeColorName) {
	if step == b.step && color == b.color {
		return
	}
	b.step, b.color = step, color
	b.place(b.Size())
	b.Refresh()
}

// MinSize is small: a bar takes what it is given.
func (b *Bar) MinSize() fyne.Size { return fyne.NewSize(40, 6) }

func (b *Bar) place(size fyne.Size) {
	radius := size.Height / 2
	b.track.CornerRadius, b.fill.CornerRadius = radius, radius
	b.track.Resize(size)
	width := size.Width * float32(b.step) / Steps
	if b.step > 0 {
		width = max(width, size.Height) // a rounded end needs its room
	}
	b.fill.Resize(fyne.NewSize(width, size.Height))
}

// CreateRenderer links the bar to its rectangles.
func (b *Bar) CreateRenderer() fyne.WidgetRenderer {
	r := &barRenderer{b}
	r.Refresh()
	return r
}

type barRenderer struct{ bar *Bar }

func (r *barRenderer) Layout(size fyne.Size) { r.bar.place(size) }
func (r *barRenderer) MinSize() fyne.Size    { return r.bar.MinSize() }
func (r *barRenderer) Destroy()              {}

func (r *barRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.bar.track, r.bar.fill}
}

func (r *barRenderer) Refresh() {
	r.bar.track.FillColor = theme.Of(theme.ColorTrack)
	r.bar.fill.FillColor = theme.Of(r.bar.color)
	r.bar.fill.Hidden = r.bar.step == 0
	r.bar.track.Refresh()
	r.bar.fill.Refresh()
}
