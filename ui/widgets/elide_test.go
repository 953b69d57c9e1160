package widgets

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// mono measures one unit a rune.
func mono(s string) float32 { return float32(utf8.RuneCountInString(s)) }

func TestMiddle(t *testing.T) {
	for _, c := range []struct {
		name  string
		width float32
		want  string
	}{
		{"short.dcm", 20, "short.dcm"},
		{"exactly-20-chars.dcm", 20, "exactly-20-chars.dcm"},
		{"abcdefghijklmnopqrstuvwxyz.dcm", 16, "abcdefghi…yz.dcm"},
		{"", 5, ""},
		{"abcdef", 1, "…"},
		{"abcdef", 0, "…"},
	} {
		if got := Middle(c.name, c.width, mono); got != c.want {
			t.Errorf("Middle(%q, %v) = %q, want %q", c.name, c.width, got, c.want)
		}
	}
}

func TestMiddleAlwaysFits(t *testing.T) {
	for _, name := range []string{strings.Repeat("x", 255), strings.Repeat("é", 120) + ".mov", "e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301"} {
		for w := float32(1); w < 60; w++ {
			if got := Middle(name, w, mono); mono(got) > w {
				t.Fatalf("Middle at %v is %q, %v wide", w, got, mono(got))
			}
		}
	}
}

func TestMiddleKeepsAccentsWithTheirLetters(t *testing.T) {
	name := strings.Repeat("e\u0301", 40)
	for w := float32(3); w < 60; w++ {
		for _, part := range strings.Split(Middle(name, w, mono), ellipsis) {
			if strings.HasPrefix(part, "\u0301") || strings.HasSuffix(part, "e") {
				t.Fatalf("at %v an accent was cut from its letter: %q", w, Middle(name, w, mono))
			}
		}
	}
}

func TestEnd(t *testing.T) {
	if got := End("Waiting for the network", 12, mono); got != "Waiting for…" {
		t.Errorf("got %q", got)
	}
	if got := End("ok", 12, mono); got != "ok" {
		t.Errorf("got %q", got)
	}
}

func TestTwoLines(t *testing.T) {
	for _, c := range []struct {
		text          string
		width         float32
		first, second string
	}{
		{"one line", 20, "one line", ""},
		{"this one needs two lines", 14, "this one needs", "two lines"},
		{"this one needs far more than two lines", 14, "this one needs", "far more than…"},
		{"unbreakablebutlong", 10, "unbreakab…", ""},
	} {
		first, second := TwoLines(c.text, c.width, mono)
		if first != c.first || second != c.second {
			t.Errorf("TwoLines(%q, %v) = %q, %q, want %q, %q", c.text, c.width, first, second, c.first, c.second)
		}
	}
}
