package theme

import (
	"image/color"
	"math"
)

// Ratio is the contrast of two opaque colours by WCAG 2.2 ("contrast ratio"): from 1, none, to 21.
func Ratio(a, b color.Color) float64 {
	x, y := luminance(a), luminance(b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

// luminance is WCAG's "relative luminance".
func luminance(c color.Color) float64 {
	n := nrgba(c)
	linear := func(v uint8) float64 {
		s := float64(v) / 255
		if s <= 0.04045 {
			return s / 12.92
		}
		return math.Pow((s+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(n.R) + 0.7152*linear(n.G) + 0.0722*linear(n.B)
}

// Over lays a translucent colour on an opaque one.
func Over(top, under color.Color) color.Color {
	t, u := nrgba(top), nrgba(under)
	mix := func(a, b uint8) uint8 {
		return uint8((int(a)*int(t.A) + int(b)*(255-int(t.A))) / 255)
	}
	return color.NRGBA{R: mix(t.R, u.R), G: mix(t.G, u.G), B: mix(t.B, u.B), A: 255}
}

func nrgba(c color.Color) color.NRGBA { return color.NRGBAModel.Convert(c).(color.NRGBA) }
