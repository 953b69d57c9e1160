package queue

import (
	"image"
	"image/color"
	"math"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"longshore/ui/theme"
)

// graph draws the speed of the last minutes. It draws when a new sample begins, every graphStep and not more often, and
// is fed by snapshots, so that it does nothing while the window is hidden; that time is a gap in it.
type graph struct {
	widget.BaseWidget
	hint    func(peak float64) // the pointer is on it; negative when it leaves
	samples [graphSamples]float64
	latest  int64 // the number of the sample that is filled now
	drawn   int   // how often it was
	picture *canvas.Raster
}

const (
	graphStep    = 2 * time.Second
	graphSamples = 90 // three minutes
	graphWidth   = 180
	graphHeight  = 36
	unmeasured   = -1
)

func newGraph(hint func(peak float64)) *graph {
	g := &graph{hint: hint}
	for i := range g.samples {
		g.samples[i] = unmeasured
	}
	g.picture = canvas.NewRaster(g.draw)
	g.ExtendBaseWidget(g)
	g.Hide()
	return g
}

// add notes the rate at a moment, in bytes per second.
func (g *graph) add(now time.Time, rate float64) {
	n := now.Unix() / int64(graphStep/time.Second)
	if n == g.latest && g.samples[graphSamples-1] >= 0 {
		return // the first of a sample stands for it
	}
	passed := int(min(max(n-g.latest, 0), graphSamples))
	if n < g.latest { // the clock was set back
		passed = graphSamples
	}
	copy(g.samples[:], g.samples[passed:])
	for i := graphSamples - passed; i < graphSamples; i++ {
		g.samples[i] = unmeasured
	}
	g.samples[graphSamples-1], g.latest = rate, n
	if moved := g.peak() > 0; moved != g.Visible() {
		setVisible(g, moved)
	}
	if g.Visible() {
		g.drawn++
		g.picture.Refresh()
	}
}

func (g *graph) peak() (most float64) {
	for _, s := range g.samples {
		most = max(most, s)
	}
	return most
}

// scale is the rate at the graph's upper edge: a round one, so that it seldom changes, with air above the peak. By the
// peak alone the first sample would always fill the box, whatever the speed.
func (g *graph) scale() float64 {
	most := g.peak() * 1.25
	if most <= 0 {
		return 0
	}
	step := math.Pow(10, math.Floor(math.Log10(most)))
	for _, n := range []float64{1, 2, 5} {
		if most <= n*step {
			return n * step
		}
	}
	return 10 * step
}

// draw paints the samples as a hill with an edge, the latest at the right.
func (g *graph) draw(w, h int) image.Image {
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	edge := nrgba(theme.Of(base.ColorNamePrimary))
	hill, ground := edge, nrgba(theme.Of(base.ColorNameSeparator))
	hill.A = theme.GraphHill
	thick := max(1, h/18)
	top := g.scale()
	for x := range w {
		height := -1
		if s := g.samples[min(x*graphSamples/max(w, 1), graphSamples-1)]; s >= 0 && top > 0 {
			height = int(g.at(x, w) / top * float64(h-thick))
		}
		for y := range h {
			up := h - 1 - y
			switch {
			case height > 0 && up >= height && up < height+thick:
				img.SetNRGBA(x, y, edge)
			case up < height:
				img.SetNRGBA(x, y, hill)
			case up < max(1, thick/2):
				img.SetNRGBA(x, y, ground)
			}
		}
	}
	return img
}

// at is the rate at column x of w, between two samples in proportion.
func (g *graph) at(x, w int) float64 {
	pos := (float64(x)+0.5)*graphSamples/float64(w) - 0.5
	i := int(max(pos, 0))
	a, b := g.samples[i], g.samples[min(i+1, graphSamples-1)]
	if a < 0 || b < 0 {
		return max(a, b, 0)
	}
	return a + (b-a)*(max(pos, 0)-float64(i))
}

func nrgba(c color.Color) color.NRGBA { return color.NRGBAModel.Convert(c).(color.NRGBA) }

// MouseIn tells in words what is drawn.
func (g *graph) MouseIn(*desktop.MouseEvent) { g.hint(g.peak()) }

// MouseMoved is part of being hoverable.
func (g *graph) MouseMoved(*desktop.MouseEvent) {}

// MouseOut takes it back.
func (g *graph) MouseOut() { g.hint(unmeasured) }

// MinSize is fixed.
func (g *graph) MinSize() fyne.Size { return fyne.NewSize(graphWidth, graphHeight) }

// CreateRenderer links the graph to its picture. A refresh comes when the theme changed.
func (g *graph) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(g.picture) }
