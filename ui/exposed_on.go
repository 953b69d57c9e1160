//go:build exposed && linux

package ui

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"net"
	"os"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/test"
)

// exposedVariable names a socket of the file system. Who connects to it is told once what the window shows. It is there
// only in builds with the tag, for tests that press keys and read what comes of it: the toolkit tells no screen reader.
const exposedVariable = "LONGSHORE_EXPOSED"

// exposed is what the window shows at one moment. Places are in pixels, from the window's upper left corner.
type exposed struct {
	Rows  int           // of the list, also those that one would have to scroll to
	Focus string        // who gets the keys: a type, and what stands in it; "" for nobody
	Texts []exposedText // what lies above comes first
}

type exposedText struct {
	Text       string
	X, Y, W, H int
	Layer      int  // 0 is the page; dialogs and menus lie above
	Disabled   bool // it is on a button that does nothing now
}

func (w *window) expose() {
	path := os.Getenv(exposedVariable)
	if path == "" {
		return
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		fmt.Fprintln(os.Stderr, "exposed:", err)
		return
	}
	w.work.alone(func(ctx context.Context) {
		defer context.AfterFunc(ctx, func() { _ = l.Close() })()
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			told := make(chan exposed, 1)
			w.bridge.Run(func() { told <- w.exposed() })
			select {
			case e := <-told:
				_ = json.NewEncoder(c).Encode(e) // who has gone asks again
			case <-ctx.Done():
			}
			_ = c.Close()
		}
	})
}

func (w *window) exposed() exposed {
	c := w.win.Canvas()
	e := exposed{Rows: w.page.List().Length()}
	if f := c.Focused(); f != nil {
		e.Focus = fmt.Sprintf("%T", f)
		if o, ok := f.(fyne.CanvasObject); ok {
			inside := exposed{}
			inside.walk(o, exposedPlace{to: everywhere()}, c.Scale())
			for _, t := range inside.Texts {
				e.Focus += " " + t.Text
			}
		}
	}
	layers := append([]fyne.CanvasObject{c.Content()}, c.Overlays().List()...)
	for i := len(layers) - 1; i >= 0; i-- {
		e.walk(layers[i], exposedPlace{to: everywhere(), layer: i}, c.Scale())
	}
	return e
}

// exposedPlace is where an object stands.
type exposedPlace struct {
	at, from, to fyne.Position // its parent's corner; what of the window it may be seen in
	layer        int
	disabled     bool
}

func everywhere() fyne.Position { return fyne.NewPos(math.MaxInt32, math.MaxInt32) }

// walk gathers the texts of an object that can be seen.
func (e *exposed) walk(o fyne.CanvasObject, p exposedPlace, scale float32) {
	if o == nil || !o.Visible() {
		return
	}
	p.at = p.at.Add(o.Position())
	end := p.at.Add(o.Size())
	if b, ok := o.(fyne.Disableable); ok {
		p.disabled = b.Disabled()
	}
	if _, cut := o.(fyne.Scrollable); cut {
		p.from = fyne.NewPos(max(p.from.X, p.at.X), max(p.from.Y, p.at.Y))
		p.to = fyne.NewPos(min(p.to.X, end.X), min(p.to.Y, end.Y))
	}
	var inside []fyne.CanvasObject
	switch o := o.(type) {
	case *canvas.Text:
		x, y := (p.at.X+end.X)/2, (p.at.Y+end.Y)/2
		if o.Text != "" && x >= p.from.X && y >= p.from.Y && x <= p.to.X && y <= p.to.Y {
			px := func(v float32) int { return int(v * scale) }
			e.Texts = append(e.Texts, exposedText{Text: o.Text, X: px(p.at.X), Y: px(p.at.Y), W: px(o.Size().Width), H: px(o.Size().Height),
				Layer: p.layer, Disabled: p.disabled})
		}
	case *fyne.Container:
		inside = o.Objects
	case fyne.Widget:
		inside = test.WidgetRenderer(o).Objects()
	}
	for _, c := range inside {
		e.walk(c, p, scale)
	}
}
