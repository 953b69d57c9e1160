package words

import (
	"testing"
	"time"

	"longshore/uploader"
)

// Numbers, sizes, dates and times are written as people there write them.
func TestForms(t *testing.T) {
	at := time.Date(2026, 12, 1, 14, 5, 0, 0, time.UTC)
	for _, c := range []struct {
		language             Language
		locale               string
		small, large, size   string
		percent, left1, when string
	}{
		{English, "en", "5,000", "1,234,567", "11.8 MB", "48 %", "1 h 20 min left", "Tuesday 1 December 14:05"},
		{English, "en-US", "5,000", "1,234,567", "11.8 MB", "48 %", "1 h 20 min left", "Tuesday, December 1, 2:05 PM"},
		{English, "de-DE", "5,000", "1,234,567", "11.8 MB", "48 %", "1 h 20 min left", "Tuesday 1 December 14:05"},
		{German, "de-DE", "5.000", "1.234.567", "11,8\u00A0MB", "48\u00A0%", "noch 1 h 20 min", "Dienstag, 1. Dezember um 14:05 Uhr"},
		{German, "de-CH", "5’000", "1’234’567", "11.8\u00A0MB", "48\u00A0%", "noch 1 h 20 min", "Dienstag, 1. Dezember um 14:05 Uhr"},
		{French, "fr-FR", "5\u202F000", "1\u202F234\u202F567", "11,8\u00A0Mo", "48\u00A0%", "encore 1 h 20 min", "mardi 1er décembre à 14:05"},
		{Spanish, "es-ES", "5000", "1.234.567", "11,8\u00A0MB", "48\u00A0%", "queda 1 h 20 min", "martes 1 de diciembre a las 14:05"},
		{Spanish, "es-MX", "5,000", "1,234,567", "11.8\u00A0MB", "48\u00A0%", "queda 1 h 20 min", "martes 1 de diciembre a las 14:05"},
	} {
		b := New(c.language, c.locale)
		for _, p := range [][2]string{
			{b.Number(5000), c.small}, {b.Number(1234567), c.large}, {b.Bytes(11_800_000), c.size}, {b.Percent(0.48), c.percent},
			{b.Left(80 * time.Minute), c.left1}, {b.When(at), c.when},
		} {
			if p[0] != p[1] {
				t.Errorf("%s on %s: %q, want %q", c.language, c.locale, p[0], p[1])
			}
		}
	}
	if got := New(German, "").Number(-1234); got != "-1.234" {
		t.Errorf("negative: %q", got)
	}
}

func TestPlurals(t *testing.T) {
	for l, want := range map[Language][3]string{
		English: {"0 files", "1 file", "2 files"}, German: {"0 Dateien", "1 Datei", "2 Dateien"},
		French: {"0 fichier", "1 fichier", "2 fichiers"}, Spanish: {"0 archivos", "1 archivo", "2 archivos"},
	} {
		for n, w := range want {
			if got := New(l, "").Files(n); got != w {
				t.Errorf("%s: %q, want %q", l, got, w)
			}
		}
	}
	for l, want := range map[Language]string{
		German:  "1 von 4 Dateien gespeichert · 1 wartet · 2 fehlgeschlagen",
		French:  "1 fichier enregistré sur 4 · 1 en attente · 2 échecs",
		Spanish: "1 de 4 archivos guardados · 1 en espera · 2 fallidos",
	} {
		if got := New(l, "").Counts(uploader.Totals{Files: 4, FilesDone: 1, FilesWaiting: 1, FilesFailed: 2}); got != want {
			t.Errorf("%s: %q, want %q", l, got, want)
		}
	}
}

func TestStatesInGerman(t *testing.T) {
	b := New(German, "de-DE")
	for want, e := range map[string]uploader.EntryRow{
		"Teil 12 von 40 wird gesendet, 11,8\u00A0MB/s, noch 2 min": {State: uploader.Uploading, Files: 1, Part: 11, Parts: 40, Rate: 11.8e6, Left: 2 * time.Minute},
		"Wird gesendet, 120 von 5.000 Dateien gespeichert":         {State: uploader.Uploading, Dir: true, Files: 5000, FilesDone: 120},
		"Wartet auf das Netz. " + b.Sentence(uploader.CodeNetwork): {State: uploader.Waiting, Reason: uploader.WaitNetwork, Code: uploader.CodeNetwork},
		"3 von 120 Dateien nicht gespeichert. Sie dürfen das hier nicht speichern. Fragen Sie Ihre IT-Administration, dann wählen Sie „Wiederholen“.": {
			State: uploader.Failed, Dir: true, Files: 120, FilesFailed: 3, Code: uploader.CodeForbidden},
	} {
		if got := b.State(&e); got != want {
			t.Errorf("%s: %q, want %q", e.State, got, want)
		}
	}
}
