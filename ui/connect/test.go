package connect

import (
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"longshore/ui/words"
	"longshore/uploader"
)

// Step is how one step of a test of a connection went.
type Step struct {
	Name    words.Key // what is tried: words.TrialName and those behind it
	Result  Result
	Problem words.Problem // of one that failed
}

// Result is how a step went.
type Result int

// The results of a step.
const (
	Skipped  Result = iota // not come to
	Needless               // there is nothing to try
	Passed
	Failed
	Running // it is being tried
	pending // not come to yet
)

// Steps are what is tried, in the order in which it is shown.
func Steps() []words.Key {
	return []words.Key{words.TrialName, words.TrialReach, words.TrialTrust, words.TrialClock, words.TrialVault, words.TrialSignIn, words.TrialStorage}
}

// Test is a button that tries the way to a vault, and the steps, which it shows while they are tried.
type Test struct {
	Start    *widget.Button
	Box      *fyne.Container
	services Services
	book     *words.Book
	what     func() (Address, uploader.VaultID)
	turn     int // counts the tests: an answer to an older one is not for us
}

// NewTest makes a test of what is described, or with an id of what is set up.
func NewTest(s Services, book *words.Book, what func() (Address, uploader.VaultID)) *Test {
	t := &Test{services: s, book: book, what: what, Box: container.NewVBox()}
	t.Start = widget.NewButton(book.Say(words.TrialStart), t.Run)
	t.Box.Hide()
	return t
}

// Run tries it.
func (t *Test) Run() {
	t.turn++
	turn := t.turn
	t.Start.Disable()
	var steps []Step
	for _, name := range Steps() {
		steps = append(steps, Step{Name: name, Result: pending})
	}
	t.show(t.rows(steps, widget.NewLabel(t.book.Say(words.TrialBusy)))...)
	a, id := t.what()
	t.services.TestVault(a, id, func(told Step) {
		i := slices.IndexFunc(steps, func(s Step) bool { return s.Name == told.Name })
		if turn == t.turn && i >= 0 {
			steps[i] = told
			t.show(t.rows(steps, widget.NewLabel(t.book.Say(words.TrialBusy)))...)
		}
	}, func(steps []Step, err error) {
		if turn != t.turn {
			return
		}
		t.turn++ // what is told late counts no more
		t.Start.Enable()
		if err != nil {
			t.show(sentence(t.services.Explain(err), widget.DangerImportance))
			return
		}
		t.show(t.rows(steps, t.outcome(steps))...)
	})
}

// Stop forgets what is under way, and what is shown.
func (t *Test) Stop() {
	t.turn++
	t.Start.Enable()
	t.Box.Hide()
}

func (t *Test) show(rows ...fyne.CanvasObject) {
	t.Box.Objects = rows
	t.Box.Show()
	t.Box.Refresh()
}

// outcome is the sentence for a test in which nothing failed, nil for others.
func (t *Test) outcome(steps []Step) fyne.CanvasObject {
	if slices.ContainsFunc(steps, func(s Step) bool { return s.Result == Failed }) {
		return nil
	}
	return sentence(t.book.Say(words.TrialGood), widget.SuccessImportance)
}

// mark is the icon and the word for each result: colour is never the only sign.
func (t *Test) mark(r Result) (fyne.Resource, string) {
	faint := base.NewDisabledResource(base.RadioButtonIcon())
	switch r {
	case Passed:
		return base.NewSuccessThemedResource(base.ConfirmIcon()), t.book.Say(words.TrialOK)
	case Needless:
		return faint, t.book.Say(words.TrialNeedless)
	case Failed:
		return base.NewErrorThemedResource(base.ErrorIcon()), t.book.Say(words.TrialFailed)
	case Running:
		return base.NewPrimaryThemedResource(base.MediaPlayIcon()), t.book.Say(words.TrialRunning)
	case pending:
		return faint, ""
	}
	return faint, t.book.Say(words.TrialSkipped)
}

// rows are the steps, each with its result, and what to do below one that failed; last comes what says it all.
func (t *Test) rows(steps []Step, last fyne.CanvasObject) []fyne.CanvasObject {
	var rows []fyne.CanvasObject
	for _, s := range steps {
		icon, word := t.mark(s.Result)
		rows = append(rows, t.row(icon, s.Name, word))
		if s.Result == Failed {
			rows = append(rows, container.New(layout.NewCustomPaddedLayout(0, 0, iconSize+base.Padding(), 0), sentence(t.book.Explain(s.Problem), widget.DangerImportance)))
		}
	}
	if last != nil {
		rows = append(rows, last)
	}
	return []fyne.CanvasObject{container.New(tight{}, rows...)}
}

// iconSize is that of a result.
const iconSize float32 = 18

func (t *Test) row(icon fyne.Resource, name words.Key, result string) fyne.CanvasObject {
	return container.NewBorder(nil, nil, container.NewCenter(container.NewGridWrap(fyne.NewSquareSize(iconSize), widget.NewIcon(icon))),
		widget.NewLabel(result), widget.NewLabel(t.book.Say(name)))
}

func sentence(text string, importance widget.Importance) fyne.CanvasObject {
	l := widget.NewLabel(text)
	l.Wrapping, l.Importance = fyne.TextWrapWord, importance
	return l
}

// tight stacks rows closer than labels stand by themselves.
type tight struct{}

const overlap float32 = 10

func (tight) MinSize(objects []fyne.CanvasObject) fyne.Size {
	var size fyne.Size
	for i, o := range objects {
		m := o.MinSize()
		size.Width = max(size.Width, m.Width)
		size.Height += m.Height
		if i > 0 {
			size.Height -= overlap
		}
	}
	return size
}

func (tight) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	y := float32(0)
	for _, o := range objects {
		o.Resize(fyne.NewSize(size.Width, o.MinSize().Height)) // its height may follow from its width
		height := o.MinSize().Height
		o.Resize(fyne.NewSize(size.Width, height))
		o.Move(fyne.NewPos(0, y))
		y += height - overlap
	}
}
