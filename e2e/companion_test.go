package e2e

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"longshore/internal/s3test"
)

// companionRig is a stock Uppy Companion before a real S3 server: client →
// control → Companion → data → S3, and client → data → S3.
type companionRig struct {
	s3      *s3test.Server
	data    *proxy
	control *proxy
	URL     string
	program *proc
}

// newCompanion runs the @uppy/companion of npm as its own program does.
func newCompanion(t *testing.T) *companionRig {
	t.Helper()
	r := &companionRig{s3: s3test.VersityGW(t)}
	r.data = newProxy(t, r.s3.Endpoint)
	address := deadAddress(t)
	_, port, _ := strings.Cut(address, ":")
	home := t.TempDir()
	r.program = startProc(t, childOptions{dir: home, env: []string{
		"HOME=" + home, "NODE_ENV=production", "COMPANION_PORT=" + port, "COMPANION_DOMAIN=" + address, "COMPANION_PROTOCOL=http",
		"COMPANION_DATADIR=" + home, "COMPANION_SECRET=a secret of a test", "COMPANION_PREAUTH_SECRET=another secret of a test",
		"COMPANION_CLIENT_ORIGINS=true", "COMPANION_UPLOAD_URLS=http://127.0.0.1:1",
		"COMPANION_AWS_KEY=" + r.s3.AccessKey, "COMPANION_AWS_SECRET=" + r.s3.SecretKey, "COMPANION_AWS_BUCKET=" + r.s3.Bucket,
		"COMPANION_AWS_REGION=" + r.s3.Region, "COMPANION_AWS_ENDPOINT=" + r.data.URL, "COMPANION_AWS_FORCE_PATH_STYLE=true",
	}}, tool(t, "node"), filepath.Join(webModules(t, "companion"), "@uppy", "companion", "bin", "companion"))
	waitFor(t, "Companion to listen", func() bool {
		resp, err := http.Get("http://" + address + "/")
		if err == nil {
			resp.Body.Close()
		}
		return err == nil || !r.program.running()
	})
	if !r.program.running() {
		t.Fatalf("Companion did not start: %s", r.program.stderr.String())
	}
	r.control = newProxy(t, "http://"+address)
	r.URL = r.control.URL
	return r
}

// wantSizeOnly wants the file there byte by byte, and a receipt that claims no
// more than is known.
func (r *companionRig) wantSizeOnly(t *testing.T, got stored, path string) {
	t.Helper()
	if got.State != "done" || got.Verified != "size-only" || got.Checksum != "" || got.ETag != "" || got.Error != nil {
		t.Errorf("%+v", got)
	}
	wantSameFile(t, filepath.Join(r.s3.Dir, r.s3.Bucket, got.Key), path)
}

func (r *companionRig) wantOnly(t *testing.T, objects int) {
	t.Helper()
	if n := len(r.s3.Objects(t)); n != objects {
		t.Errorf("%d objects, want %d", n, objects)
	}
	if open := r.s3.OpenUploads(t); len(open) != 0 {
		t.Errorf("left open: %q", open)
	}
}

// reset forgets the objects and the faults of a test before.
func (r *companionRig) reset(t *testing.T) {
	t.Helper()
	r.data.clear()
	r.control.clear()
	waitFor(t, "the servers to be idle", func() bool { return r.data.idle() && r.control.idle() })
	r.data.forget()
	r.control.forget()
	for key := range r.s3.Objects(t) {
		if err := os.Remove(filepath.Join(r.s3.Dir, r.s3.Bucket, key)); err != nil {
			t.Fatal(err)
		}
	}
}

// TestStockCompanion uploads to the real Companion with the real command line.
func TestStockCompanion(t *testing.T) {
	r := newCompanion(t)
	t.Run("files of many sizes", func(t *testing.T) { r.uploads(t) })
	t.Run("killed and resumed", func(t *testing.T) { r.killed(t) })
	t.Run("the answer to complete is lost", func(t *testing.T) { r.lostAnswer(t) })
	t.Run("the object is there and nobody can say so", func(t *testing.T) { r.twoCopies(t) })
	t.Run("in a signer's place", func(t *testing.T) { r.inPlaceOfSigner(t) })
	t.Run("storage is moved", func(t *testing.T) { r.moved(t) })
}

func (r *companionRig) uploads(t *testing.T) {
	r.reset(t)
	c := newClient(t)
	sizes := map[string]int64{"film ü+1.mov": 2*partSize + 777, "small.txt": 5, "empty": 0, "whole.bin": partSize}
	var paths []string
	for name, size := range sizes {
		path := filepath.Join(c.home, "Drop 1", name)
		makeFile(t, path, size, uint64(len(name)))
		paths = append(paths, path)
	}
	p := c.run(t, "upload", "--signer", r.URL, "--json", filepath.Join(c.home, "Drop 1"))
	p.wantExit(t, 0)
	if warned := p.stderr.String(); !strings.Contains(warned, "cannot prove what it stored") || !strings.Contains(warned, r.data.URL) {
		t.Errorf("nobody was told: %s", warned)
	}
	all := p.results(t)
	if len(all) != len(paths) {
		t.Fatalf("%d results", len(all))
	}
	for _, got := range all {
		r.wantSizeOnly(t, got, got.Path)
	}
	r.wantOnly(t, len(paths))
	history := c.run(t, "history", "--json")
	history.wantExit(t, 0)
	if n := strings.Count(history.stdout.String(), `"verified":"size-only"`); n != len(paths) {
		t.Errorf("history: %s", history.stdout.String())
	}
}

func (r *companionRig) killed(t *testing.T) {
	r.reset(t)
	c := newClient(t)
	path := filepath.Join(c.home, "dataset.h5")
	makeFile(t, path, 4*partSize+99, 3)
	half := newHold()
	r.data.on(partNo(3), 1, fault{holdBodyAt: partSize / 2, holdBody: half})
	p := c.start(t, "upload", "--signer", r.URL, "--json", path)
	half.await(t, "half of part 3")
	waitFor(t, "the other parts", func() bool {
		return r.data.count(func(x exchange) bool { return x.Op == opPart && x.Sent == http.StatusOK }) == 4
	})
	// What is stored meanwhile takes the parts' records into the journal with its own.
	small := filepath.Join(c.home, "small.txt")
	makeFile(t, small, 5, 8)
	c.run(t, "upload", "--signer", r.URL, "--json", small).wantExit(t, 0)
	p.kill()
	r.data.clear()
	waitFor(t, "the servers to be idle", func() bool { return r.data.idle() && r.control.idle() })
	before := r.data.received()
	p = c.run(t, "resume", "--json")
	p.wantExit(t, 0)
	r.wantSizeOnly(t, p.result(t), path)
	r.wantOnly(t, 2)
	if n := r.data.count(func(x exchange) bool { return x.Op == opCreate && strings.Contains(x.Key, "dataset.h5") }); n != 1 {
		t.Errorf("%d uploads were begun for the file", n)
	}
	if again := r.data.received() - before; again > partSize+mib {
		t.Errorf("%d bytes were sent after the kill", again)
	}
}

// isComplete matches Companion's call.
func isComplete(x exchange) bool { return strings.Contains(x.URL, "/complete?") }

// lostAnswer: S3 completes, and nobody hears of it. The call is repeated, and
// S3 answers it again.
func (r *companionRig) lostAnswer(t *testing.T) {
	r.reset(t)
	c := newClient(t)
	path := filepath.Join(c.home, "scan.dcm")
	makeFile(t, path, partSize+1, 4)
	r.control.on(isComplete, 1, fault{dropAnswer: true})
	p := c.run(t, "upload", "--signer", r.URL, "--json", path)
	p.wantExit(t, 0)
	r.wantSizeOnly(t, p.result(t), path)
	r.wantOnly(t, 1)
	if n := r.control.count(isComplete); n != 2 {
		t.Errorf("%d calls, want 2", n)
	}
}

// twoCopies: the answer to a Complete that S3 has carried out is lost, and S3
// does not know the upload any more, as MinIO does not. Nobody can ask whether
// the object is there, so the file is sent again, under another key, and the
// receipt is for that one.
func (r *companionRig) twoCopies(t *testing.T) {
	r.reset(t)
	c := newClient(t)
	path := filepath.Join(c.home, "scan.dcm")
	makeFile(t, path, partSize+1, 5)
	r.control.on(isComplete, 1, fault{dropAnswer: true})
	first := ""
	r.data.on(func(x exchange) bool {
		if x.Op == opComplete && first == "" {
			first = x.Key
			return false
		}
		return x.Op == opComplete && x.Key == first
	}, -1, fault{answer: &canned{status: http.StatusNotFound, header: http.Header{"Content-Type": {"application/xml"}},
		body: `<?xml version="1.0" encoding="UTF-8"?><Error><Code>NoSuchUpload</Code><Message>The upload is not known.</Message></Error>`}})
	p := c.run(t, "upload", "--signer", r.URL, "--json", path)
	p.wantExit(t, 0)
	r.wantSizeOnly(t, p.result(t), path)
	r.wantOnly(t, 2)
	for key := range r.s3.Objects(t) {
		wantSameFile(t, filepath.Join(r.s3.Dir, r.s3.Bucket, key), path)
	}
}

// inPlaceOfSigner: what proves less is not taken for a signer unseen.
func (r *companionRig) inPlaceOfSigner(t *testing.T) {
	r.reset(t)
	c := newClient(t)
	path := filepath.Join(c.home, "a.txt")
	makeFile(t, path, 5, 7)
	v := newVersity(t)
	c.run(t, "upload", "--signer", v.URL, "--json", path).wantExit(t, 0)
	v.control.retarget(r.URL)
	p := c.run(t, "upload", "--signer", v.URL, "--json", path)
	if p.exitCode() == 0 || !strings.Contains(p.stderr.String(), "Companion") {
		t.Errorf("exit %d: %s", p.exitCode(), p.stderr.String())
	}
	r.wantOnly(t, 0)
	p = c.run(t, "upload", "--signer", v.URL, "--json", "--repin", path)
	p.wantExit(t, 0)
	r.wantSizeOnly(t, p.result(t), path)
}

// moved: the origin of the signed URLs is pinned as any vault's.
func (r *companionRig) moved(t *testing.T) {
	r.reset(t)
	c := newClient(t)
	path := filepath.Join(c.home, "a.txt")
	makeFile(t, path, 5, 6)
	c.run(t, "upload", "--signer", r.URL, "--json", path).wantExit(t, 0)
	elsewhere := strings.Replace(r.data.URL, "127.0.0.1", "localhost", 1)
	r.control.on(func(x exchange) bool { return strings.Contains(x.URL, "/batch?") }, -1, fault{editAnswer: func(b []byte) []byte {
		return []byte(strings.ReplaceAll(string(b), r.data.URL, elsewhere))
	}})
	p := c.run(t, "upload", "--signer", r.URL, "--json", path)
	if p.exitCode() == 0 || !strings.Contains(p.stderr.String(), elsewhere) {
		t.Errorf("exit %d: %s", p.exitCode(), p.stderr.String())
	}
	r.wantOnly(t, 1)
}
