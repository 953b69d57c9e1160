package signer_test

import (
	"net/http"
	"testing"

	"longshore/signer"
	"longshore/signer/api"
)

// FuzzSessionCookie: no cookie but one that was sealed signs anybody in.
func FuzzSessionCookie(f *testing.F) {
	// A key of its own for each process: fuzzing's workers share inputs.
	v := pageVault(f, func(c *signer.Config) { c.SealKeys = [][]byte{randomBytes(32)} })
	begun := v.begin(pageOrigin)
	for _, s := range []string{"", "A", begun.Value, begun.Value[1:], begun.Value + "A"} {
		f.Add(s, true)
	}
	f.Fuzz(func(t *testing.T, value string, secure bool) {
		v.t = t
		name := map[bool]string{true: "__Host-longshore-session", false: "longshore-session"}[secure]
		a := v.post(api.PathInitUpload, initRequest([]byte("x")), from(pageOrigin), func(r *http.Request) { r.Header.Set("Cookie", name+"="+value) })
		if signedIn := a.status == http.StatusOK; signedIn != (secure && value == begun.Value) {
			t.Errorf("%q: %d %s", value, a.status, a.body)
		}
	})
}
