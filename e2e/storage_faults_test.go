package e2e

import (
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/s3"

	"longshore/signer/api"
)

// s3Says is an error of S3.
func s3Says(status int, code, message string) *canned {
	return &canned{status: status, header: http.Header{"Content-Type": {"application/xml"}},
		body: fmt.Sprintf(`<?xml version="1.0" encoding="UTF-8"?><Error><Code>%s</Code><Message>%s</Message><RequestId>E2E</RequestId></Error>`, code, message)}
}

var (
	htmlPage = &canned{status: 200, header: http.Header{"Content-Type": {"text/html; charset=utf-8"}}, body: "<!DOCTYPE html><title>Welcome to Hotel WiFi</title>"}
	redirect = &canned{status: 307, header: http.Header{"Location": {"http://127.0.0.1:9/elsewhere"}}}
)

// TestStorageFaultsArePassing: what goes wrong once on the way to storage ends
// as a stored file, without a question to the user and without a second copy.
func TestStorageFaultsArePassing(t *testing.T) {
	r := newVersity(t)
	home := t.TempDir()
	large, small := filepath.Join(home, "large.bin"), filepath.Join(home, "small.bin")
	const largeSize, smallSize = partSize + 200_999, 300_000
	makeFile(t, large, largeSize, 31)
	writeFile(t, small, seeded(smallSize, 32))

	cases := []struct {
		name  string
		fault fault
		times int
		free  int // how many times the bytes may be sent again
	}{
		{"403 expired", fault{answer: s3Says(403, "AccessDenied", "Request has expired")}, 2, 2},
		{"403 skewed clock", fault{answer: s3Says(403, "RequestTimeTooSkewed", "The difference between the request time and the current time is too large.")}, 2, 2},
		{"403 denied", fault{answer: s3Says(403, "AccessDenied", "Access Denied")}, 1, 1},
		{"404 NoSuchUpload", fault{answer: s3Says(404, "NoSuchUpload", "The specified upload does not exist.")}, 1, 1},
		{"500", fault{answer: s3Says(500, "InternalError", "We encountered an internal error. Please try again.")}, 2, 2},
		{"502 of a proxy", fault{answer: &canned{status: 502, body: "Bad Gateway"}}, 1, 1},
		{"503 slow down", fault{answer: &canned{status: 503, header: http.Header{"Retry-After": {"1"}}, body: s3Says(503, "SlowDown", "Reduce your request rate.").body}}, 2, 2},
		{"408 of a proxy", fault{answer: &canned{status: 408}}, 1, 1},
		{"a web page", fault{answer: htmlPage}, 1, 1},
		{"a redirect", fault{answer: redirect}, 1, 1},
		{"cut in the middle of the body", fault{cutAt: 150_000}, 3, 3},
		{"an altered byte", fault{corruptAt: 77_777}, 1, 1},
		{"stored, and the answer lost", fault{dropAnswer: true}, 1, 0},
		{"stored, and 500 said", fault{swapAnswer: s3Says(500, "InternalError", "We encountered an internal error. Please try again.")}, 1, 1},
		{"stored, and a web page said", fault{swapAnswer: htmlPage}, 1, 1},
	}
	for _, c := range cases {
		for _, f := range []struct {
			kind string
			path string
			op   string
			size int64
		}{{"part", large, opPart, largeSize}, {"single", small, opPut, smallSize}} {
			t.Run(c.name+" "+f.kind, func(t *testing.T) {
				t.Parallel()
				c, f, cl := c, f, newClient(t)
				mine := ownFile(t, cl, f.path)
				rule := r.data.on(func(x exchange) bool { return x.Op == f.op && strings.HasSuffix(x.Key, filepath.Base(mine)) }, c.times, c.fault)
				p := cl.run(t, "upload", "--signer", r.URL, "--json", mine)
				p.wantExit(t, 0)
				got := p.result(t)
				got.wantDone(t, f.size)
				wantSameFile(t, r.path(got.Key), mine)
				if n := r.data.hits(rule); n != c.times {
					t.Errorf("the fault came %d times, want %d: the test tests nothing", n, c.times)
				}
				puts := r.data.count(func(x exchange) bool { return x.Op == f.op && strings.HasSuffix(x.Key, filepath.Base(mine)) })
				if want := int((f.size-1)/partSize) + 1 + c.free; puts > want && c.name != "404 NoSuchUpload" {
					t.Errorf("%d PUTs, want %d at most", puts, want)
				}
			})
		}
	}
	t.Cleanup(func() { r.wantNoOpenUploads(t) })
}

// ownFile gives a test a name of its own for a file, so that its requests can be
// told from those of the others.
func ownFile(t testing.TB, c *client, path string) string {
	t.Helper()
	mine := filepath.Join(c.home, strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return '-'
	}, strings.ToLower(t.Name()))+filepath.Ext(path))
	copyFile(t, path, mine)
	return mine
}

// TestStorageFaultsThatStayAreSaid: what stays wrong is said in its sentence
// while the job waits or is tried again, is never called done, and goes on by
// itself once it is mended.
func TestStorageFaultsThatStayAreSaid(t *testing.T) {
	r := newVersity(t)
	home := t.TempDir()
	path := filepath.Join(home, "file.bin")
	makeFile(t, path, partSize+5000, 33)
	cases := []struct {
		name  string
		fault fault
		says  string
	}{
		{"skewed clock", fault{answer: s3Says(403, "RequestTimeTooSkewed", "x")}, "The clocks of the vault's machines differ too much"},
		{"URLs that are always over", fault{answer: s3Says(403, "AccessDenied", "Request has expired")}, "The clocks of the vault's machines differ too much"},
		{"busy", fault{answer: s3Says(503, "SlowDown", "x")}, "The vault is busy and asked to wait."},
		{"out of order", fault{answer: s3Says(500, "InternalError", "x")}, "The vault has a fault at the moment."},
		{"altered on the way", fault{corruptAt: 1234}, "Some bytes were damaged on the way and refused by storage."},
		{"a start page", fault{answer: htmlPage}, "What answers at the vault's address is not a Longshore signer."},
		{"a redirect", fault{answer: redirect}, "What answers at the vault's address is not a Longshore signer."},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c, cl := c, newClient(t)
			mine := ownFile(t, cl, path)
			broken := func(x exchange) bool { return x.Op == opPart && strings.HasSuffix(x.Key, filepath.Base(mine)) }
			rule := r.data.on(broken, -1, c.fault)
			p := cl.start(t, "upload", "--signer", r.URL, "--json", mine)
			waitFor(t, "the sentence "+c.says, func() bool {
				return !p.running() || strings.Contains(p.stderr.String(), c.says)
			})
			if !p.running() {
				t.Fatalf("it gave up: %s", p.stderr.String())
			}
			waitFor(t, "three refusals", func() bool { return r.data.hits(rule) >= 3 })
			if v := cl.status(t); v.Done != 0 || !v.Running || len(v.Entries) != 1 {
				t.Errorf("the queue meanwhile: %+v", v)
			}
			r.data.mend(rule)
			p.wantExit(t, 0)
			got := p.result(t)
			got.wantDone(t, partSize+5000)
			wantSameFile(t, r.path(got.Key), mine)
		})
	}
	t.Cleanup(func() { r.wantNoOpenUploads(t) })
}

// TestWrongWholeIsNeverDone: the claim about the whole object is altered on its
// way. Both servers refuse it each time, the user reads why it is tried again,
// and resume stores it once nobody alters anything.
func TestWrongWholeIsNeverDone(t *testing.T) {
	onBoth(t, func(t *testing.T, r *rig) {
		c := newClient(t)
		path := filepath.Join(c.home, "whole.bin")
		makeFile(t, path, partSize+4321, 34)
		wrong := crcOf([]byte("something else"))
		rule := r.control.on(isOp(api.PathCompleteUpload), -1, fault{rewrite: func(body []byte) []byte {
			return []byte(lastChecksum.ReplaceAllString(string(body), `"checksum":"`+wrong+`"}`))
		}})
		p := c.run(t, "upload", "--signer", r.URL, "--json", path)
		p.wantExit(t, 1)
		if got := p.result(t); got.State != "failed" || got.Error == nil || got.Error.Code != "bad-digest" || r.control.hits(rule) < 3 {
			t.Errorf("after %d refusals: %s", r.control.hits(rule), p.stdout.String())
		}
		if !strings.Contains(p.stderr.String(), "Some bytes were damaged on the way and refused by storage.") {
			t.Errorf("it said %q", p.stderr.String())
		}
		r.settle(t)
		for key := range r.s3.Objects(t) {
			t.Errorf("an object was stored: %s", key)
		}
		r.control.clear()
		p = c.run(t, "resume", "--json")
		p.wantExit(t, 0)
		got := p.result(t)
		got.wantDone(t, partSize+4321)
		r.wantBytes(t, got.Key, readAll(t, path))
		r.wantNoOpenUploads(t, got.Key)
	})
}

// TestTamperedPartsEndWhole: bytes altered on the way are sent again, on both
// servers.
func TestTamperedPartsEndWhole(t *testing.T) {
	onBoth(t, func(t *testing.T, r *rig) {
		c := newClient(t)
		large, small := filepath.Join(c.home, "large.bin"), filepath.Join(c.home, "small.bin")
		makeFile(t, large, partSize+4321, 35)
		writeFile(t, small, seeded(5000, 36))
		first := r.data.on(partNo(1), 1, fault{corruptAt: partSize})
		second := r.data.on(partNo(2), 2, fault{corruptAt: 1})
		single := r.data.on(isOp(opPut), 2, fault{corruptAt: 5000})
		p := c.run(t, "upload", "--signer", r.URL, "--json", large, small)
		p.wantExit(t, 0)
		for _, got := range p.results(t) {
			got.wantDone(t, int64(len(readAll(t, got.Path))))
			r.wantBytes(t, got.Key, readAll(t, got.Path))
			r.wantNoOpenUploads(t, got.Key)
		}
		if r.data.hits(first) != 1 || r.data.hits(second) != 2 || r.data.hits(single) != 2 {
			t.Error("not all of the tampering took place")
		}
	})
}

// TestRefusedCompletesAreClearFailures: what S3 says to Complete and cannot be
// mended by trying again.
func TestRefusedCompletesAreClearFailures(t *testing.T) {
	r := newVersity(t)
	cases := []struct {
		name   string
		answer *canned
		says   string
	}{
		{"400 EntityTooSmall", s3Says(400, "EntityTooSmall", "x"), "Storage refused the upload because a part is too small."},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r.reset(t)
			cl := newClient(t)
			path := filepath.Join(cl.home, "file.bin")
			makeFile(t, path, partSize+1, 37)
			r.data.on(isOp(opComplete), -1, fault{answer: c.answer})
			p := cl.run(t, "upload", "--signer", r.URL, "--json", path)
			p.wantExit(t, 1)
			got := p.result(t)
			if got.State != "failed" || got.Error == nil || !strings.Contains(got.Error.Sentence, c.says) {
				t.Errorf("the result is %+v %+v", got, got.Error)
			}
			if !strings.Contains(p.stderr.String(), c.says) {
				t.Errorf("not said to the user: %s", p.stderr.String())
			}
			r.wantNoOpenUploads(t)
			r.data.clear()
			p = cl.run(t, "resume", "--json")
			p.wantExit(t, 0)
			p.result(t).wantDone(t, partSize+1)
			wantSameFile(t, r.path(p.result(t).Key), path)
			r.wantNoOpenUploads(t)
		})
	}
}

// TestSomebodyElsesObjectStays: 412 means that something is at the key. What is
// there is looked at and left alone.
func TestSomebodyElsesObjectStays(t *testing.T) {
	r := newVersity(t)
	t.Run("our own, from an answer that was lost", func(t *testing.T) {
		c := newClient(t)
		path := filepath.Join(c.home, "ours.bin")
		makeFile(t, path, partSize+1, 38)
		r.data.on(isOp(opComplete), 1, fault{swapAnswer: s3Says(412, "PreconditionFailed", "x")})
		p := c.run(t, "upload", "--signer", r.URL, "--json", path)
		p.wantExit(t, 0)
		p.result(t).wantDone(t, partSize+1)
		r.wantNoOpenUploads(t)
	})
	t.Run("a stranger's", func(t *testing.T) {
		r.reset(t)
		c := newClient(t)
		path := filepath.Join(c.home, "single.bin")
		writeFile(t, path, seeded(1000, 39))
		h := newHold()
		r.data.on(isOp(opPut), 1, fault{holdBefore: h})
		p := c.start(t, "upload", "--signer", r.URL, "--json", path)
		h.await(t, "the PUT")
		key := r.data.exchanges(isOp(opPut))[0].Key
		if _, err := r.s3.Client().PutObject(t.Context(), &s3.PutObjectInput{
			Bucket: &r.s3.Bucket, Key: &key, Body: strings.NewReader("somebody else's"),
		}); err != nil {
			t.Fatal(err)
		}
		h.free()
		p.wantExit(t, 1)
		got := p.result(t)
		if got.State != "failed" || got.Error == nil || !strings.Contains(got.Error.Sentence, "it was not touched") {
			t.Errorf("the result is %+v %+v", got, got.Error)
		}
		wantStored(t, r.path(key), []byte("somebody else's"))
		p = c.run(t, "resume", "--json") // a new attempt, hence another key
		p.wantExit(t, 0)
		again := p.result(t)
		again.wantDone(t, 1000)
		if again.Key == key {
			t.Error("the stranger's key was used again")
		}
		wantStored(t, r.path(key), []byte("somebody else's"))
	})
}
