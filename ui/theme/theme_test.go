package theme

import (
	"image/color"
	"math"
	"testing"

	"fyne.io/fyne/v2"
	base "fyne.io/fyne/v2/theme"
)

// luminance and contrast follow WCAG 2.1, "relative luminance" and "contrast ratio".
func luminance(c color.Color) float64 {
	n := color.NRGBAModel.Convert(c).(color.NRGBA)
	lin := func(v uint8) float64 {
		s := float64(v) / 255
		if s <= 0.04045 {
			return s / 12.92
		}
		return math.Pow((s+0.055)/1.055, 2.4)
	}
	return 0.2126*lin(n.R) + 0.7152*lin(n.G) + 0.0722*lin(n.B)
}

func contrast(a, b color.Color) float64 {
	x, y := luminance(a), luminance(b)
	if x < y {
		x, y = y, x
	}
	return (x + 0.05) / (y + 0.05)
}

// over lays a translucent colour on an opaque one.
func over(top, under color.Color) color.Color {
	t, u := color.NRGBAModel.Convert(top).(color.NRGBA), color.NRGBAModel.Convert(under).(color.NRGBA)
	mix := func(a, b uint8) uint8 {
		return uint8((int(a)*int(t.A) + int(b)*(255-int(t.A))) / 255)
	}
	return color.NRGBA{mix(t.R, u.R), mix(t.G, u.G), mix(t.B, u.B), 255}
}

var variants = map[string]palette{"light": lightPalette(), "dark": darkPalette()}

func TestTextIsReadable(t *testing.T) {
	texts := []fyne.ThemeColorName{
		base.ColorNameForeground, ColorMuted, base.ColorNamePlaceHolder, base.ColorNamePrimary, base.ColorNameSuccess,
		base.ColorNameWarning, base.ColorNameError, base.ColorNameHyperlink,
	}
	under := []fyne.ThemeColorName{
		base.ColorNameBackground, ColorSurface, ColorSelected, base.ColorNameOverlayBackground, base.ColorNameInputBackground,
	}
	for name, p := range variants {
		for _, text := range texts {
			for _, surface := range under {
				for _, hovered := range []bool{false, true} {
					bg := p[surface]
					if hovered {
						bg = over(p[base.ColorNameHover], bg)
					}
					if c := contrast(p[text], bg); c < 4.5 {
						t.Errorf("%s: %s on %s (hovered %v): %.2f, want 4.5", name, text, surface, hovered, c)
					}
				}
			}
		}
	}
}

func TestPairsAreReadable(t *testing.T) {
	pairs := [][2]fyne.ThemeColorName{
		{base.ColorNameForegroundOnPrimary, base.ColorNamePrimary},
		{base.ColorNameForegroundOnError, base.ColorNameError},
		{base.ColorNameForegroundOnSuccess, base.ColorNameSuccess},
		{base.ColorNameForegroundOnWarning, base.ColorNameWarning},
		{base.ColorNameForeground, base.ColorNameButton},
		{base.ColorNameForeground, ColorNotice},
		{base.ColorNameWarning, ColorNotice},
		{base.ColorNameError, ColorNotice},
		{base.ColorNameForeground, base.ColorNameMenuBackground},
	}
	for name, p := range variants {
		for _, pair := range pairs {
			if c := contrast(p[pair[0]], p[pair[1]]); c < 4.5 {
				t.Errorf("%s: %s on %s: %.2f, want 4.5", name, pair[0], pair[1], c)
			}
		}
	}
}

// Graphics that carry meaning need 3:1 (WCAG 2.1, 1.4.11).
func TestGraphicsStandOut(t *testing.T) {
	for name, p := range variants {
		for _, fill := range []fyne.ThemeColorName{
			base.ColorNamePrimary, base.ColorNameSuccess, base.ColorNameWarning, base.ColorNameError,
		} {
			if c := contrast(p[fill], p[ColorTrack]); c < 3 {
				t.Errorf("%s: bar %s on its track: %.2f, want 3", name, fill, c)
			}
		}
		if c := contrast(p[base.ColorNameInputBorder], p[base.ColorNameInputBackground]); c < 3 {
			t.Errorf("%s: border of a field: %.2f, want 3", name, c)
		}
	}
}

func TestLightAndDarkDefineTheSameNames(t *testing.T) {
	l, d := lightPalette(), darkPalette()
	for name := range l {
		if _, ok := d[name]; !ok {
			t.Errorf("dark lacks %s", name)
		}
	}
	if len(l) != len(d) {
		t.Errorf("light has %d colours, dark %d", len(l), len(d))
	}
}

func TestOtherColoursComeFromFyne(t *testing.T) {
	if got := New().Size(base.SizeNamePadding); got != base.DefaultTheme().Size(base.SizeNamePadding) {
		t.Errorf("padding is %v", got)
	}
	if New().Icon(base.IconNameSettings) == nil {
		t.Error("no settings icon")
	}
}
