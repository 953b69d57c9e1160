package history

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// wide gives a choice the room that its longest option needs, which the toolkit does not.
func wide(s *widget.Select) fyne.CanvasObject {
	var longest float32
	for _, o := range s.Options {
		longest = max(longest, fyne.MeasureText(o, base.TextSize(), fyne.TextStyle{}).Width)
	}
	return container.New(atLeast{min(longest+base.IconInlineSize()+4*base.InnerPadding(), mostChoice)}, s)
}

// mostChoice is how wide a choice gets at most, in the toolkit's units: a vault may have any name.
const mostChoice float32 = 260

// atLeast gives what it holds at least a width, and all there is.
type atLeast struct{ width float32 }

func (a atLeast) MinSize(objects []fyne.CanvasObject) fyne.Size {
	if !objects[0].Visible() {
		return fyne.Size{}
	}
	return objects[0].MinSize().Max(fyne.NewSize(a.width, 0))
}

func (a atLeast) Layout(objects []fyne.CanvasObject, size fyne.Size) { objects[0].Resize(size) }

// inMiddle centres a line vertically and gives it the full width.
type inMiddle struct{}

func (inMiddle) MinSize(objects []fyne.CanvasObject) fyne.Size { return objects[0].MinSize() }

func (inMiddle) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	height := objects[0].MinSize().Height
	objects[0].Move(fyne.NewPos(0, (size.Height-height)/2))
	objects[0].Resize(fyne.NewSize(size.Width, height))
}
