package history

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"longshore/ui/theme"
	"longshore/ui/widgets"
	"longshore/ui/words"
)

func (p *Page) button(text words.Key, icon fyne.Resource, do func()) *widget.Button {
	b := widget.NewButtonWithIcon(p.book.Say(text), icon, do)
	b.Importance = widget.LowImportance
	return b
}

// layOut puts the page together as the queue's is: title, what can be done, filters, list, foot.
func (p *Page) layOut() *fyne.Container {
	p.back, p.footBack = canvas.NewRectangle(nil), canvas.NewRectangle(nil)
	p.rule, p.footRule = canvas.NewRectangle(nil), canvas.NewRectangle(nil)
	p.icon = widget.NewIcon(base.NewPrimaryThemedResource(base.HistoryIcon()))
	title := widgets.NewLine(p.book.Say(words.HistoryTitle), theme.TextTitle, base.ColorNameForeground, fyne.TextStyle{Bold: true})
	back := widget.NewButtonWithIcon(p.book.Say(words.HistoryBack), base.NavigateBackIcon(), p.actions.LeaveHistory)
	top := container.NewBorder(nil, nil, container.NewCenter(p.icon), back, container.New(inMiddle{}, title))
	p.offered = widget.NewButton("", func() {
		if p.offers != nil {
			p.offers()
		}
	})
	p.offered.Hide()
	p.barBox = container.NewCenter(container.NewGridWrap(fyne.NewSize(120, 8), p.bar))
	p.barBox.Hide()
	p.offeredBox = container.NewBorder(nil, nil, nil, container.NewHBox(p.barBox, container.New(short{}, p.offered)), container.New(inMiddle{}, p.status))

	p.verifying = p.button(words.HistoryVerifyAll, base.ConfirmIcon(), p.verifyAll)
	p.export = p.button(words.HistoryExport, base.DocumentSaveIcon(), func() { p.chooseExport(p.export) })
	p.clear = p.button(words.HistoryClear, base.DeleteIcon(), p.actions.ClearHistory)
	p.all = container.NewHBox(p.verifying, p.export, layout.NewSpacer(), p.clear)
	filter := container.NewBorder(nil, nil, nil, container.NewHBox(wide(p.vault), wide(p.since)), p.search)
	head := container.NewVBox(container.NewStack(p.back, container.NewVBox(
		container.New(layout.NewCustomPaddedLayout(14, 0, theme.Margin, theme.Margin), container.NewVBox(top, p.offeredBox)),
		padded(theme.Gap, 0, container.NewStack(p.all, p.picks.box)), padded(theme.Gap, 3, filter))), thin(p.rule))
	foot := container.NewVBox(thin(p.footRule), container.NewStack(p.footBack, padded(theme.Gap, 1, container.NewBorder(nil, nil,
		container.NewCenter(widget.NewIcon(base.NewColoredResource(base.DocumentIcon(), theme.ColorMuted))),
		container.NewHBox(container.NewCenter(p.tips), p.button(words.Settings, base.SettingsIcon(), p.actions.Settings),
			p.button(words.KeysOpen, base.HelpIcon(), p.actions.Shortcuts)),
		container.New(inMiddle{}, p.total)))))
	return container.NewBorder(head, foot, nil, nil, padded(8, 6, container.NewStack(p.list, container.NewCenter(
		container.NewGridWrap(fyne.NewSize(420, 90), p.empty)))))
}

// tip says what the button under the pointer does.
func (p *Page) tip(text string) {
	if text != p.tips.Text() {
		p.tips.SetText(text)
		p.box.Refresh()
	}
}

func padded(x, y float32, o fyne.CanvasObject) fyne.CanvasObject {
	return container.New(layout.NewCustomPaddedLayout(y, y, x, x), o)
}

// thin is a rule of the full width.
func thin(o *canvas.Rectangle) fyne.CanvasObject {
	o.SetMinSize(fyne.NewSize(0, 1))
	return o
}

// short keeps the room of a button when it is hidden, so that nothing jumps when it comes.
type short struct{}

func (short) MinSize(objects []fyne.CanvasObject) fyne.Size {
	size := objects[0].MinSize()
	if !objects[0].Visible() {
		size.Width = 0
	}
	return size
}

func (short) Layout(objects []fyne.CanvasObject, size fyne.Size) { objects[0].Resize(size) }

func able(b *widget.Button, on bool) {
	if on {
		b.Enable()
		return
	}
	b.Disable()
}

func setVisible(o fyne.CanvasObject, visible bool) {
	if visible {
		o.Show()
		return
	}
	o.Hide()
}

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
