package widgets

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"

	"longshore/ui/theme"
)

// Muted is text that explains, on as many lines as it needs, in the colour of secondary text: a label of low importance
// has that of what is disabled, which is too faint to be read.
func Muted(text string, size fyne.ThemeSizeName) *widget.RichText {
	t := widget.NewRichText(&widget.TextSegment{
		Text: text, Style: widget.RichTextStyle{ColorName: theme.ColorMuted, SizeName: size},
	})
	t.Wrapping = fyne.TextWrapWord
	return t
}
