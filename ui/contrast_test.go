package ui

import (
	"fmt"
	"image"
	"image/color"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/test"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"longshore/ui/theme"
)

// Every text that the window shows, in each look, measured against what it lies on: what is drawn, not what the palette
// means. Texts of what is disabled may be faint (WCAG 2.2, 1.4.3).
func TestWhatIsShownIsReadable(t *testing.T) {
	for name, p := range pages {
		for _, l := range theme.Looks() {
			if l == theme.System {
				continue // the test's variant decides, which the others show
			}
			t.Run(name+"/"+string(l), func(t *testing.T) {
				r := open(t, p.queue(), Options{})
				r.app.Settings().SetTheme(theme.New(l))
				p.then(r)
				if n := r.measure(); n < 3 {
					t.Errorf("only %d texts were measured", n)
				}
			})
		}
	}
}

// measure takes a picture, and compares each text in it with the colour that is most common around its letters. It tells
// how many texts there were to see.
func (r *rig) measure() (n int) {
	r.t.Helper()
	type text struct {
		*canvas.Text
		place image.Rectangle
	}
	var texts []text
	r.drawn(func(o fyne.CanvasObject, at fyne.Position, clip image.Rectangle, top bool) {
		switch v := o.(type) {
		case *canvas.Rectangle:
			if v.FillColor == nil {
				v.FillColor = color.Transparent // the painter of tests falls over nil
			}
		case *canvas.Text:
			if !top { // what lies below a question is dimmed, and out of use
				return
			}
			width := min(v.Size().Width, fyne.MeasureText(v.Text, v.TextSize, v.TextStyle).Width)
			texts = append(texts, text{v, area(at, fyne.NewSize(width, v.Size().Height)).Intersect(clip)})
		}
	})
	picture := r.win.Canvas().Capture()
	faint := theme.Of(base.ColorNameDisabled)
	for _, v := range texts {
		back, seen := around(picture, v.place, v.Color)
		if !seen || v.Color == faint { // something may lie over it
			continue
		}
		n++
		if c := theme.Ratio(v.Color, back); c < 4.5 {
			r.t.Errorf("%q in %s on %s: %.2f", v.Text.Text, hex(v.Color), hex(back), c)
		}
	}
	return n
}

// drawn visits all that is visible: where it is, what of the window it is cut to, and whether it is in the layer on top.
func (r *rig) drawn(visit func(o fyne.CanvasObject, at fyne.Position, clip image.Rectangle, top bool)) {
	top := false
	var walk func(o fyne.CanvasObject, at fyne.Position, clip image.Rectangle)
	walk = func(o fyne.CanvasObject, at fyne.Position, clip image.Rectangle) {
		if !o.Visible() {
			return
		}
		at = at.Add(o.Position())
		if _, ok := o.(*container.Scroll); ok {
			clip = clip.Intersect(area(at, o.Size()))
		}
		visit(o, at, clip, top)
		switch v := o.(type) {
		case *fyne.Container:
			for _, child := range v.Objects {
				walk(child, at, clip)
			}
		case fyne.Widget:
			for _, child := range test.WidgetRenderer(v).Objects() {
				walk(child, at, clip)
			}
		}
	}
	c := r.win.Canvas()
	layers := append([]fyne.CanvasObject{c.Content()}, c.Overlays().List()...)
	for i, o := range layers {
		top = i == len(layers)-1
		walk(o, fyne.Position{}, area(fyne.Position{}, c.Size()))
	}
}

func area(at fyne.Position, size fyne.Size) image.Rectangle {
	return image.Rect(int(at.X), int(at.Y), int(at.X+size.Width), int(at.Y+size.Height))
}

// around is the most common colour in a text's place, and whether the text's own is there, too.
func around(picture image.Image, place image.Rectangle, text color.Color) (back color.Color, seen bool) {
	counts := map[color.NRGBA]int{}
	own := color.NRGBAModel.Convert(text).(color.NRGBA)
	for y := place.Min.Y; y < place.Max.Y; y++ {
		for x := place.Min.X; x < place.Max.X; x++ {
			c := color.NRGBAModel.Convert(picture.At(x, y)).(color.NRGBA)
			counts[c]++
			seen = seen || near(c.R, own.R) && near(c.G, own.G) && near(c.B, own.B)
		}
	}
	most := 0
	for c, n := range counts {
		if n > most {
			back, most = c, n
		}
	}
	return back, seen
}

// near allows for letters that are thinner than a pixel.
func near(a, b uint8) bool { return max(a, b)-min(a, b) < 24 }

func hex(c color.Color) string {
	n := color.NRGBAModel.Convert(c).(color.NRGBA)
	return fmt.Sprintf("#%02x%02x%02x", n.R, n.G, n.B)
}

func TestTheLookIsChosenAtOnceAndRemembered(t *testing.T) {
	q := newFake(fakeVault)
	q.rows = sceneMixed()
	r := open(t, q, Options{})
	r.Settings()
	before := theme.Of(base.ColorNameBackground)
	found := false
	for _, o := range r.objects() {
		if s, ok := o.(*widget.Select); ok && s.Selected == "As the system" {
			found = true
			s.SetSelected("High contrast")
		}
	}
	if !found {
		t.Fatal("the settings offer no look")
	}
	r.until("the window looks otherwise", func() bool { return theme.Of(base.ColorNameBackground) != before })
	if chosenLook(r.app) != theme.Contrast {
		t.Errorf("remembered is %q", chosenLook(r.app))
	}
}
