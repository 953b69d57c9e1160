package e2e

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"longshore/internal/s3test"
	"longshore/signer/api"
)

// TestProbeDecides: an error of the probe is no answer; the answer is kept; the
// operator's word counts more than the probe.
func TestProbeDecides(t *testing.T) {
	r, _ := newCareless(t)
	probes := func(x exchange) bool { return x.Op == opPart && strings.HasSuffix(x.Key, "/probe") }
	start := func(more ...string) (*proc, string) {
		addr := s3test.FreeAddr(t)
		args := append(append([]string{}, r.args...), "--listen", addr)
		p := startProc(t, childOptions{env: r.env}, program(t, "longshore-signer"), append(args, more...)...)
		return p, "http://" + addr
	}
	t.Run("an error is not ready", func(t *testing.T) {
		r.reset(t)
		failing := r.data.on(probes, -1, fault{answer: s3Says(500, "InternalError", "We encountered an internal error.")})
		p, url := start()
		waitFor(t, "two probes", func() bool { return r.data.hits(failing) >= 2 })
		wantCode(t, get(t, url+api.PathCapabilities), api.CodeNotReady)
		if a := get(t, url+api.PathReady); a.status != http.StatusServiceUnavailable {
			t.Errorf("readyz: %d %s", a.status, a.body)
		}
		if readyLine.MatchString(p.stdout.String()) {
			t.Error("the signer says that it is ready")
		}
		r.data.mend(failing)
		waitFor(t, "the ready line", func() bool { return readyLine.MatchString(p.stdout.String()) })
		n := r.data.count(probes)
		for range 10 {
			if got := capabilities(t, url).Checksum; got != "md5" {
				t.Errorf("capabilities say %q, want md5", got)
			}
		}
		if again := r.data.count(probes); again != n {
			t.Errorf("the answer was not kept: %d more probes", again-n)
		}
	})
	for _, mode := range []string{"md5", "crc64nvme"} {
		t.Run("told "+mode, func(t *testing.T) {
			r.reset(t)
			p, url := start("--checksum", mode)
			waitFor(t, "the ready line", func() bool { return readyLine.MatchString(p.stdout.String()) })
			if got := capabilities(t, url).Checksum; got != mode {
				t.Errorf("capabilities say %q, want %q", got, mode)
			}
			if n := r.data.count(probes); n != 0 {
				t.Errorf("the storage was asked %d times what the operator had said", n)
			}
		})
	}
}

// TestReceiptsClaimWhatWasVerified: by vault, and by how the file was read.
func TestReceiptsClaimWhatWasVerified(t *testing.T) {
	home := t.TempDir()
	large, small := filepath.Join(home, "large.bin"), filepath.Join(home, "small.bin")
	makeFile(t, large, partSize+11, 76)
	writeFile(t, small, seeded(1234, 77))
	lying, _ := s3test.NewCareless(t, s3test.VersityGW(t))
	for name, x := range map[string]struct {
		r        *rig
		verified string
	}{
		"an honest server":                  {newVersity(t), "full-object-crc64nvme"},
		"an honest one that is told md5":    {newVersity(t, "--checksum", "md5"), "part-md5"},
		"a careless one":                    {newRig(t, lying), "part-md5"},
		"a careless one, told to be honest": {newRig(t, lying, "--checksum", "crc64nvme"), "size-only"},
	} {
		t.Run(name, func(t *testing.T) {
			c := newClientAt(t, home)
			p := c.run(t, "upload", "--signer", x.r.URL, "--json", large, small)
			p.wantExit(t, 0)
			receipts := c.claims(t)
			for _, got := range p.results(t) {
				full := x.verified == "full-object-crc64nvme"
				if want := crcOf(readAll(t, got.Path)); got.Verified != x.verified || full && got.Checksum != want || !full && got.Checksum != "" {
					t.Errorf("%s: claims %q with the checksum %q, want %q", filepath.Base(got.Path), got.Verified, got.Checksum, x.verified)
				}
				if rc := receipts[got.Path]; rc.Verified != got.Verified || rc.Checksum != got.Checksum || rc.Source != "read" {
					t.Errorf("%s: the receipt claims %+v", filepath.Base(got.Path), rc)
				}
				x.r.wantBytes(t, got.Key, readAll(t, got.Path))
			}
		})
	}
	t.Run("a client without checksums", func(t *testing.T) {
		r := newRig(t, lying, "--allow-simple-clients")
		f, err := os.Open(large)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		key, err := simplestClient(r.URL, "simple.bin", f)
		if err != nil {
			t.Fatal(err)
		}
		r.wantBytes(t, key, readAll(t, large))
		answers := r.control.exchanges(isOp(api.PathCompleteUpload))
		if len(answers) != 1 {
			t.Fatalf("%d calls to complete", len(answers))
		}
		again := decode[api.Object](t, replay(t, r.URL, answers[0]))
		if again.Verified != "size-only" || again.Checksum != "" {
			t.Errorf("complete claims %q and %q, want size-only", again.Verified, again.Checksum)
		}
	})
}

// TestCompleteWithoutChecksumIsLookedAt: the server lies in the other way: it
// verifies, and its 200 to Complete does not say so. That is no answer; a look
// at the object settles it.
func TestCompleteWithoutChecksumIsLookedAt(t *testing.T) {
	onBoth(t, func(t *testing.T, r *rig) {
		c := newClient(t)
		path := filepath.Join(c.home, "looked.bin")
		makeFile(t, path, partSize+777, 78)
		r.reset(t)
		silent := r.data.on(isOp(opComplete), -1, fault{editAnswer: func(b []byte) []byte {
			s := string(b)
			for _, name := range []string{"ChecksumCRC64NVME", "ChecksumType"} {
				from, to := strings.Index(s, "<"+name+">"), strings.Index(s, "</"+name+">")
				if from < 0 || to < from {
					continue
				}
				s = s[:from] + s[to+len("</"+name+">"):]
			}
			return []byte(s)
		}})
		heads := r.data.count(isOp(opHead))
		p := c.run(t, "upload", "--signer", r.URL, "--json", path)
		p.wantExit(t, 0)
		p.result(t).wantDone(t, partSize+777)
		r.wantBytes(t, p.result(t).Key, readAll(t, path))
		if r.data.hits(silent) != 1 {
			t.Errorf("complete was sent %d times, want once: a look settles it", r.data.hits(silent))
		}
		if r.data.count(isOp(opHead)) == heads {
			t.Error("nobody looked at the object")
		}
	})
}
