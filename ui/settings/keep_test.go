package settings

import (
	"testing"

	"longshore/ui/words"
	"longshore/uploader"
)

// Each choice says all of what is kept: two that read alike would be one to who chooses.
func TestKeepText(t *testing.T) {
	book := words.New("en", "en-GB")
	for want, k := range map[string]uploader.Keep{
		"For ever": {}, "365 days": {Days: 365}, "The newest 50": {Newest: 50}, "365 days · The newest 50": {Days: 365, Newest: 50},
	} {
		if got := keepText(book, k); got != want {
			t.Errorf("%+v is called %q, want %q", k, got, want)
		}
	}
}
