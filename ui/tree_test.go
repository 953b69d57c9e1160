package ui

import (
	"flag"
	"fmt"
	"image/color"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/test"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"longshore/ui/theme"
)

var update = flag.Bool("update", false, "write what is drawn to testdata, instead of comparing with it")

// tree writes what is drawn, a line each, in the order of drawing: the place to a whole unit, the kind, and what one would
// notice if it changed (text, alignment, icon, colour, importance). The toolkit's own markup of a page has ten times the
// lines, changes with the toolkit's insides, and gives our colours the names of others.
type tree struct {
	strings.Builder
	colors   map[color.Color]string
	from, to float32 // what lies between these heights of the window, whole or not
}

// colorNames are tried in this order: the first that looks so gives its name.
var colorNames = []fyne.ThemeColorName{
	base.ColorNameForeground, theme.ColorMuted, base.ColorNamePrimary, base.ColorNameSuccess, base.ColorNameWarning, base.ColorNameError,
	theme.ColorSurface, theme.ColorTrack, theme.ColorSelected, theme.ColorNotice, base.ColorNameSeparator, base.ColorNameBackground,
	base.ColorNameOverlayBackground, base.ColorNameDisabled, base.ColorNameForegroundOnPrimary, base.ColorNameInputBorder, base.ColorNameShadow,
}

func newTree() *tree {
	t := &tree{colors: map[color.Color]string{}, to: math.MaxFloat32}
	for _, n := range colorNames {
		if c := color.NRGBAModel.Convert(theme.Of(n)); t.colors[c] == "" {
			t.colors[c] = strings.TrimPrefix(string(n), "longshore-")
		}
	}
	return t
}

func (t *tree) color(c color.Color) string {
	if c == nil {
		return ""
	}
	n := color.NRGBAModel.Convert(c).(color.NRGBA)
	if n.A == 0 {
		return ""
	}
	if name := t.colors[n]; name != "" {
		return name
	}
	return fmt.Sprintf("#%02x%02x%02x%02x", n.R, n.G, n.B, n.A)
}

// line writes one thing; words that are empty are left out.
func (t *tree) line(o fyne.CanvasObject, at, origin fyne.Position, words ...string) {
	_, text := o.(*canvas.Text) // which may be drawn beyond its size
	if y := at.Y + o.Size().Height/2; y < t.from || y > t.to || !text && o.Size().IsZero() {
		return
	}
	in := ""
	if origin != (fyne.Position{}) {
		in = "\t"
	}
	whole := func(f float32) int { return int(math.Floor(float64(f) + 0.51)) } // a half is one on every machine
	p := at.Subtract(origin)
	fmt.Fprintf(t, "%s%d,%d %dx%d", in, whole(p.X), whole(p.Y), whole(o.Size().Width), whole(o.Size().Height))
	for _, w := range words {
		if w != "" {
			t.WriteString(" " + w)
		}
	}
	t.WriteString("\n")
}

// walk writes all that is visible of an object; what is in a row of a list, from the row's corner. It lays out first what
// it comes to, as the toolkit's loop does before a frame, and its test driver does not.
func (t *tree) walk(o fyne.CanvasObject, at, origin fyne.Position) {
	if !o.Visible() {
		return
	}
	at = at.Add(o.Position())
	if words := t.control(o); words != nil {
		t.line(o, at, origin, words...)
		return
	}
	switch v := o.(type) {
	case *fyne.Container:
		if v.Layout != nil {
			v.Layout.Layout(v.Objects, v.Size())
		}
		for _, child := range v.Objects {
			t.walk(child, at, origin)
		}
	case *container.Scroll:
		t.walk(v.Content, at, origin) // without its bars and shadows
	case fyne.Widget:
		if strings.HasSuffix(fmt.Sprintf("%T", v), ".row") {
			t.line(v, at, origin, "row")
			origin = at
		}
		drawing := test.WidgetRenderer(v)
		drawing.Layout(v.Size())
		for _, child := range drawing.Objects() {
			t.walk(child, at, origin)
		}
	case *canvas.Text:
		if v.Text != "" {
			t.line(v, at, origin, "text", quoted(v.Text), fmt.Sprint(v.TextSize), style(v.TextStyle), align(v.Alignment), t.color(v.Color))
		}
	case *canvas.Image:
		if v.Resource != nil {
			t.line(v, at, origin, "image", v.Resource.Name())
		}
	case *canvas.Rectangle:
		edge := ""
		if v.StrokeWidth > 0 && t.color(v.StrokeColor) != "" {
			edge = "edge " + t.color(v.StrokeColor)
		}
		if fill := t.color(v.FillColor); fill != "" || edge != "" {
			t.line(v, at, origin, "rectangle", fill, edge)
		}
	case *canvas.Raster:
		t.line(v, at, origin, "picture")
	}
}

// control is what one line says of a control of the toolkit, whatever it is drawn with; nil for what is none.
func (t *tree) control(o fyne.CanvasObject) []string {
	is := func(name string, on bool) string { return map[bool]string{true: name}[on] }
	off := ""
	if d, ok := o.(fyne.Disableable); ok {
		off = is("disabled", d.Disabled())
	}
	icon := func(r fyne.Resource) string {
		if r == nil {
			return ""
		}
		return r.Name()
	}
	switch v := o.(type) {
	case *widget.Button:
		return []string{"button", quoted(v.Text), icon(v.Icon), weight(v.Importance), off}
	case *widget.Label:
		return []string{"label", quoted(v.Text), style(v.TextStyle), align(v.Alignment), weight(v.Importance)}
	case *widget.Check:
		return []string{"check", quoted(v.Text), is("checked", v.Checked), off}
	case *widget.Select:
		return []string{"select", quoted(v.Selected), "of " + quoted(strings.Join(v.Options, " | ")), off}
	case *widget.Slider:
		return []string{"slider", fmt.Sprintf("%g of %g to %g", v.Value, v.Min, v.Max)}
	case *widget.Separator:
		return []string{"separator"}
	case *widget.Entry:
		return []string{"entry", quoted(v.Text), "if empty " + quoted(v.PlaceHolder), off}
	}
	if v := reflect.Indirect(reflect.ValueOf(o)); v.Kind() == reflect.Struct { // of ours, made of one of theirs
		if inner := v.FieldByName("Entry"); inner.IsValid() && inner.CanAddr() && inner.Type() == reflect.TypeFor[widget.Entry]() {
			return t.control(inner.Addr().Interface().(*widget.Entry))
		}
	}
	return nil
}

func quoted(s string) string { return `"` + strings.ReplaceAll(s, "\n", `\n`) + `"` }

func style(s fyne.TextStyle) string {
	return strings.Join(strings.Fields(map[bool]string{true: "bold "}[s.Bold]+map[bool]string{true: "mono"}[s.Monospace]), " ")
}

func align(a fyne.TextAlign) string {
	return map[fyne.TextAlign]string{fyne.TextAlignCenter: "centred", fyne.TextAlignTrailing: "trailing"}[a]
}

func weight(i widget.Importance) string {
	return map[widget.Importance]string{
		widget.HighImportance: "high", widget.LowImportance: "low", widget.DangerImportance: "danger",
		widget.WarningImportance: "warning", widget.SuccessImportance: "success",
	}[i]
}

// golden compares a text with the file that holds it, or writes that.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	saved, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want := strings.ReplaceAll(string(saved), "\r\n", "\n") // as git may write it on Windows
	if got == want {
		return
	}
	t.Errorf("%s is drawn otherwise; if that is meant, renew it as CONTRIBUTING.md says:\n%s", name, difference(want, got))
}

// difference lists the lines that only one of two texts has, in their order, up to a screenful.
func difference(want, got string) string {
	var b strings.Builder
	only := func(sign, in, notIn string) {
		left := map[string]int{}
		for _, l := range strings.Split(notIn, "\n") {
			left[l]++
		}
		n := 0
		for _, l := range strings.Split(in, "\n") {
			if left[l]--; left[l] < 0 && n < 20 {
				b.WriteString(sign + " " + l + "\n")
				n++
			}
		}
	}
	only("-", want, got)
	only("+", got, want)
	if b.Len() == 0 {
		return "the same lines in another order"
	}
	return b.String()
}
