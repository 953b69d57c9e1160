package queue

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"longshore/ui/theme"
	"longshore/ui/widgets"
	"longshore/ui/words"
	"longshore/uploader"
)

// pickedBar is there while several rows are selected, and does to all of them what the row's own buttons do to one.
type pickedBar struct {
	list     *List
	box      fyne.CanvasObject
	count    *widgets.Line
	up, down *widgets.Icon
	shown    int
}

func newPickedBar(l *List) *pickedBar {
	b := &pickedBar{
		list:  l,
		count: widgets.NewLine("", theme.TextBody, base.ColorNameForeground, fyne.TextStyle{Bold: true}).Fitting(),
		up:    widgets.NewIcon(l.Up, l.hint), down: widgets.NewIcon(l.Down, l.hint),
	}
	button := func(text words.Key, icon fyne.Resource, do func()) *widget.Button {
		w := widget.NewButtonWithIcon(l.book.Say(text), icon, do)
		w.Importance = widget.LowImportance
		return w
	}
	verb := func(text words.Key, icon fyne.Resource, v uploader.Verb) *widget.Button {
		return button(text, icon, func() { l.do(v) })
	}
	top, clear := widgets.NewIcon(l.ToTop, l.hint), widgets.NewIcon(l.Clear, l.hint)
	top.Set(l.icons.top, l.book.Say(words.HintMoveToTop))
	clear.Set(l.icons.remove, l.book.Say(words.HintClear))
	row := container.NewHBox(gap(0), container.NewCenter(b.count),
		verb(words.Pause, l.icons.pause, uploader.Pause), verb(words.Resume, l.icons.resume, uploader.Resume),
		verb(words.Retry, l.icons.retry, uploader.RetryJobs), verb(words.Stop, base.MediaStopIcon(), uploader.Cancel),
		container.NewCenter(top), container.NewCenter(b.up), container.NewCenter(b.down),
		button(words.PickedRemove, base.DeleteIcon(), l.Remove))
	b.box = container.NewBorder(nil, nil, nil, container.NewCenter(clear), container.NewHScroll(row))
	b.box.Hide()
	return b
}

// show tells how many rows are selected; it reports whether there are several.
func (b *pickedBar) show() bool {
	n := len(b.list.sel.picked)
	if n > 1 && n != b.shown {
		b.shown = n
		b.count.SetText(b.list.book.Say(words.PickedCount, "rows", n))
		b.box.Refresh() // its room has changed
	}
	if b.list.steps() {
		b.up.Set(b.list.icons.up, b.list.book.Say(words.HintMoveUp))
		b.down.Set(b.list.icons.down, b.list.book.Say(words.HintMoveDown))
	} else {
		b.up.Set(nil, "")
		b.down.Set(nil, "")
	}
	return n > 1
}
