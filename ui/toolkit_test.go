package ui

import (
	"testing"

	"fyne.io/fyne/v2/lang"

	"longshore/ui/words"
)

func TestTheToolkitSpeaksTheWindowsLanguage(t *testing.T) {
	teaches := func(l words.Language) {
		if err := teach(words.New(l, "en-GB")); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() { teaches("en") })
	for language, want := range map[words.Language]string{"de": "Ausschneiden", "fr": "Couper", "es": "Cortar", "en": "Cut"} {
		teaches(language)
		if got := lang.L("Cut"); got != want {
			t.Errorf("in %s a text field's menu says %q, want %q", language, got, want)
		}
	}
}

// TestTheToolkitsTextsAreItsOwn holds our names for its texts against what it knows: a name it dropped would be said
// by nobody.
func TestTheToolkitsTextsAreItsOwn(t *testing.T) {
	const unknown = "\x00"
	for name := range words.New("en", "en-GB").Toolkit() {
		if lang.X(name, unknown) == unknown {
			t.Errorf("the toolkit says nothing under %q", name)
		}
	}
}
