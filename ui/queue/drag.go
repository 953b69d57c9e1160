package queue

import (
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	base "fyne.io/fyne/v2/theme"

	"longshore/ui/theme"
	"longshore/ui/words"
	"longshore/uploader"
)

// drag moves the selected rows to where the pointer lets them go. It belongs to the list and not to a row: the toolkit
// tells a row that it is dragged, and that row may show another entry a moment later, when the list scrolls.
//
// The toolkit takes two pixels for a drag and then makes no tap of it, not even on a button inside the row. A drag that
// has not gone dragFar is therefore a click all the same.
type drag struct {
	list   *List
	layer  *fyne.Container // over the list
	line   *canvas.Rectangle
	chip   *fyne.Container
	back   *canvas.Rectangle
	label  *canvas.Text
	held   bool // the button is down
	on     bool // rows are moved
	over   bool // nothing comes of it any more
	start  fyne.Position
	at     fyne.Position
	id     id                // the row it began on
	button fyne.CanvasObject // of that row, if it began on one
	moves  uploader.Target
	before int // index of the row above which they go; the list's length for the end
	edge   *fyne.Animation
	speed  float32 // of scrolling at an edge, per second
}

const (
	dragFar   float32 = 8
	dragEdge  float32 = 36  // how near the list's edge it scrolls
	dragSpeed float32 = 900 // at the very edge
)

func newDrag(l *List) *drag {
	d := &drag{list: l, line: canvas.NewRectangle(nil), back: canvas.NewRectangle(nil), label: &canvas.Text{TextSize: theme.TextSmall}}
	d.line.CornerRadius, d.back.CornerRadius = 1.5, 6
	d.label.TextStyle.Bold = true
	d.chip = container.NewStack(d.back, padded(8, 4, d.label))
	d.layer = container.NewWithoutLayout(d.line, d.chip)
	d.layer.Hide()
	return d
}

// moved goes on with a drag, or begins one.
func (d *drag) moved(r *row, ev *fyne.DragEvent) {
	if !d.held {
		inside := ev.Position.SubtractXY(ev.Dragged.DX, ev.Dragged.DY)
		*d = drag{list: d.list, layer: d.layer, line: d.line, chip: d.chip, back: d.back, label: d.label, held: true, id: r.view.id}
		d.start, d.button = ev.AbsolutePosition.SubtractXY(ev.Dragged.DX, ev.Dragged.DY), r.buttonAt(inside)
	}
	d.at = ev.AbsolutePosition
	if !d.on && !d.over && far(d.start, d.at) {
		d.begin()
	}
	if d.on {
		d.follow()
	}
}

func far(a, b fyne.Position) bool {
	x, y := a.X-b.X, a.Y-b.Y
	return x*x+y*y >= dragFar*dragFar
}

// begin takes up the selected rows; a row that is not selected goes alone. Files of a folder have no place of their own,
// and where rows are hidden a place would not be the one that the user sees.
func (d *drag) begin() {
	l := d.list
	i := l.rowOf(d.id)
	switch {
	case d.button != nil || d.id.job != "" || i < 0:
		d.over = true
		return
	case !l.steps():
		d.over = true
		l.hint(l.book.Say(words.DragHidden))
		return
	}
	if !l.sel.has(d.id) {
		l.sel.only(i, d.id)
		l.touch()
		l.changed()
	}
	l.takeKeys()
	d.on, d.moves = true, uploader.Target{Entries: l.sel.target(l.now).Entries}
	d.label.Text = l.view(i).name
	if n := len(d.moves.Entries); n > 1 {
		d.label.Text = l.book.Say(words.PickedCount, "rows", n)
	}
	d.label.Color, d.back.FillColor = theme.Of(base.ColorNameForegroundOnPrimary), theme.Of(base.ColorNamePrimary)
	d.line.FillColor = theme.Of(base.ColorNamePrimary)
	d.layer.Show()
	l.hint(l.book.Say(words.DragHint))
}

// follow shows where the rows would go, and scrolls near the list's edges.
func (d *drag) follow() {
	l, step := d.list, d.list.step()
	top := fyne.CurrentApp().Driver().AbsolutePositionForObject(l)
	x, y, height := d.at.X-top.X, d.at.Y-top.Y, l.Size().Height
	d.before = l.now.place(int((min(max(y, 0), height)+l.GetScrollOffset())/step + 0.5))
	at := float32(d.before)*step - l.GetScrollOffset() - (step-rowHeight)/2
	d.line.Move(fyne.NewPos(0, min(max(at-1.5, 0), height-3)))
	d.line.Resize(fyne.NewSize(l.Size().Width-scrollRoom, 3))
	size := d.chip.MinSize()
	size.Width = min(size.Width, l.Size().Width/2)
	d.chip.Resize(size)
	d.chip.Move(fyne.NewPos(min(max(x+14, 0), l.Size().Width-size.Width), min(max(y+10, 0), height-size.Height)))
	d.layer.Refresh()
	d.scroll(edgeSpeed(y, height))
}

// edgeSpeed is how fast the list scrolls for a pointer at y; negative upwards.
func edgeSpeed(y, height float32) float32 {
	switch low := height - dragEdge; {
	case y < dragEdge:
		return -dragSpeed * min((dragEdge-y)/dragEdge, 1)
	case y > low:
		return dragSpeed * min((y-low)/dragEdge, 1)
	}
	return 0
}

// scroll keeps the list scrolling for as long as the pointer is near an edge: it may stand still there. The animation
// runs only then, since one repaints the window all the time.
func (d *drag) scroll(speed float32) {
	d.speed = speed
	switch {
	case speed == 0 && d.edge != nil:
		d.edge.Stop()
		d.edge = nil
	case speed != 0 && d.edge == nil:
		last := time.Now()
		d.edge = fyne.NewAnimation(time.Second, func(float32) {
			now := time.Now()
			gone := min(now.Sub(last), 100*time.Millisecond)
			last = now
			d.glide(float32(gone.Seconds()))
		})
		d.edge.RepeatCount = fyne.AnimationRepeatForever
		d.edge.Start()
	}
}

// glide scrolls for a time, in seconds.
func (d *drag) glide(seconds float32) {
	if !d.on {
		return
	}
	l := d.list
	most := max(float32(l.now.len())*l.step()-(l.step()-rowHeight)-l.Size().Height, 0)
	to := min(max(l.GetScrollOffset()+d.speed*seconds, 0), most)
	if to != l.GetScrollOffset() {
		l.ScrollToOffset(to)
		d.follow()
	}
}

// cancel leaves everything where it is; it reports whether there was something to cancel.
func (d *drag) cancel() bool {
	if !d.on {
		return false
	}
	d.stop()
	d.over = true
	return true
}

func (d *drag) stop() {
	d.on = false
	d.scroll(0)
	d.layer.Hide()
	d.list.hint("")
}

// ended lets go of the rows. What was a click to the user is one.
func (d *drag) ended() {
	was := *d
	d.held = false
	switch {
	case was.on:
		d.stop()
		d.drop()
	case was.over && was.button == nil:
	case was.button != nil:
		if d.list.shows(was.id) && within(was.button, was.at) {
			was.button.(fyne.Tappable).Tapped(&fyne.PointEvent{AbsolutePosition: was.at})
		}
	default:
		d.list.tapped(was.id)
	}
}

func within(o fyne.CanvasObject, at fyne.Position) bool {
	at = at.Subtract(fyne.CurrentApp().Driver().AbsolutePositionForObject(o))
	return at.X >= 0 && at.Y >= 0 && at.X < o.Size().Width && at.Y < o.Size().Height
}

// drop moves the rows, if that moves any.
func (d *drag) drop() {
	l, t := d.list, d.moves
	moving := setOf(t.Entries)
	first, last := -1, -1
	for i, e := range l.now.snap.Entries.All() {
		if moving[e.ID] {
			last = i
			if first < 0 {
				first = i
			}
		}
	}
	to := l.now.snap.Entries.Len()
	if d.before < l.now.len() {
		to = int(l.now.line(d.before).entry)
		t.Before = l.now.id(d.before).entry
	}
	if block := last-first+1 == len(moving); first < 0 || block && to >= first && to <= last+1 {
		return
	}
	l.actions.Do(uploader.MoveTo, t)
}

// place is the edge between two entries that is nearest to the one above row i: those between a folder and its files, and
// between these, are none.
func (l *lines) place(i int) int {
	n := l.len()
	i = min(max(i, 0), n)
	up, down := i, i
	edge := func(k int) bool { return k == 0 || k == n || l.line(k).job == whole }
	for !edge(up) {
		up--
	}
	for !edge(down) {
		down++
	}
	if i-up <= down-i {
		return up
	}
	return down
}
