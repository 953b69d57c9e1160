package queue

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"longshore/ui/theme"
	"longshore/ui/widgets"
	"longshore/ui/words"
	"longshore/uploader"
)

// row is one line of the list. It is created often (the list makes one just to measure it), so everything it is drawn
// with waits for CreateRenderer.
type row struct {
	widget.BaseWidget
	list     *List
	index    int // where the list shows it; -1 while it is in the pool
	view     view
	selected bool
	focused  bool
	parts    *rowParts
}

func newRow(list *List) *row {
	r := &row{list: list, index: -1}
	r.ExtendBaseWidget(r)
	return r
}

// set shows a view; it draws only what is new.
func (r *row) set(v view, selected, focused bool) {
	if r.view == v && r.selected == selected && r.focused == focused {
		return
	}
	r.view, r.selected, r.focused = v, selected, focused
	if r.parts != nil {
		r.parts.show(r)
	}
}

// MinSize is fixed, so that the list's geometry costs nothing (FYNE §4.2).
func (r *row) MinSize() fyne.Size { return fyne.NewSize(420, rowHeight) }

// Tapped selects the row.
func (r *row) Tapped(*fyne.PointEvent) { r.list.tapped(r.view.id) }

// TappedSecondary opens the row's menu, and selects it if it is not.
func (r *row) TappedSecondary(ev *fyne.PointEvent) {
	if !r.list.sel.has(r.view.id) { // else the menu is for all that is selected
		r.list.tapped(r.view.id)
	}
	r.list.menu(r.view, ev.AbsolutePosition)
}

// Dragged moves the row, and what is selected with it.
func (r *row) Dragged(ev *fyne.DragEvent) { r.list.drag.moved(r, ev) }

// DragEnd lets go of it.
func (r *row) DragEnd() { r.list.drag.ended() }

// buttonAt is the row's button at a place in it, nil if there is none.
func (r *row) buttonAt(at fyne.Position) fyne.CanvasObject {
	if r.parts == nil {
		return nil
	}
	p := r.parts
	for _, b := range []fyne.CanvasObject{p.fold, p.top, p.main, p.remove, p.send, p.leave} {
		from, to := b.Position(), b.Position().Add(b.Size())
		if b.Visible() && at.X >= from.X && at.Y >= from.Y && at.X < to.X && at.Y < to.Y {
			return b
		}
	}
	return nil
}

// CreateRenderer makes what the row is drawn with.
func (r *row) CreateRenderer() fyne.WidgetRenderer {
	r.parts = newRowParts(r)
	return &rowRenderer{r}
}

type rowRenderer struct{ row *row }

func (r *rowRenderer) Layout(size fyne.Size)        { r.row.parts.place(r.row, size) }
func (r *rowRenderer) MinSize() fyne.Size           { return r.row.MinSize() }
func (r *rowRenderer) Destroy()                     { r.row.parts = nil }
func (r *rowRenderer) Objects() []fyne.CanvasObject { return r.row.parts.objects }

// Refresh comes when the theme changed: colours are looked up again.
func (r *rowRenderer) Refresh() { r.row.parts.recolor(r.row) }

// The row's geometry, in Fyne's units.
const (
	rowHeight   float32 = 56
	scrollRoom  float32 = 10 // at the right, where the list's scrollbar lies over its rows
	foldLeft    float32 = 2
	kindLeft    float32 = 34
	textLeft    float32 = 72
	belowLeft   float32 = 26  // how much further right a folder's files are
	columnWidth float32 = 196 // percent, bytes and bar
	bytesWidth  float32 = 90  // bytes alone
	buttonsLeft float32 = 3*widgets.IconSide + 10
	choiceGap   float32 = 6
	lineName    float32 = 7 // tops, with one line of status
	lineStatus  float32 = 29
	lineName2   float32 = 2 // with two
	lineStatus2 float32 = 21
	lineStatus3 float32 = 37
	textHeight  float32 = 18
)

// rowParts is what a row is drawn with.
type rowParts struct {
	back, edge             *canvas.Rectangle
	kind, state            *canvas.Image
	name, status1, status2 *canvas.Text
	percent, bytes         *canvas.Text
	bar                    *widgets.Bar
	fold                   *widgets.Icon
	top, main, remove      *widgets.Icon
	send, leave            *widget.Button // what to do with a file that changed
	objects                []fyne.CanvasObject
	shown                  view // what is drawn now
}

func newRowParts(r *row) *rowParts {
	text := func(size float32) *canvas.Text { return &canvas.Text{TextSize: size} }
	list := r.list
	p := &rowParts{
		back: canvas.NewRectangle(nil), edge: canvas.NewRectangle(nil),
		kind: &canvas.Image{FillMode: canvas.ImageFillContain}, state: &canvas.Image{FillMode: canvas.ImageFillContain},
		name: text(theme.TextBody), status1: text(theme.TextSmall), status2: text(theme.TextSmall),
		percent: text(theme.TextSmall), bytes: text(theme.TextSmall), bar: widgets.NewBar(base.ColorNamePrimary),
		fold:   widgets.NewIcon(func() { list.turn(r.view) }, list.hint),
		send:   widget.NewButton(list.book.Say(words.ChangedSend), func() { list.actions.Do(uploader.RetryJobs, r.view.id.only()) }),
		leave:  widget.NewButton(list.book.Say(words.ChangedLeave), func() { list.actions.Do(uploader.Cancel, r.view.id.only()) }),
		top:    widgets.NewIcon(func() { list.second(r.view) }, list.hint),
		main:   widgets.NewIcon(func() { list.main(r.view) }, list.hint),
		remove: widgets.NewIcon(func() { list.remove(r.view.id) }, list.hint),
	}
	p.name.TextStyle.Bold = true
	p.send.Hide()
	p.leave.Hide()
	p.bytes.Alignment = fyne.TextAlignTrailing
	p.back.CornerRadius = 6
	p.objects = []fyne.CanvasObject{
		p.back, p.edge, p.kind, p.name, p.state, p.status1, p.status2, p.percent, p.bytes, p.bar, p.fold, p.top, p.main, p.remove,
		p.send, p.leave,
	}
	p.recolor(r)
	return p
}

// recolor draws everything anew.
func (p *rowParts) recolor(r *row) {
	p.shown = view{}
	p.name.Color = theme.Of(base.ColorNameForeground)
	p.percent.Color = theme.Of(base.ColorNameForeground)
	p.bytes.Color = theme.Of(theme.ColorMuted)
	p.edge.FillColor = theme.Of(base.ColorNamePrimary)
	p.back.StrokeColor = theme.Of(base.ColorNamePrimary)
	p.kind.Resource, p.state.Resource = nil, nil
	p.show(r)
	p.bar.Refresh()
	p.fold.Refresh()
	p.top.Refresh()
	p.main.Refresh()
	p.remove.Refresh()
}

// show brings the drawing up to the row's view, touching only what differs.
func (p *rowParts) show(r *row) {
	v, icons := r.view, r.list.icons
	p.mark(r)
	kind := icons.file
	if v.dir {
		kind = icons.folder
	}
	setImage(p.kind, kind)
	setImage(p.state, icons.moods[v.mood])
	if p.send.Visible() != v.choice {
		setVisible(p.send, v.choice)
		setVisible(p.leave, v.choice)
	}
	switch was := p.shown; {
	case v.below != was.below || p.side(v) != p.side(was):
		p.shown = v
		p.place(r, r.Size())
	case v.name != was.name || v.status != was.status || v.mood != was.mood:
		p.write(v, r.Size().Width-scrollRoom)
	}
	p.fold.Set(icons.fold(v.fold), r.list.book.Say(v.fold.hint()))
	setText(p.percent, v.percent)
	setText(p.bytes, v.bytes)
	p.bar.Set(v.step, v.mood.color())
	if p.bar.Visible() != v.bar {
		setVisible(p.bar, v.bar)
	}
	switch {
	case v.details:
		p.top.Set(icons.info, r.list.book.Say(words.HintDetails))
	case v.toTop:
		p.top.Set(icons.top, r.list.book.Say(words.HintMoveToTop))
	default:
		p.top.Set(nil, "")
	}
	p.main.Set(icons.main(v.main), r.list.book.Say(v.main.hint()))
	if v.below && v.mood == stored {
		p.remove.Set(nil, "") // it goes with its folder
	} else {
		p.remove.Set(icons.remove, r.list.book.Say(words.HintRemove))
	}
	p.shown = v
}

// mark shows whether the row is selected, and whether keys go to it.
func (p *rowParts) mark(r *row) {
	stroke := float32(0)
	if r.focused {
		stroke = 1.5
	}
	fill, back := color.Color(color.Transparent), r.selected || r.focused
	if r.selected {
		fill = theme.Of(theme.ColorSelected)
	}
	if p.back.Hidden == !back && p.edge.Hidden == !r.selected && p.back.StrokeWidth == stroke && p.back.FillColor == fill {
		return
	}
	p.back.FillColor, p.back.StrokeWidth = fill, stroke
	p.back.Hidden, p.edge.Hidden = !back, !r.selected
	p.back.Refresh()
	p.edge.Refresh()
}

// write sets name and status, cut to the width there is.
func (p *rowParts) write(v view, width float32) {
	left := v.textLeft()
	room := width - left - p.side(v) - buttonsLeft - 2*theme.Gap
	if room <= 0 {
		return
	}
	setText(p.name, widgets.Middle(v.name, room, widgets.MeasureIn(p.name.TextSize, p.name.TextStyle)))
	indent := theme.IconStatus + 5
	first, second := widgets.TwoLines(v.status, room-indent, widgets.MeasureIn(p.status1.TextSize, p.status1.TextStyle))
	color := theme.Of(v.mood.color())
	for _, t := range []*canvas.Text{p.status1, p.status2} {
		if t.Color != color {
			t.Color = color
			t.Refresh()
		}
	}
	setText(p.status1, first)
	setText(p.status2, second)
	top, status := lineName, lineStatus
	if second != "" {
		top, status = lineName2, lineStatus2
	}
	p.name.Move(fyne.NewPos(left, top))
	p.state.Move(fyne.NewPos(left, status+1))
	p.status1.Move(fyne.NewPos(left+indent, status))
	p.status2.Move(fyne.NewPos(left+indent, lineStatus3))
}

func (v view) textLeft() float32 {
	if v.below {
		return textLeft + belowLeft
	}
	return textLeft
}

// side is the width of the column beside the texts: figures and bar, or the two answers to a question.
// What has no figures leaves its room to the sentence.
func (p *rowParts) side(v view) float32 {
	switch {
	case v.choice:
		return max(columnWidth, p.send.MinSize().Width+p.leave.MinSize().Width+choiceGap)
	case v.bar || v.percent != "":
		return columnWidth
	case v.bytes != "":
		return bytesWidth
	}
	return 0
}

// place lays the row out.
func (p *rowParts) place(r *row, size fyne.Size) {
	size.Width -= scrollRoom
	p.back.Resize(size)
	p.edge.Resize(fyne.NewSize(3, size.Height-16))
	p.edge.Move(fyne.NewPos(2, 8))
	p.kind.Resize(fyne.NewSquareSize(theme.IconKind))
	p.kind.Move(fyne.NewPos(r.view.textLeft()-textLeft+kindLeft, (size.Height-theme.IconKind)/2))
	p.fold.Resize(fyne.NewSquareSize(widgets.IconSide))
	p.fold.Move(fyne.NewPos(foldLeft, (size.Height-widgets.IconSide)/2))
	p.state.Resize(fyne.NewSquareSize(theme.IconStatus))
	column := p.side(r.view)
	if r.view.choice {
		column = columnWidth
	}
	line := fyne.NewSize(column, textHeight)
	left := size.Width - buttonsLeft - column - theme.Gap
	figures := lineName + 1
	if !r.view.bar { // they stand alone
		figures = (size.Height - textHeight) / 2
	}
	p.percent.Move(fyne.NewPos(left, figures))
	p.percent.Resize(line)
	p.bytes.Move(fyne.NewPos(left, figures))
	p.bytes.Resize(line)
	p.bar.Move(fyne.NewPos(left, lineStatus+6))
	p.bar.Resize(fyne.NewSize(columnWidth, 6))
	x := size.Width - buttonsLeft
	for _, b := range []*widgets.Icon{p.top, p.main, p.remove} {
		b.Resize(fyne.NewSquareSize(widgets.IconSide))
		b.Move(fyne.NewPos(x, (size.Height-widgets.IconSide)/2))
		x += widgets.IconSide
	}
	if r.view.choice {
		x = size.Width - buttonsLeft - theme.Gap
		for _, b := range []*widget.Button{p.leave, p.send} {
			b.Resize(b.MinSize())
			x -= b.MinSize().Width
			b.Move(fyne.NewPos(x, (size.Height-b.MinSize().Height)/2))
			x -= choiceGap
		}
	}
	p.write(r.view, size.Width)
}

func setText(t *canvas.Text, s string) {
	if t.Text != s {
		t.Text = s
		t.Refresh()
	}
}

func setImage(i *canvas.Image, res fyne.Resource) {
	if i.Resource != res {
		i.Resource = res
		i.Refresh()
	}
}

func setVisible(o fyne.CanvasObject, visible bool) {
	if visible {
		o.Show()
		return
	}
	o.Hide()
}
