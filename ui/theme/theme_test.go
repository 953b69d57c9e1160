package theme

import (
	"fmt"
	"image/color"
	"testing"

	"fyne.io/fyne/v2"
	base "fyne.io/fyne/v2/theme"
)

type look struct {
	name          string
	palette       palette
	text, graphic float64 // the ratios that are asked of it
}

// looks: AA asks for 4.5 and 3 (WCAG 2.2, 1.4.3 and 1.4.11), high contrast for AAA's 7 and for 4.5.
var looks = []look{
	{"light", lightPalette(), 4.5, 3}, {"dark", darkPalette(), 4.5, 3}, {"white", whitePalette(), 7, 4.5}, {"black", blackPalette(), 7, 4.5},
}

// surfaces are what text and controls lie on.
var surfaces = []fyne.ThemeColorName{
	base.ColorNameBackground, ColorSurface, base.ColorNameOverlayBackground, base.ColorNameInputBackground, base.ColorNameMenuBackground,
}

func (l look) want(t *testing.T, what string, front, back color.Color, least float64) {
	t.Helper()
	if c := Ratio(front, back); c < least {
		t.Errorf("%s: %s: %.2f, want %.1f", l.name, what, c, least)
	}
}

// Text of every colour, on everything that it is drawn on: the window, cards and rows, dialogs, fields; a row that is
// selected, one under the pointer, and both.
func TestTextIsReadable(t *testing.T) {
	texts := []fyne.ThemeColorName{
		base.ColorNameForeground, ColorMuted, base.ColorNamePlaceHolder, base.ColorNamePrimary, base.ColorNameSuccess,
		base.ColorNameWarning, base.ColorNameError, base.ColorNameHyperlink,
	}
	for _, l := range looks {
		p := l.palette
		for _, text := range texts {
			for _, s := range append([]fyne.ThemeColorName{ColorSelected}, surfaces...) {
				l.want(t, fmt.Sprintf("%s on %s", text, s), p[text], p[s], l.text)
				l.want(t, fmt.Sprintf("%s on %s under the pointer", text, s), p[text], Over(p[base.ColorNameHover], p[s]), 4.5)
			}
		}
		for _, text := range []fyne.ThemeColorName{base.ColorNameForeground, base.ColorNameWarning, base.ColorNameError} {
			l.want(t, fmt.Sprintf("%s in a notice", text), p[text], p[ColorNotice], l.text)
		}
		for _, s := range []fyne.ThemeColorName{base.ColorNameInputBackground, base.ColorNameOverlayBackground} {
			l.want(t, "selected letters", p[base.ColorNameForeground], Over(p[base.ColorNameSelection], p[s]), 4.5)
		}
	}
}

// Buttons of each importance: as they are, under the pointer, pressed, and with the keyboard on them.
func TestButtonsAreReadable(t *testing.T) {
	for _, l := range looks {
		p := l.palette
		for text, fill := range map[fyne.ThemeColorName]fyne.ThemeColorName{
			base.ColorNameForeground: base.ColorNameButton, base.ColorNameForegroundOnPrimary: base.ColorNamePrimary,
			base.ColorNameForegroundOnError: base.ColorNameError, base.ColorNameForegroundOnSuccess: base.ColorNameSuccess,
			base.ColorNameForegroundOnWarning: base.ColorNameWarning,
		} {
			l.want(t, fmt.Sprintf("%s on %s", text, fill), p[text], p[fill], l.text)
			for _, state := range []fyne.ThemeColorName{base.ColorNameHover, base.ColorNamePressed} {
				l.want(t, fmt.Sprintf("%s on %s, %s", text, fill, state), p[text], Over(p[state], p[fill]), 4.5)
			}
		}
		l.want(t, "a button with the keyboard", p[base.ColorNameForeground], Over(p[base.ColorNameFocus], p[base.ColorNameButton]), 4.5)
		l.want(t, "a main button with the keyboard", p[base.ColorNameForegroundOnPrimary], Over(p[base.ColorNameFocus], p[base.ColorNamePrimary]), 4.5)
	}
}

// The toolkit shows where the keyboard is by laying one colour over buttons, selects, switches and lines of menus. It
// must stand out from all that is around, and a main button must not look as it does without.
func TestFocusIsVisible(t *testing.T) {
	for _, l := range looks {
		p := l.palette
		focus := p[base.ColorNameFocus]
		for _, s := range append([]fyne.ThemeColorName{ColorNotice}, surfaces...) {
			l.want(t, fmt.Sprintf("focus on %s", s), Over(focus, p[s]), p[s], 3)
			l.want(t, fmt.Sprintf("a focused button on %s", s), Over(focus, p[base.ColorNameButton]), p[s], 3)
			l.want(t, fmt.Sprintf("a focused main button on %s", s), Over(focus, p[base.ColorNamePrimary]), p[s], 3)
			l.want(t, fmt.Sprintf("text on focus on %s", s), p[base.ColorNameForeground], Over(focus, p[s]), 4.5)
			l.want(t, fmt.Sprintf("the edge of a focused row or field on %s", s), p[base.ColorNamePrimary], p[s], 3)
		}
		l.want(t, "the edge of a focused row that is selected", p[base.ColorNamePrimary], p[ColorSelected], 3)
		l.want(t, "a main button that gets the focus", Over(focus, p[base.ColorNamePrimary]), p[base.ColorNamePrimary], 1.7)
	}
}

// Graphics that carry meaning.
func TestGraphicsStandOut(t *testing.T) {
	for _, l := range looks {
		p := l.palette
		states := []fyne.ThemeColorName{base.ColorNamePrimary, base.ColorNameSuccess, base.ColorNameWarning, base.ColorNameError, ColorMuted}
		for _, fill := range states {
			l.want(t, fmt.Sprintf("bar %s on its track", fill), p[fill], p[ColorTrack], l.graphic)
			for _, s := range append([]fyne.ThemeColorName{ColorSelected}, surfaces...) {
				l.want(t, fmt.Sprintf("icon %s on %s", fill, s), p[fill], p[s], l.graphic)
			}
		}
		for _, s := range []fyne.ThemeColorName{ColorSurface, ColorSelected, ColorNotice} {
			l.want(t, fmt.Sprintf("a row's button under the pointer on %s", s), p[base.ColorNameForeground], Over(p[base.ColorNamePressed], p[s]), l.graphic)
		}
		l.want(t, "the graph's edge over its hill", p[base.ColorNamePrimary], Over(hill(p), p[ColorSurface]), 3)
		for _, s := range surfaces {
			l.want(t, fmt.Sprintf("border of a field on %s", s), p[base.ColorNameInputBorder], p[s], l.graphic)
			l.want(t, fmt.Sprintf("scroll bar on %s", s), Over(p[base.ColorNameScrollBar], p[s]), p[s], 3)
		}
		l.want(t, "the drop target's edge", p[base.ColorNamePrimary], p[base.ColorNameBackground], l.graphic)
	}
}

// hill is what the graph is filled with.
func hill(p palette) color.NRGBA {
	c := p[base.ColorNamePrimary].(color.NRGBA)
	c.A = GraphHill
	return c
}

func TestEveryLookDefinesTheSameNames(t *testing.T) {
	for _, l := range looks {
		for name := range looks[0].palette {
			if _, ok := l.palette[name]; !ok {
				t.Errorf("%s lacks %s", l.name, name)
			}
		}
		if len(l.palette) != len(looks[0].palette) {
			t.Errorf("%s has %d colours, %s has %d", l.name, len(l.palette), looks[0].name, len(looks[0].palette))
		}
	}
}

// A look that is chosen is shown whatever the system says.
func TestAChosenLookHolds(t *testing.T) {
	at := func(l Look, v fyne.ThemeVariant) color.Color { return New(l).Color(base.ColorNameBackground, v) }
	const light, dark = base.VariantLight, base.VariantDark
	if at(Light, light) != at(Light, dark) || at(Dark, light) != at(Dark, dark) || at(Light, dark) == at(Dark, dark) {
		t.Error("light and dark follow the system")
	}
	for _, l := range []Look{System, Contrast, "of another version"} {
		if at(l, light) == at(l, dark) {
			t.Errorf("%q does not follow the system", l)
		}
	}
	if at(Contrast, dark) == at(System, dark) {
		t.Error("high contrast looks like any other")
	}
}

func TestOtherColoursComeFromFyne(t *testing.T) {
	if got := New(System).Size(base.SizeNamePadding); got != base.DefaultTheme().Size(base.SizeNamePadding) {
		t.Errorf("padding is %v", got)
	}
	if New(System).Icon(base.IconNameSettings) == nil {
		t.Error("no settings icon")
	}
}
