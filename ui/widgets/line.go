package widgets

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"

	"longshore/ui/theme"
)

// Line is one line of text in a colour of the theme, cut at its end when it does not fit.
type Line struct {
	widget.BaseWidget
	text  string
	color fyne.ThemeColorName
	fits  bool // takes the room its text needs, instead of what is left
	drawn *canvas.Text
}

// NewLine makes a line that takes what room is left.
func NewLine(text string, size float32, color fyne.ThemeColorName, style fyne.TextStyle) *Line {
	l := &Line{text: text, color: color, drawn: &canvas.Text{TextSize: size, TextStyle: style}}
	l.ExtendBaseWidget(l)
	return l
}

// Fitting makes the line ask for all the room its text needs, and returns it. Where it does not get that, it is cut.
func (l *Line) Fitting() *Line { l.fits = true; return l }

// Trailing aligns the text to the right, and returns the line.
func (l *Line) Trailing() *Line { l.drawn.Alignment = fyne.TextAlignTrailing; return l }

// Centered aligns the text to the middle, and returns the line.
func (l *Line) Centered() *Line { l.drawn.Alignment = fyne.TextAlignCenter; return l }

// Text is what the line says, uncut.
func (l *Line) Text() string { return l.text }

// Set changes text and colour; it draws only if one of them is new.
func (l *Line) Set(text string, color fyne.ThemeColorName) {
	if text == l.text && color == l.color {
		return
	}
	l.text, l.color = text, color
	l.Refresh()
}

// SetText changes the text alone.
func (l *Line) SetText(text string) { l.Set(text, l.color) }

// Needs is the room in which nothing is cut.
func (l *Line) Needs() fyne.Size {
	return fyne.MeasureText(l.text, l.drawn.TextSize, l.drawn.TextStyle)
}

// MinSize is one line high.
func (l *Line) MinSize() fyne.Size {
	size := l.Needs()
	if !l.fits {
		size.Width = 0
	}
	return size
}

// CreateRenderer links the line to its text.
func (l *Line) CreateRenderer() fyne.WidgetRenderer {
	r := &lineRenderer{l}
	r.Refresh()
	return r
}

type lineRenderer struct{ line *Line }

func (r *lineRenderer) MinSize() fyne.Size           { return r.line.MinSize() }
func (r *lineRenderer) Destroy()                     {}
func (r *lineRenderer) Objects() []fyne.CanvasObject { return []fyne.CanvasObject{r.line.drawn} }

func (r *lineRenderer) Layout(size fyne.Size) {
	r.line.drawn.Resize(size)
	r.Refresh()
}

func (r *lineRenderer) Refresh() {
	l, t := r.line, r.line.drawn
	text, color := l.text, theme.Of(l.color)
	if width := l.Size().Width; width > 0 && (!l.fits || width < l.Needs().Width-1) {
		text = End(text, width, MeasureIn(t.TextSize, t.TextStyle))
	}
	if text == t.Text && color == t.Color {
		return
	}
	t.Text, t.Color = text, color
	t.Refresh()
}
