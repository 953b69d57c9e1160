package api

import "testing"

func TestCommas(t *testing.T) {
	for text, want := range map[string]int{
		"": 0, "{}": 0, "[1,2,3]": 2, `{"a":"1,2","b,":[{},{}]}`: 2, `["\",", "\\",","]`: 2, `"open, and never closed`: 0, `\,`: 1, `"\`: 0,
	} {
		if got := Commas([]byte(text)); got != want {
			t.Errorf("%s: %d, want %d", text, got, want)
		}
	}
}
