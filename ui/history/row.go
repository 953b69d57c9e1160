package history

import (
	"image/color"

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

// row is one line of the list: what was stored, and what a look at it found.
type row struct {
	widget.BaseWidget
	icon       *widget.Icon
	name, line *widgets.Line
	verdict    *widgets.Line
	shown      fyne.ThemeColorName // the icon's
	ring       *canvas.Rectangle   // the row has the keyboard
	box        fyne.CanvasObject
}

// rowHeight is in the toolkit's units.
const rowHeight float32 = 52

func newRow() *row {
	r := &row{
		icon:    widget.NewIcon(nil),
		name:    widgets.NewLine("", theme.TextBody, base.ColorNameForeground, fyne.TextStyle{Bold: true}),
		line:    widgets.NewLine("", theme.TextSmall, theme.ColorMuted, fyne.TextStyle{}),
		verdict: widgets.NewLine("", theme.TextSmall, theme.ColorMuted, fyne.TextStyle{}).Fitting(),
	}
	texts := container.New(layout.NewCustomPaddedVBoxLayout(2), r.name, r.line)
	r.ring = canvas.NewRectangle(color.Transparent)
	r.ring.CornerRadius, r.ring.StrokeWidth = 6, 1.5
	r.ring.Hide()
	r.box = container.NewStack(r.ring, container.New(layout.NewCustomPaddedLayout(6, 6, 10, 14),
		container.NewBorder(nil, nil, container.NewCenter(r.icon), container.NewCenter(r.verdict), texts)))
	r.ExtendBaseWidget(r)
	return r
}

// MinSize is fixed, so that the list's geometry costs nothing (FYNE §4.2).
func (r *row) MinSize() fyne.Size { return fyne.NewSize(320, rowHeight) }

// CreateRenderer links the row to its parts.
func (r *row) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(r.box) }

// focus shows whether the row has the keyboard.
func (r *row) focus(on bool) {
	r.ring.StrokeColor = theme.Of(base.ColorNamePrimary)
	setVisible(r.ring, on)
}

func (r *row) show(book *words.Book, receipt *uploader.Receipt, vault string, v uploader.Verdict, looked bool) {
	name := words.RowName(receipt)
	if width := r.Size().Width - 80 - r.verdict.MinSize().Width; width > 60 {
		name = widgets.Middle(name, width, widgets.MeasureIn(theme.TextBody, fyne.TextStyle{Bold: true}))
	}
	r.name.SetText(name)
	r.line.SetText(book.ReceiptLine(receipt, vault))
	color, icon := base.ColorNameSuccess, base.ConfirmIcon()
	says := ""
	if looked {
		says = book.Verdict(v)
		switch v.Standing {
		case uploader.StandingGone, uploader.StandingAnother:
			color, icon = base.ColorNameError, base.ErrorIcon()
		case uploader.StandingUnknown:
			color, icon = base.ColorNameWarning, base.QuestionIcon()
		}
	}
	if receipt.Verified != uploader.VerifiedFullObject && !looked {
		color = theme.ColorMuted
	}
	if r.shown != color {
		r.shown = color
		r.icon.SetResource(base.NewColoredResource(icon, color))
	}
	textColor := color
	if textColor == base.ColorNameWarning {
		textColor = theme.ColorMuted
	}
	if says != r.verdict.Text() {
		r.verdict.Set(says, textColor)
		r.box.Refresh() // its room has changed
	}
}
