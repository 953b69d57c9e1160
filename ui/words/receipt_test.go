package words

import (
	"strings"
	"testing"
	"time"

	"longshore/uploader"
)

func TestReceiptInWords(t *testing.T) {
	at := time.Date(2026, 11, 1, 15, 4, 0, 0, time.Local)
	r := &uploader.Receipt{Path: "/d/a/x\u202Egpj.dcm", Size: 1234567, FinishedAt: at, Key: "k/1", ETag: `"e"`, Verified: uploader.VerifiedFullObject, Source: "read"}
	for locale, want := range map[string]string{
		"en-GB": "1.2 MB · 1 November 2026, 15:04 · North · The vault confirmed", "en-US": "November 1, 2026, 3:04 PM", "de": "1. November 2026, 15:04 Uhr",
		"fr": "1er novembre 2026, 15:04", "es": "1 de noviembre de 2026, 15:04",
	} {
		if got := New(System, locale).ReceiptLine(r, "North"); !strings.Contains(got, want) {
			t.Errorf("%s: %q", locale, got)
		}
	}
	var all string
	for _, f := range New(English, "").Receipt(r, "North") {
		all += f[0] + ": " + f[1] + "\n"
	}
	for _, want := range []string{"Name: x\uFFFDgpj.dcm\n", "(1,234,567 B)", "Key: k/1\n", "The file was read whole in one go."} {
		if !strings.Contains(all, want) {
			t.Errorf("no %q in\n%s", want, all)
		}
	}
	if strings.Contains(all, "Checksum") || strings.Contains(all, "Manifest") {
		t.Errorf("it says what is not known:\n%s", all)
	}
	b := New(English, "")
	for s, want := range map[uploader.Standing]Key{
		uploader.StandingSame: VerdictSame, uploader.StandingGone: VerdictGone, uploader.StandingAnother: VerdictAnother, uploader.StandingUnknown: VerdictUnknown,
	} {
		if got := b.Verdict(uploader.Verdict{Standing: s}); got != b.Say(want) {
			t.Errorf("%s: %q", s, got)
		}
	}
}
