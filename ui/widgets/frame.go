package widgets

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"longshore/ui/theme"
)

// Framed is a choice with the edge that a field has. The toolkit draws one without: white on white, it cannot be told
// from a text.
func Framed(choice *widget.Select) *fyne.Container {
	f := &frame{edge: canvas.NewRectangle(color.Transparent)}
	f.ExtendBaseWidget(f)
	return container.NewStack(choice, f)
}

// frame is an edge around nothing. It takes no part in what the pointer does.
type frame struct {
	widget.BaseWidget
	edge *canvas.Rectangle
}

func (f *frame) recolor() {
	f.edge.StrokeColor = theme.Of(base.ColorNameInputBorder)
	f.edge.StrokeWidth = base.InputBorderSize()
	f.edge.CornerRadius = base.InputRadiusSize()
	f.edge.Refresh()
}

// CreateRenderer links the frame to its edge.
func (f *frame) CreateRenderer() fyne.WidgetRenderer {
	f.recolor()
	return &recolored{widget.NewSimpleRenderer(f.edge), f.recolor}
}

// Grooved is a slider with the groove in which it slides: the toolkit draws that in the colour of a
// field's ground, and no edge around it.
func Grooved(slider *widget.Slider) *fyne.Container {
	g := &groove{line: canvas.NewRectangle(color.Transparent)}
	g.ExtendBaseWidget(g)
	return container.NewStack(g, slider)
}

type groove struct {
	widget.BaseWidget
	line *canvas.Rectangle
}

func (g *groove) recolor() {
	g.line.FillColor, g.line.CornerRadius = theme.Of(base.ColorNameInputBorder), base.InputBorderSize()+1
	g.line.Refresh()
}

// CreateRenderer links the groove to its line.
func (g *groove) CreateRenderer() fyne.WidgetRenderer {
	g.recolor()
	return &recolored{widget.NewSimpleRenderer(container.New(grooveLayout{}, g.line)), g.recolor}
}

// grooveLayout puts the line where the toolkit's slider has it.
type grooveLayout struct{}

func (grooveLayout) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.Size{} }

func (grooveLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	const edge = 1
	end, half := (base.IconInlineSize()-4)/2+base.InnerPadding()-1.5-edge, base.InputBorderSize()+edge
	objects[0].Move(fyne.NewPos(end, size.Height/2-half))
	objects[0].Resize(fyne.NewSize(size.Width-2*end, 2*half))
}

// recolored looks at the theme anew when it has changed, which the toolkit tells by a refresh.
type recolored struct {
	fyne.WidgetRenderer
	recolor func()
}

func (r *recolored) Refresh() {
	r.recolor()
	r.WidgetRenderer.Refresh()
}
