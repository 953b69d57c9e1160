package place

import "testing"

func TestOnlyWhatCanBeSeenIsAPlace(t *testing.T) {
	for p, want := range map[Point]bool{
		{0, 0}: true, {1000, 500}: true, {-40, 0}: true, {1919, 10}: false, {10, 1079}: false, {-500, 10}: false, {10, -300}: false, {4000, 10}: false,
	} {
		if got := visible(p, 1920, 1080); got != want {
			t.Errorf("%v on 1920x1080: %v", p, got)
		}
	}
}
