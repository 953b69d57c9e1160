package signin

import (
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
)

// The page is in the language of who reads it, and there is one in each language of the window.
func TestThePageSpeaksItsReadersLanguage(t *testing.T) {
	for accepted, want := range map[string]string{
		"": "en", "de-AT,de;q=0.9,en;q=0.8": "de", "pt-BR, FR-ch;q=0.7, en;q=0.5": "fr", "es-419": "es", "ja,zh;q=0.5": "en",
		"<script>": "en", "en-GB,de": "en",
	} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
		r.Header.Set("Accept-Language", accepted)
		w := httptest.NewRecorder()
		show(w, r, http.StatusOK, pageDone)
		if got := w.Body.String(); !strings.Contains(got, `<html lang="`+want+`"`) || !strings.Contains(got, texts()[want][pageDone].title) {
			t.Errorf("%q gets\n%s", accepted, got)
		}
	}
	catalogues, err := filepath.Glob("../../assets/translations/*.json")
	if err != nil || len(catalogues) != len(texts()) {
		t.Errorf("%d languages of the window, %d of the page: %v", len(catalogues), len(texts()), err)
	}
	for _, c := range catalogues {
		l := strings.TrimSuffix(filepath.Base(c), ".json")
		for p, page := range texts()[l] {
			if page.title == "" || page.body == "" || l != "en" && page == texts()["en"][p] {
				t.Errorf("%s: page %d is %q", l, p, page)
			}
		}
	}
}
