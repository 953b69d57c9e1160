package queue

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"longshore/ui/widgets"
	"longshore/ui/words"
)

// filterBar chooses which rows are shown: by how they stand, each with the number of rows it would show, and by name.
// It keeps its place whatever it finds.
type filterBar struct {
	book    *words.Book
	box     fyne.CanvasObject
	buttons [filters]*widget.Button
	search  *searchField
	chosen  filter
	choose  func(filter)
}

var filterNames = [filters]words.Key{
	filterAll: words.FilterAll, filterActive: words.FilterActive, filterWaiting: words.FilterWaiting,
	filterFailed: words.FilterFailed, filterDone: words.FilterDone,
}

func newFilterBar(choose func(filter), search func(string), back func(), book *words.Book) *filterBar {
	b := &filterBar{book: book, choose: choose, search: newSearchField(search, back, book)}
	row := container.NewHBox()
	for f := range filters {
		b.buttons[f] = widget.NewButton(b.label(filter(f), 0), func() { b.set(filter(f)) })
		row.Add(b.buttons[f])
	}
	b.mark()
	b.box = container.NewBorder(nil, nil, nil, container.New(fixedWidth{220}, b.search), container.NewHScroll(row))
	return b
}

func (b *filterBar) label(f filter, n int) string {
	return b.book.Say(filterNames[f], "rows", b.book.Short(n))
}

// counts shows how many rows each filter has.
func (b *filterBar) counts(n [filters]int) {
	for f, button := range b.buttons {
		if text := b.label(filter(f), n[f]); text != button.Text {
			button.SetText(text)
		}
	}
}

func (b *filterBar) set(f filter) {
	if f == b.chosen {
		return
	}
	b.chosen = f
	b.mark()
	b.choose(f)
}

// mark shows which one is chosen.
func (b *filterBar) mark() {
	for f, button := range b.buttons {
		want := widget.LowImportance
		if filter(f) == b.chosen {
			want = widget.MediumImportance
		}
		if button.Importance != want {
			button.Importance = want
			button.Refresh()
		}
	}
}

// reset shows everything again.
func (b *filterBar) reset() {
	b.search.SetText("")
	b.set(filterAll)
}

// searchField is an entry that Escape empties, and leaves when it is empty.
type searchField struct {
	widget.Entry
	back func()
}

func newSearchField(search func(string), back func(), book *words.Book) *searchField {
	s := &searchField{back: back}
	s.ExtendBaseWidget(s)
	s.PlaceHolder = book.Say(words.Search)
	s.Icon = base.SearchIcon()
	s.OnChanged = search
	s.OnSubmitted = func(string) { back() }
	return s
}

// TypedKey takes Escape and the way down into the list.
func (s *searchField) TypedKey(ev *fyne.KeyEvent) {
	switch {
	case ev.Name == fyne.KeyEscape && s.Text != "":
		s.SetText("")
	case ev.Name == fyne.KeyEscape, ev.Name == fyne.KeyDown:
		s.back()
	default:
		s.Entry.TypedKey(ev)
	}
}

// TypedShortcut passes on what the window has made itself: the toolkit gives it to the field alone.
func (s *searchField) TypedShortcut(shortcut fyne.Shortcut) { widgets.PassOn(s, &s.Entry, shortcut) }
