package queue

import (
	"strings"
	"testing"
	"unicode"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"longshore/uploader"
)

// strange are names as disks hold them: long without a space, right to left, with accents on accents, and such as turn
// the text around to pose as others.
func strange() map[string]string {
	return map[string]string{
		"255 bytes":      strings.Repeat("W", 251) + ".mov",
		"255 of emoji":   strings.Repeat("👩‍⚕️", 19),
		"spaces only":    strings.Repeat(" ", 200) + ".dcm",
		"Arabic":         strings.Repeat("صورة_الأشعة_", 12) + ".dcm",
		"Hebrew":         strings.Repeat("תצלום-", 20) + "א.mov",
		"mixed":          "פרויקט final צילום v2 " + strings.Repeat("مشروع ", 20) + ".mov",
		"accents":        "a" + strings.Repeat("\u0301\u0323", 100) + "b.dcm",
		"accents first":  strings.Repeat("\u0301", 120),
		"turned around":  "invoice\u202Excod.exe" + strings.Repeat("x", 100),
		"isolates":       "\u2066\u2067\u2068a\u2069.dcm",
		"embeddings":     "\u202A\u202B\u202C\u202Db.dcm",
		"line and zeros": "a\nb\r\u0000\u200B\u2028c.dcm",
		"not UTF-8":      "a\xff\xfeb.dcm",
		"nothing":        "",
	}
}

// Whatever a name is, its row keeps its form: the name stays on its line, left of the figures, and shows every character
// that could make it pose as another as a sign that one sees.
func TestNoNameBreaksARow(t *testing.T) {
	for what, name := range strange() {
		for _, width := range []float32{420, 640, 1280} {
			t.Run(what, func(t *testing.T) {
				e := entries(1)[0]
				e.Name, e.State, e.Bytes, e.BytesSent, e.Files = name, uploader.Uploading, 1000, 500, 1
				l, _, w := shownList(t, []uploader.EntryRow{e})
				w.Resize(fyne.NewSize(width, 300))
				p := l.shown[0].parts
				for _, r := range p.name.Text {
					if r >= '\u202A' && r <= '\u202E' || r >= '\u2066' && r <= '\u2069' || unicode.IsControl(r) || r == '\u200B' || r == '\u2028' {
						t.Errorf("%v: %q holds %U", width, p.name.Text, r)
					}
				}
				right := func(o *canvas.Text) float32 {
					return o.Position().X + fyne.MeasureText(o.Text, o.TextSize, o.TextStyle).Width
				}
				if end := right(p.name); end > p.percent.Position().X {
					t.Errorf("%v: the name ends at %v, the figures begin at %v", width, end, p.percent.Position().X)
				}
				if p.name.Position().Y != lineName && p.name.Position().Y != lineName2 {
					t.Errorf("%v: the name is at %v", width, p.name.Position())
				}
				if got := l.shown[0].Size().Height; got != rowHeight {
					t.Errorf("%v: the row is %v high", width, got)
				}
			})
		}
	}
}

// Of a long name one sees how it ends: what kind of file it is.
func TestALongNameShowsItsEnd(t *testing.T) {
	e := entries(1)[0]
	e.Name = strange()["255 bytes"]
	l, _, _ := shownList(t, []uploader.EntryRow{e})
	if got := l.shown[0].parts.name.Text; !strings.HasSuffix(got, ".mov") || !strings.Contains(got, "…") {
		t.Errorf("shown is %q", got)
	}
}
