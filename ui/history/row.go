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
	back, edge *canvas.Rectangle   // the row is selected, or has the keyboard
	page       *Page
	index      int // where the list shows it; -1 while it is in the pool
	box        fyne.CanvasObject
}

// rowHeight is in the toolkit's units.
const rowHeight float32 = 52

func newRow(p *Page) *row {
	r := &row{
		page: p, index: -1,
		icon:    widget.NewIcon(nil),
		name:    widgets.NewLine("", theme.TextBody, base.ColorNameForeground, fyne.TextStyle{Bold: true}),
		line:    widgets.NewLine("", theme.TextSmall, theme.ColorMuted, fyne.TextStyle{}),
		verdict: widgets.NewLine("", theme.TextSmall, theme.ColorMuted, fyne.TextStyle{}).Fitting(),
	}
	texts := container.New(layout.NewCustomPaddedVBoxLayout(2), r.name, r.line)
	r.back, r.edge = canvas.NewRectangle(color.Transparent), canvas.NewRectangle(color.Transparent)
	r.back.CornerRadius = 6
	r.back.Hide()
	r.edge.Hide()
	r.edge.SetMinSize(fyne.NewSize(3, 0))
	r.box = container.NewStack(r.back, container.NewBorder(nil, nil, r.edge, nil), container.New(layout.NewCustomPaddedLayout(6, 6, 10, 14),
		container.NewBorder(nil, nil, container.NewCenter(r.icon), container.NewCenter(r.verdict), texts)))
	r.ExtendBaseWidget(r)
	return r
}

// MinSize is fixed, so that the list's geometry costs nothing (FYNE §4.2).
func (r *row) MinSize() fyne.Size { return fyne.NewSize(320, rowHeight) }

// CreateRenderer links the row to its parts.
func (r *row) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(r.box) }

// Tapped selects the row; the second time it opens the receipt.
func (r *row) Tapped(*fyne.PointEvent) {
	if r.index >= 0 && r.index < len(r.page.rows) {
		r.page.tapped(r.index)
	}
}

// TappedSecondary opens the row's menu, and selects the row if it is not.
func (r *row) TappedSecondary(ev *fyne.PointEvent) {
	if r.index < 0 || r.index >= len(r.page.rows) {
		return
	}
	if !r.page.sel.has(r.page.rows[r.index].Mark()) {
		r.page.tapped(r.index)
		r.page.clicked = -1
	}
	r.page.menu(ev.AbsolutePosition)
}

// mark shows whether the row is selected, and whether keys go to it.
func (r *row) mark(selected, focused bool) {
	stroke, fill := float32(0), color.Color(color.Transparent)
	if focused {
		stroke = 1.5
	}
	if selected {
		fill = theme.Of(theme.ColorSelected)
	}
	primary := theme.Of(base.ColorNamePrimary)
	if r.back.Visible() == (selected || focused) && r.edge.Visible() == selected && r.back.StrokeWidth == stroke &&
		r.back.FillColor == fill && r.back.StrokeColor == primary {
		return
	}
	r.back.FillColor, r.back.StrokeColor, r.back.StrokeWidth, r.edge.FillColor = fill, primary, stroke, primary
	setVisible(r.back, selected || focused)
	setVisible(r.edge, selected)
	r.back.Refresh()
	r.edge.Refresh()
}

func (r *row) show(book *words.Book, receipt *uploader.Receipt, vault string, v uploader.Verdict, looked bool) {
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
	name := words.RowName(receipt) // cut to the room that the verdict leaves
	if width := r.Size().Width - 80 - r.verdict.MinSize().Width; width > 60 {
		name = widgets.Middle(name, width, widgets.MeasureIn(theme.TextBody, fyne.TextStyle{Bold: true}))
	}
	r.name.SetText(name)
	r.line.SetText(book.ReceiptLine(receipt, vault))
}
