package words

import (
	"slices"
	"testing"

	"longshore/uploader"
)

func TestTitle(t *testing.T) {
	row := uploader.EntryRow{Name: "DOE_JOHN", Dir: true, Files: 5000, Study: "20261120 MR"}
	for locale, want := range map[string]string{
		"en-GB": "MR, 20 November 2026, 5,000 files", "en-US": "MR, November 20, 2026, 5,000 files", "de-DE": "MR, 20. November 2026, 5.000 Dateien",
		"fr-FR": "MR, 20 novembre 2026, 5\u202f000 fichiers", "es-ES": "MR, 20 de noviembre de 2026, 5000 archivos",
	} {
		if got := New(Language(locale[:2]), locale).Title(&row); got != want {
			t.Errorf("%s: %q, want %q", locale, got, want)
		}
	}
	en := New(English, "en-GB")
	for study, want := range map[uploader.Study]string{
		"": "DOE_JOHN", "- ": "Images, 5,000 files", "- CT/PT": "CT/PT, 5,000 files", "20261120 ": "Images, 20 November 2026, 5,000 files", "nonsense": "Images, 5,000 files",
	} {
		row.Study = study
		if got := en.Title(&row); got != want {
			t.Errorf("%q: %q, want %q", study, got, want)
		}
	}
}

func TestDistinct(t *testing.T) {
	v := func(name, host string) uploader.Vault {
		return uploader.Vault{Name: name, SignerURL: "https://" + host}
	}
	got := Distinct([]uploader.Vault{v("A", "x"), v("B", "x"), v("B", "y"), v("B", "y"), v("All", "z")}, func(v uploader.Vault) string { return v.Name }, "All")
	want := []string{"A", "B · x", "B · y", "B · y (2)", "All · z"}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}
