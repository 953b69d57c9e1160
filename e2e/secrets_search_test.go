package e2e

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"
)

// secret is something planted that may be found in no log, no crash and no
// error text.
type secret struct {
	what  string
	value string
	// used tells whether the run brought it where it could have leaked. A secret
	// that was never used proves nothing.
	used func() bool
}

// spellings are the forms in which a secret could come to light: as it is, as
// in URLs, in JSON, in base64 (standing alone, and within other text), in hex,
// composed and decomposed. Case is left to the search.
func spellings(value string) []string {
	all := map[string]bool{}
	for _, v := range []string{value, norm.NFC.String(value), norm.NFD.String(value)} {
		quoted, err := json.Marshal(v)
		if err != nil {
			panic(err) // a string always marshals
		}
		for _, s := range []string{
			v, url.QueryEscape(v), url.PathEscape(v), (&url.URL{Path: v}).EscapedPath(), url.PathEscape(url.PathEscape(v)),
			strings.Trim(string(quoted), `"`), strings.Trim(fmt.Sprintf("%+q", v), `"`), strings.Trim(fmt.Sprintf("%q", v), `"`),
			hex.EncodeToString([]byte(v)),
		} {
			all[s] = true
		}
		for shift := range 3 { // base64 of any text around it holds one of these three
			if len(v) < 8 {
				break
			}
			raw := append(make([]byte, shift), v...)
			raw = raw[:len(raw)/3*3]
			skip := (shift + 2) / 3 * 4
			all[base64.StdEncoding.EncodeToString(raw)[skip:]] = true
			all[base64.URLEncoding.EncodeToString(raw)[skip:]] = true
		}
	}
	delete(all, "")
	var out []string
	for s := range all {
		out = append(out, s)
	}
	return out
}

// search looks for secrets in a text, in every spelling and case.
func search(t testing.TB, where string, text []byte, secrets []secret) {
	t.Helper()
	low := bytes.ToLower(text)
	for _, s := range secrets {
		for _, form := range spellings(s.value) {
			if at := bytes.Index(low, []byte(strings.ToLower(form))); at >= 0 {
				from, to := max(0, at-150), min(len(text), at+len(form)+100)
				t.Errorf("%s holds %s (as %.60q):\n… %s …", where, s.what, form, text[from:to])
				break
			}
		}
	}
}

// wantAllUsed fails for what was planted and came nowhere.
func wantAllUsed(t testing.TB, secrets []secret) {
	t.Helper()
	for _, s := range secrets {
		if len(s.value) < 4 || s.used == nil || !s.used() {
			t.Errorf("%s was never brought where it could leak: the test tests nothing of it", s.what)
		}
	}
}

// TestSearchFindsEverySpelling: a search that finds nothing must be one that
// could.
func TestSearchFindsEverySpelling(t *testing.T) {
	for _, value := range []string{"Müller, Anna 4711-0815", "MUELLER^ANNA_19630412", "tok/en+with=odd~signs-0123456789"} {
		odd := strings.ToUpper(norm.NFD.String(value))
		for _, text := range []string{
			"x" + value + "y", odd, url.QueryEscape(value), "https://h/" + url.PathEscape(value) + "?a", fmt.Sprintf("%q", value), fmt.Sprintf("%+q", value),
			base64.StdEncoding.EncodeToString([]byte("user:" + value)), base64.RawURLEncoding.EncodeToString([]byte("ab" + value + "c")),
			base64.StdEncoding.EncodeToString([]byte(value)), hex.EncodeToString([]byte(value)), strings.ToUpper(url.QueryEscape(value)),
		} {
			probe := &recorder{TB: t}
			search(probe, "the text", []byte(text), []secret{{what: "the secret", value: value}})
			if !probe.failed {
				t.Errorf("%q is not found in %q", value, text)
			}
		}
	}
}

// recorder notes a failure instead of having it.
type recorder struct {
	testing.TB
	failed bool
}

func (r *recorder) Errorf(string, ...any) { r.failed = true }
