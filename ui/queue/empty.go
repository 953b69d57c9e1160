package queue

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"longshore/ui/theme"
	"longshore/ui/widgets"
	"longshore/ui/words"
	"longshore/uploader"
)

// empty is the window when there is nothing in the queue: one large drop target. It always looks ready, since the
// toolkit does not tell when something is dragged over it (FYNE §4.3).
type empty struct {
	book *words.Book
	box  fyne.CanvasObject
	zone *canvas.Rectangle
	to   *widgets.Line
}

func newEmpty(actions Actions, book *words.Book) *empty {
	e := &empty{
		book: book,
		zone: canvas.NewRectangle(nil),
		to:   widgets.NewLine("", theme.TextBody, theme.ColorMuted, fyne.TextStyle{}).Fitting().Centered(),
	}
	e.zone.CornerRadius, e.zone.StrokeWidth = 14, 2
	icon := widget.NewIcon(base.NewPrimaryThemedResource(base.UploadIcon()))
	title := widgets.NewLine(book.Say(words.DropTitle), 22, base.ColorNameForeground, fyne.TextStyle{Bold: true}).Fitting().Centered()
	files := widget.NewButtonWithIcon(book.Say(words.BrowseFiles), base.FileIcon(), actions.BrowseFiles)
	files.Importance = widget.HighImportance
	folder := widget.NewButtonWithIcon(book.Say(words.BrowseFolder), base.FolderOpenIcon(), actions.BrowseFolder)
	body := container.NewVBox(
		container.NewCenter(container.NewGridWrap(fyne.NewSquareSize(72), icon)), gap(6),
		title, e.to, gap(14),
		container.NewCenter(container.NewHBox(files, folder)),
	)
	e.box = padded(theme.Margin, theme.Margin, container.NewStack(e.zone, container.NewCenter(body)))
	e.recolor()
	return e
}

func (e *empty) recolor() {
	e.zone.FillColor = theme.Of(theme.ColorSurface)
	e.zone.StrokeColor = theme.Of(base.ColorNamePrimary)
	e.zone.Refresh()
}

func (e *empty) show(v uploader.Vault) {
	text := e.book.Say(words.DropNoVault)
	if v.Name != "" {
		text = e.book.Say(words.DropTo, "vault", words.Name(v.Name))
	}
	if text != e.to.Text() {
		e.to.SetText(text)
		e.box.Refresh()
	}
}
