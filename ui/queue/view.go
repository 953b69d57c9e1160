package queue

import (
	"fyne.io/fyne/v2"
	base "fyne.io/fyne/v2/theme"

	"longshore/ui/theme"
	"longshore/ui/widgets"
	"longshore/ui/words"
	"longshore/uploader"
)

// mood is how a row stands; it chooses the icon and the colour, never one without the other.
type mood int

const (
	idle mood = iota
	active
	stored
	paused
	waiting
	changed
	failed
	stopped
)

// main is what Space and the row's first button do.
type action int

const (
	none action = iota
	pause
	resume
	retry
)

// fold is whether a row has others below it.
type fold int

const (
	foldNone fold = iota
	foldClosed
	foldOpen
)

// view is all that a row shows. Two equal views look the same, so an equal one is not drawn again.
type view struct {
	id      id
	name    string
	dir     bool
	fold    fold
	below   bool // a file of an opened folder
	status  string
	mood    mood
	percent string // "" when there is nothing to measure
	bytes   string
	step    int // of widgets.Steps
	bar     bool
	main    action
	toTop   bool
	details bool
	receipt bool // some of it is stored, and has a receipt
	choice  bool // it asks what to do
	asks    bool // the vault has some of it already
}

func viewOf(e *uploader.EntryRow, book *words.Book) view {
	v := view{
		id: id{entry: e.ID}, name: book.Title(e), dir: e.Dir, status: book.State(e),
		mood: moodOf(e), main: mainOf(e),
	}
	v.details = v.mood == failed || v.mood == changed
	v.toTop = !e.State.Ended()
	v.receipt = e.FilesDone > 0
	v.asks = e.Asks > 0
	share := words.ShareOf(e)
	if v.choice = v.mood == changed; v.choice {
		v.status, v.main = book.Changed(e), none
		return v
	}
	switch {
	case e.State == uploader.Done && e.Files == 0 && (e.LeftOut > 0 || e.Dir): // nothing of it was sent
	case e.State == uploader.Done:
		v.bytes = book.Bytes(e.Bytes)
	case e.Scanning:
		v.bytes = book.Bytes(e.Bytes)
	case e.Files > 0 && v.mood != stopped && (v.mood == active || share > 0):
		v.bar = true
		v.percent = book.Percent(share)
		v.bytes = book.Of(e.BytesSent, e.Bytes)
		v.step = widgets.Quantise(share)
	case e.Bytes > 0:
		v.bytes = book.Bytes(e.Bytes)
	}
	return v
}

func moodOf(e *uploader.EntryRow) mood {
	switch e.State {
	case uploader.Creating, uploader.Uploading, uploader.Completing:
		return active
	case uploader.Done:
		return stored
	case uploader.Paused:
		return paused
	case uploader.Waiting:
		return waiting
	case uploader.SourceChanged:
		return changed
	case uploader.Failed:
		return failed
	case uploader.Cancelled:
		return stopped
	}
	if e.Scanning {
		return active
	}
	return idle
}

func mainOf(e *uploader.EntryRow) action {
	switch e.State {
	case uploader.Done:
		return none
	case uploader.Paused:
		if int(e.Asks) == e.Files-e.FilesDone-e.FilesFailed {
			return none // it is asked about
		}
		return resume
	case uploader.Failed, uploader.SourceChanged, uploader.Cancelled:
		return retry
	}
	return pause
}

func (a action) verb() uploader.Verb {
	switch a {
	case pause:
		return uploader.Pause
	case resume:
		return uploader.Resume
	case retry:
		return uploader.RetryJobs
	}
	return ""
}

func (a action) hint() words.Key {
	return [...]words.Key{none: "", pause: words.HintPause, resume: words.HintResume, retry: words.HintRetry}[a]
}

func (a action) label() words.Key {
	return [...]words.Key{none: "", pause: words.Pause, resume: words.Resume, retry: words.Retry}[a]
}

func (m mood) color() fyne.ThemeColorName {
	switch m {
	case active:
		return base.ColorNamePrimary
	case stored:
		return base.ColorNameSuccess
	case waiting, changed:
		return base.ColorNameWarning
	case failed:
		return base.ColorNameError
	}
	return theme.ColorMuted
}

// icons are the resources rows share: one per look, so that comparing pointers tells whether an icon is new.
type icons struct {
	file, folder, closed, opened            fyne.Resource
	up, down                                fyne.Resource
	pause, resume, retry, top, remove, info fyne.Resource
	moods                                   [stopped + 1]fyne.Resource
}

func newIcons() *icons {
	muted := func(r fyne.Resource) fyne.Resource { return base.NewColoredResource(r, theme.ColorMuted) }
	of := func(m mood, r fyne.Resource) fyne.Resource { return base.NewColoredResource(r, m.color()) }
	return &icons{
		file: muted(base.FileIcon()), folder: base.NewColoredResource(base.FolderIcon(), base.ColorNamePrimary),
		closed: muted(chevron("right", "M8.6 16.6L13.2 12 8.6 7.4 10 6l6 6-6 6z")), opened: muted(chevron("down", "M7.4 8.6L12 13.2l4.6-4.6L18 10l-6 6-6-6z")),
		up: base.NewThemedResource(chevron("one-up", "M7.4 15.4L12 10.8l4.6 4.6L18 14l-6-6-6 6z")), down: base.NewThemedResource(chevron("one-down", "M7.4 8.6L12 13.2l4.6-4.6L18 10l-6 6-6-6z")),
		pause: base.MediaPauseIcon(), resume: base.MediaPlayIcon(), retry: base.ViewRefreshIcon(),
		top: base.NewColoredResource(base.MoveUpIcon(), base.ColorNameForeground), remove: base.CancelIcon(), info: base.InfoIcon(),
		moods: [...]fyne.Resource{
			idle: of(idle, base.HistoryIcon()), active: of(active, base.UploadIcon()), stored: of(stored, base.ConfirmIcon()),
			paused: of(paused, base.MediaPauseIcon()), waiting: of(waiting, base.HistoryIcon()),
			changed: of(changed, base.WarningIcon()), failed: of(failed, base.ErrorIcon()), stopped: of(stopped, base.MediaStopIcon()),
		},
	}
}

// chevron is an arrow head: the toolkit has none that is as large as our other icons.
func chevron(name, path string) fyne.Resource {
	return fyne.NewStaticResource("chevron-"+name+".svg", []byte(`<svg
		xmlns="http://www.w3.org/2000/svg" width="24" height="24" viewBox="0 0 24 24"><path d="`+path+`" fill="#000000"/></svg>`))
}

func (i *icons) fold(f fold) fyne.Resource {
	return [...]fyne.Resource{foldNone: nil, foldClosed: i.closed, foldOpen: i.opened}[f]
}

func (f fold) hint() words.Key {
	return [...]words.Key{foldNone: "", foldClosed: words.HintOpen, foldOpen: words.HintClose}[f]
}

func (i *icons) main(a action) fyne.Resource {
	return [...]fyne.Resource{none: nil, pause: i.pause, resume: i.resume, retry: i.retry}[a]
}
