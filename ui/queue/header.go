package queue

import (
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"longshore/ui/theme"
	"longshore/ui/widgets"
	"longshore/ui/words"
	"longshore/uploader"
)

// header shows the queue as a whole, and what can be done with all of it.
type header struct {
	book                        *words.Book
	box, title, figures         fyne.CanvasObject
	back, rule                  *canvas.Rectangle
	icon                        *widget.Icon
	headline, progress, counts  *widgets.Line
	bar                         *widgets.Bar
	icons                       *icons
	pause, resume, retry, clear *widget.Button
	graph                       *graph
	pace                        pace
	all                         fyne.CanvasObject // what is done to all; it makes room for what is done to the selected
	now                         func() time.Time
}

func newHeader(actions Actions, bulk *bulk, picked, filters fyne.CanvasObject, hint func(string), book *words.Book) *header {
	h := &header{
		book: book, now: time.Now,
		back: canvas.NewRectangle(nil), rule: canvas.NewRectangle(nil),
		icon:     widget.NewIcon(nil),
		headline: widgets.NewLine("", theme.TextTitle, base.ColorNameForeground, fyne.TextStyle{Bold: true}),
		progress: widgets.NewLine("", theme.TextBody, base.ColorNameForeground, fyne.TextStyle{}),
		counts:   widgets.NewLine("", theme.TextBody, theme.ColorMuted, fyne.TextStyle{}).Fitting(),
		bar:      widgets.NewBar(base.ColorNamePrimary),
		icons:    newIcons(),
		pause:    widget.NewButtonWithIcon(book.Say(words.PauseAll), base.MediaPauseIcon(), bulk.pause),
		resume:   widget.NewButtonWithIcon(book.Say(words.ResumeAll), base.MediaPlayIcon(), bulk.resume),
		retry:    widget.NewButtonWithIcon(book.Say(words.RetryFailed, "files", 0), base.ViewRefreshIcon(), bulk.retry),
		clear:    widget.NewButtonWithIcon(book.Say(words.ClearFinished), base.ContentClearIcon(), bulk.clear),
	}
	h.graph = newGraph(func(peak float64) {
		if peak <= 0 {
			hint("")
			return
		}
		hint(book.Say(words.GraphHint, "minutes", int(graphSamples*graphStep/time.Minute), "speed", book.Rate(peak)))
	})
	add := widget.NewButtonWithIcon(h.book.Say(words.AddFiles), base.ContentAddIcon(), actions.BrowseFiles)
	add.Importance = widget.HighImportance
	folder := widget.NewButtonWithIcon(h.book.Say(words.AddFolder), base.FolderOpenIcon(), actions.BrowseFolder)
	for _, b := range []*widget.Button{h.pause, h.resume, h.retry, h.clear} {
		b.Importance = widget.LowImportance
		b.Disable()
	}
	h.title = container.New(lineFirst{h.headline, theme.Gap}, h.headline, h.graph)
	top := container.NewBorder(nil, nil, container.NewCenter(h.icon), container.NewHBox(gap(0), add, folder), h.title)
	h.figures = container.New(lineFirst{h.progress, theme.Gap}, h.progress, h.counts)
	h.all = container.NewHBox(h.pause, h.resume, h.retry, layout.NewSpacer(), h.clear)
	body := container.NewVBox(top, gap(2), container.New(barLayout{8}, h.bar), gap(2), h.figures)
	h.box = container.NewVBox(
		container.NewStack(h.back, container.NewVBox(padded(theme.Margin, 14, body),
			padded(theme.Gap, 0, container.NewStack(h.all, picked)), padded(theme.Gap, 0, filters), gap(2))),
		container.New(barLayout{1}, h.rule),
	)
	h.recolor()
	return h
}

// recolor looks the colours of the plain rectangles up again; widgets do it themselves.
func (h *header) recolor() {
	h.back.FillColor = theme.Of(theme.ColorSurface)
	h.rule.FillColor = theme.Of(base.ColorNameSeparator)
	h.back.Refresh()
	h.rule.Refresh()
}

func (h *header) show(t uploader.Totals) {
	m := headMood(t)
	if res := h.icons.moods[m]; h.icon.Resource != res {
		h.icon.SetResource(res)
	}
	if headline := h.book.Headline(t); headline != h.headline.Text() {
		h.headline.SetText(headline)
		h.title.Refresh() // the graph has what is left
	}
	now := h.now()
	h.graph.add(now, t.Rate)
	t.Left = h.pace.next(now, t.Bytes-t.BytesSent, t.Rate)
	if progress, counts := h.book.Progress(t), h.book.Counts(t); progress != h.progress.Text() || counts != h.counts.Text() {
		h.progress.SetText(progress)
		h.counts.SetText(counts)
		h.figures.Refresh() // the counts have what is left
	}
	h.bar.Set(widgets.Quantise(words.Share(t)), doingMood(t).color())
	enable(h.pause, t.Files-t.FilesDone-t.FilesFailed-t.FilesPaused > 0)
	enable(h.resume, t.FilesPaused > t.FilesAsked)
}

// follow offers what the list has something for: so many files to send again, something to clear.
func (h *header) follow(l *lines) {
	n := len(l.failed)
	if text := h.book.Say(words.RetryFailed, "files", n); text != h.retry.Text {
		h.retry.SetText(text)
	}
	enable(h.retry, n > 0)
	enable(h.clear, l.stored)
}

// headMood is that of the headline: what failed comes first.
func headMood(t uploader.Totals) mood {
	if t.FilesFailed > 0 {
		return failed
	}
	return doingMood(t)
}

// doingMood is that of the bar.
func doingMood(t uploader.Totals) mood {
	switch words.Doing(t) {
	case words.HeadSending, words.HeadScanning:
		return active
	case words.HeadWaiting:
		return waiting
	case words.HeadPaused, words.HeadAsks:
		return paused
	case words.HeadFailed:
		return failed
	case words.HeadStored:
		return stored
	}
	return idle
}

func enable(b *widget.Button, on bool) {
	switch {
	case on && b.Disabled():
		b.Enable()
	case !on && !b.Disabled():
		b.Disable()
	}
}

// bulk carries out what is asked for all entries at once.
type bulk struct {
	actions Actions
	list    func() *List
}

func (b *bulk) pause()  { b.actions.Do(uploader.Pause, uploader.Target{All: true}) }
func (b *bulk) resume() { b.actions.Do(uploader.Resume, uploader.Target{All: true}) }

// retry sends again what failed, file by file: not what the user has stopped, and not what changed on disk, of which
// each asks what to do.
func (b *bulk) retry() {
	if jobs := b.list().now.failed; len(jobs) > 0 {
		b.actions.Do(uploader.RetryJobs, uploader.Target{Jobs: jobs})
	}
}

func (b *bulk) clear() {
	var t uploader.Target
	for _, e := range b.list().latest.Entries.All() {
		if e.State == uploader.Done {
			t.Entries = append(t.Entries, e.ID)
		}
	}
	if len(t.Entries) > 0 {
		b.actions.Do(uploader.Remove, t)
	}
}
