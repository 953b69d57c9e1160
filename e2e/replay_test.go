package e2e

import (
	"net/http"
	"path/filepath"
	"testing"

	"longshore/signer/api"
)

// TestEverythingCapturedAndReplayed records all that passed on the wire while
// the CLI stored a large and a small file, and sends it all again: every call
// to the signer, every signed PUT, and the signer's own Complete at S3. Nothing
// that is stored changes.
func TestEverythingCapturedAndReplayed(t *testing.T) {
	onBoth(t, func(t *testing.T, r *rig) {
		r.reset(t) // forget the signer's probe
		r.data.record()
		c := newClient(t)
		large, small := filepath.Join(c.home, "large.bin"), filepath.Join(c.home, "small.bin")
		makeFile(t, large, partSize+100, 91)
		writeFile(t, small, seeded(10_000, 92))
		p := c.run(t, "upload", "--signer", r.URL, "--json", large, small)
		p.wantExit(t, 0)
		results := p.results(t)
		before := map[string]api.ObjectStat{}
		for _, got := range results {
			before[got.Key] = statOf(t, r.direct, got.Key)
		}
		captured := r.data.exchanges(isOp(opPart, opPut, opComplete))
		if len(captured) != 4 { // two parts, their Complete, one single PUT
			t.Fatalf("%d requests were captured, want 4", len(captured))
		}
		for _, x := range captured {
			a := replay(t, r.data.URL, x)
			if x.Op == opPut && a.status != http.StatusPreconditionFailed {
				t.Errorf("the captured PUT again: %d, want 412", a.status)
			}
			if x.Op == opPart && !a.refused(http.StatusNotFound) {
				t.Errorf("a captured part again: %d, want 404", a.status)
			}
		}
		for _, x := range r.control.exchanges(func(x exchange) bool { return x.Method == http.MethodPost }) {
			replay(t, r.direct, x)
		}
		for _, got := range results {
			if after := statOf(t, r.direct, got.Key); after != before[got.Key] {
				t.Errorf("the object changed from %+v to %+v", before[got.Key], after)
			}
			r.wantBytes(t, got.Key, readAll(t, got.Path))
			r.wantNoOpenUploads(t, got.Key)
		}
	})
}

// replay sends a captured request again, exactly.
func replay(t testing.TB, base string, x exchange) answer {
	t.Helper()
	header := map[string]string{}
	for k, v := range x.Header {
		header[k] = v[0]
	}
	return send(t, x.Method, base+x.URL, header, x.Request)
}
