package queue

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"

	"longshore/ui/widgets"
)

// barLayout stretches what it holds to the full width, at a height of its own.
type barLayout struct{ height float32 }

func (b barLayout) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(0, b.height) }

func (b barLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	for _, o := range objects {
		o.Move(fyne.NewPos(0, (size.Height-b.height)/2))
		o.Resize(fyne.NewSize(size.Width, b.height))
	}
}

// narrow gives what it holds the width there is, but no more than its own.
type narrow struct{ most float32 }

func (n narrow) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return middleLayout{}.MinSize(objects)
}

func (n narrow) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	for _, o := range objects {
		o.Move(fyne.NewPos(0, 0))
		o.Resize(fyne.NewSize(min(size.Width, n.most), size.Height))
	}
}

// gap is empty space of a height.
func gap(height float32) fyne.CanvasObject {
	r := canvas.NewRectangle(nil)
	r.SetMinSize(fyne.NewSize(0, height))
	return r
}

func padded(x, y float32, o fyne.CanvasObject) fyne.CanvasObject {
	return container.New(layout.NewCustomPaddedLayout(y, y, x, x), o)
}

// middle centres an object vertically and gives it the full width.
func middle(o fyne.CanvasObject) fyne.CanvasObject {
	return container.New(middleLayout{}, o)
}

type middleLayout struct{}

func (middleLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	var size fyne.Size
	for _, o := range objects {
		size = size.Max(o.MinSize())
	}
	return size
}

func (middleLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	for _, o := range objects {
		height := o.MinSize().Height
		o.Move(fyne.NewPos(0, (size.Height-height)/2))
		o.Resize(fyne.NewSize(size.Width, height))
	}
}

// lineFirst gives a line all the room that it needs, and what is beside it what is left, but no more than its own.
type lineFirst struct {
	line *widgets.Line
	gap  float32
}

func (f lineFirst) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(0, middleLayout{}.MinSize(objects).Height)
}

func (f lineFirst) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	left := max(0, size.Width-f.line.Needs().Width-f.gap)
	for _, o := range objects {
		least := o.MinSize()
		at, width := float32(0), size.Width
		if o != fyne.CanvasObject(f.line) {
			width = min(least.Width, left)
			if _, text := o.(*widgets.Line); text {
				width = max(width, 1) // of no width, it would not know yet that it has to be cut
			}
			at = size.Width - width
		}
		o.Move(fyne.NewPos(at, (size.Height-least.Height)/2))
		o.Resize(fyne.NewSize(width, least.Height))
	}
}

// fixedWidth gives what it holds a width of its own.
type fixedWidth struct{ width float32 }

func (f fixedWidth) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(f.width, middleLayout{}.MinSize(objects).Height)
}

func (f fixedWidth) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	for _, o := range objects {
		o.Move(fyne.NewPos(0, 0))
		o.Resize(size)
	}
}
