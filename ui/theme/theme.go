// Package theme gives the window its look: one accent colour, calm greys, and colours for good, waiting and bad that
// stay readable (WCAG 2.2 AA) on every surface they are drawn on, in light, in dark, and in high contrast on white and on
// black.
//
// It must not know what is drawn with it: it maps names to colours and sizes, nothing else.
package theme

import (
	"image/color"

	"fyne.io/fyne/v2"
	base "fyne.io/fyne/v2/theme"
)

// Names of our own, beside Fyne's.
const (
	ColorSurface  fyne.ThemeColorName = "longshore-surface"  // cards and rows, a step away from the background
	ColorTrack    fyne.ThemeColorName = "longshore-track"    // the empty part of a progress bar
	ColorMuted    fyne.ThemeColorName = "longshore-muted"    // secondary text
	ColorSelected fyne.ThemeColorName = "longshore-selected" // a selected row, opaque
	ColorNotice   fyne.ThemeColorName = "longshore-notice"   // the strip of a notice
)

// Sizes that our own widgets share, in Fyne's units.
const (
	TextBody   float32 = 14
	TextSmall  float32 = 12.5
	TextTitle  float32 = 18
	Gap        float32 = 12 // between neighbours
	Margin     float32 = 20 // from the window's edge
	Radius     float32 = 8
	IconKind   float32 = 26 // a row's file or folder
	IconStatus float32 = 15
)

// Look is how the window looks.
type Look string

// The looks. System follows the system between light and dark; Contrast does so between white and black.
const (
	System   Look = ""
	Light    Look = "light"
	Dark     Look = "dark"
	Contrast Look = "contrast"
)

// Looks are all of them, in the order one chooses from.
func Looks() []Look { return []Look{System, Light, Dark, Contrast} }

// GraphHill is how opaque the graph is filled below its edge.
const GraphHill uint8 = 0x38

type theme struct {
	fyne.Theme
	light, dark palette
}

// New returns the theme of a look; one that it does not know is System.
func New(l Look) fyne.Theme {
	t := &theme{Theme: base.DefaultTheme(), light: lightPalette(), dark: darkPalette()}
	switch l {
	case Light:
		t.dark = t.light
	case Dark:
		t.light = t.dark
	case Contrast:
		t.light, t.dark = whitePalette(), blackPalette()
	}
	return t
}

func (t *theme) Color(name fyne.ThemeColorName, variant fyne.ThemeVariant) color.Color {
	p := t.dark
	if variant == base.VariantLight {
		p = t.light
	}
	if c, ok := p[name]; ok {
		return c
	}
	return t.Theme.Color(name, variant)
}

func (t *theme) Size(name fyne.ThemeSizeName) float32 {
	switch name {
	case base.SizeNameText:
		return TextBody
	case base.SizeNameCaptionText:
		return TextSmall
	case base.SizeNameSubHeadingText:
		return TextTitle
	case base.SizeNameInputRadius, base.SizeNameButtonRadius, base.SizeNameSelectionRadius:
		return 6
	}
	return t.Theme.Size(name)
}

// Of returns a colour of the running program's theme, in the variant it shows now.
func Of(name fyne.ThemeColorName) color.Color {
	settings := fyne.CurrentApp().Settings()
	return settings.Theme().Color(name, settings.ThemeVariant())
}
