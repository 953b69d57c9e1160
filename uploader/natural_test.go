package uploader

import (
	"math/rand/v2"
	"slices"
	"testing"
)

func TestNaturalOrder(t *testing.T) {
	want := []string{
		"", "0", "001", "01", "1", "2", "9a", "10", "10a", "10b", "A", "a", "a1", "A2", "a2", "a02b", "a2c", "a10", "B",
		"Slice 9.dcm", "slice 10.dcm", "slice 99999999999999999999999.dcm", "slice 100000000000000000000000.dcm", "z", "ä", "日本",
	}
	for range 50 {
		got := slices.Clone(want)
		rand.Shuffle(len(got), func(i, j int) { got[i], got[j] = got[j], got[i] })
		slices.SortFunc(got, CompareNames)
		if !slices.Equal(got, want) {
			t.Fatalf("got  %q\nwant %q", got, want)
		}
	}
}

func FuzzNaturalOrderIsAnOrder(f *testing.F) {
	f.Add("a1", "a01", "A1")
	f.Fuzz(func(t *testing.T, a, b, c string) {
		sign := func(x, y string) int {
			switch d := CompareNames(x, y); {
			case d < 0:
				return -1
			case d > 0:
				return 1
			}
			return 0
		}
		if (sign(a, b) == 0) != (a == b) || sign(a, b) != -sign(b, a) {
			t.Errorf("%q and %q: %d and %d", a, b, sign(a, b), sign(b, a))
		}
		if sign(a, b) < 0 && sign(b, c) < 0 && sign(a, c) >= 0 {
			t.Errorf("%q < %q < %q, but not the first before the last", a, b, c)
		}
	})
}
