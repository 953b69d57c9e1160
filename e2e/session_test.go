package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"longshore/internal/s3test"
	"longshore/signer/api"
)

// TestSecondProcessHandsOver: a second command on the same state folder gives
// its request to the first, shows its progress and has its exit code.
func TestSecondProcessHandsOver(t *testing.T) {
	r := newVersity(t)
	c := newClient(t)
	first, second := filepath.Join(c.home, "first.bin"), filepath.Join(c.home, "second.bin")
	makeFile(t, first, 3*partSize, 71)
	makeFile(t, second, partSize+9, 72)
	gate := r.data.stopAt(partSize / 2)
	p1 := c.start(t, "upload", "--signer", r.URL, "--json", first)
	gate.await(t, "some bytes")
	p2 := c.start(t, "upload", "--signer", r.URL, "--json", second)
	waitFor(t, "the hand-over", func() bool {
		return strings.Contains(p2.stderr.String(), "Another Longshore is using this queue; it does the uploading.") || !p2.running()
	})
	waitFor(t, "both files in the owner's queue", func() bool {
		v := c.status(t)
		return v.Running && len(v.Entries) == 2
	})
	if !p1.running() || !p2.running() {
		t.Fatalf("one of the two has ended: %s %s", p1.stderr.String(), p2.stderr.String())
	}
	r.data.clear()
	p2.wantExit(t, 0)
	p1.wantExit(t, 0)
	for p, path := range map[*proc]string{p1: first, p2: second} {
		got := p.result(t)
		if got.Path != path {
			t.Errorf("it reported %q, want %q", got.Path, path)
		}
		got.wantDone(t, fileSize(t, path))
		wantSameFile(t, r.path(got.Key), path)
	}
	r.wantNoOpenUploads(t)
}

// TestOwnerDiesUnderItsGuest: the first process is killed while a second one
// watches. The second takes over, says so, and ends with its own file stored.
func TestOwnerDiesUnderItsGuest(t *testing.T) {
	r := newVersity(t)
	c := newClient(t)
	first, second := filepath.Join(c.home, "first.bin"), filepath.Join(c.home, "second.bin")
	makeFile(t, first, 3*partSize, 73)
	makeFile(t, second, 2*partSize, 74)
	gate := r.data.stopAt(partSize / 2)
	p1 := c.start(t, "upload", "--signer", r.URL, first)
	gate.await(t, "some bytes")
	p2 := c.start(t, "upload", "--signer", r.URL, "--json", second)
	waitFor(t, "the hand-over", func() bool {
		return strings.Contains(p2.stderr.String(), "Another Longshore is using this queue") || !p2.running()
	})
	p1.kill()
	r.data.clear()
	p2.wantExit(t, 0)
	if !strings.Contains(p2.stderr.String(), "has ended; this one goes on with it.") {
		t.Errorf("the guest said %q", p2.stderr.String())
	}
	got := p2.result(t)
	got.wantDone(t, 2*partSize)
	wantSameFile(t, r.path(got.Key), second)
	r.settle(t)
	c.run(t, "resume").wantExit(t, 0) // the other's file, as far as the guest left it undone
	stored := withoutManifests(r.s3.Objects(t))
	for key := range stored {
		if strings.HasSuffix(key, "/first.bin") {
			wantSameFile(t, r.path(key), first)
		}
	}
	if len(stored) != 2 {
		t.Errorf("the vault holds %d objects, want 2", len(stored))
	}
	r.wantNoOpenUploads(t)
}

// TestInterruptIsResumable: Ctrl-C ends with 130, and resume goes on without
// sending again what S3 holds.
func TestInterruptIsResumable(t *testing.T) {
	r := newVersity(t)
	c := newClient(t)
	path := filepath.Join(c.home, "film.mov")
	makeFile(t, path, 6*partSize, 75)
	gate := r.data.stopAt(2*partSize + partSize/2)
	p := c.start(t, "upload", "--signer", r.URL, "--json", path)
	gate.await(t, "some bytes")
	p.signal(t, os.Interrupt)
	p.wantExit(t, 130)
	if !strings.Contains(p.stderr.String(), "Stopped. Go on with longshore-cli resume.") {
		t.Errorf("it said %q", p.stderr.String())
	}
	r.data.clear()
	r.settle(t)
	cut := r.inFlight(t)
	if v := c.status(t); len(v.Entries) != 1 || v.Done != 0 || v.Running {
		t.Errorf("the queue meanwhile: %+v", v)
	}
	p = c.run(t, "resume", "--json")
	p.wantExit(t, 0)
	got := p.result(t)
	got.wantDone(t, 6*partSize)
	wantSameFile(t, r.path(got.Key), path)
	r.wantNothingTwice(t, cut, 6*partSize)
	r.wantNoOpenUploads(t)
}

// TestUploadingAnUnfinishedPathResumesIt: the same path again, as a file and as
// a folder.
func TestUploadingAnUnfinishedPathResumesIt(t *testing.T) {
	r := newVersity(t)
	t.Run("file", func(t *testing.T) {
		c := newClient(t)
		path := filepath.Join(c.home, "film.mov")
		makeFile(t, path, 4*partSize, 76)
		gate := r.data.stopAt(partSize + partSize/2)
		p := c.start(t, "upload", "--signer", r.URL, "--json", path)
		gate.await(t, "some bytes")
		p.kill()
		r.data.clear()
		r.settle(t)
		cut := r.inFlight(t)
		p = c.run(t, "upload", "--signer", r.URL, "--json", path)
		p.wantExit(t, 0)
		got := p.result(t)
		got.wantDone(t, 4*partSize)
		wantSameFile(t, r.path(got.Key), path)
		r.wantNothingTwice(t, cut, 4*partSize)
		r.wantNoOpenUploads(t)
	})
	t.Run("folder", func(t *testing.T) {
		r.reset(t)
		c := newClient(t)
		root := filepath.Join(c.home, "study")
		files := makeTree(t, root, 200)
		h := newHold()
		r.data.on(func(x exchange) bool { return x.Op == opPut && x.Size > 10_000 }, 4, fault{holdAnswer: h})
		p := c.start(t, "upload", "--signer", r.URL, "--json", root)
		h.await(t, "the answers to some files")
		p.kill()
		r.data.clear()
		r.settle(t)
		p = c.run(t, "upload", "--signer", r.URL, "--json", root)
		p.wantExit(t, 0)
		r.wantTreeOnce(t, root, files)
		if h := c.history(t); len(h) != 200 {
			t.Errorf("the history has %d files, want 200", len(h))
		}
	})
	t.Run("finished", func(t *testing.T) { // stored once more, and the first object stays
		r.reset(t)
		c := newClient(t)
		path := filepath.Join(c.home, "a.bin")
		writeFile(t, path, []byte("one"))
		p := c.run(t, "upload", "--signer", r.URL, "--json", path)
		p.wantExit(t, 0)
		one := p.result(t)
		writeFile(t, path, []byte("two!"))
		p = c.run(t, "upload", "--signer", r.URL, "--json", path)
		p.wantExit(t, 0)
		two := p.result(t)
		if one.Key == two.Key {
			t.Error("the same key was used twice")
		}
		wantStored(t, r.path(one.Key), []byte("one"))
		wantStored(t, r.path(two.Key), []byte("two!"))
	})
}

// TestCancelLeavesNothingOpen: an unfinished upload is cancelled, by path and
// altogether, also one whose process was killed.
func TestCancelLeavesNothingOpen(t *testing.T) {
	r := newVersity(t)
	t.Run("after a kill", func(t *testing.T) {
		c, path := interrupted(t, r)
		if n := r.s3.CountOpenUploads(t); n != 1 {
			t.Fatalf("%d uploads are open after the kill, want 1", n)
		}
		c.run(t, "cancel", path).wantExit(t, 0)
		r.wantNoOpenUploads(t)
		if v := c.status(t); len(v.Entries) != 0 {
			t.Errorf("the queue afterwards: %+v", v)
		}
		if n := len(r.s3.Objects(t)); n != 0 {
			t.Errorf("%d objects are stored", n)
		}
		c.run(t, "resume").wantExit(t, 0)
	})
	t.Run("while another process uploads", func(t *testing.T) {
		r.reset(t)
		c := newClient(t)
		path := filepath.Join(c.home, "film.mov")
		makeFile(t, path, 3*partSize, 77)
		gate := r.data.stopAt(partSize)
		p := c.start(t, "upload", "--signer", r.URL, "--json", path)
		gate.await(t, "some bytes")
		cancel := c.start(t, "cancel", "--all")
		waitFor(t, "the cancel to be in force", func() bool {
			return !p.running() || strings.Contains(cancel.stderr.String(), "Cancelled: 1.")
		})
		r.data.clear()
		cancel.wantExit(t, 0)
		p.wantExit(t, 1)
		for _, got := range p.results(t) { // none, if it was gone before it was seen
			if got.State != "cancelled" {
				t.Errorf("the upload ended as %+v", got)
			}
		}
		waitFor(t, "the upload to be cleared away", func() bool { return r.s3.CountOpenUploads(t) == 0 })
	})
	t.Run("something unknown", func(t *testing.T) {
		c := newClient(t)
		p := c.run(t, "cancel", "/no/such/thing")
		p.wantExit(t, 1)
		if !strings.Contains(p.stderr.String(), "Nothing in the queue is called /no/such/thing.") {
			t.Errorf("it said %q", p.stderr.String())
		}
	})
	t.Run("storage is away", func(t *testing.T) { // the abort outlives the command
		r.reset(t)
		c, path := interrupted(t, r)
		r.control.retarget("http://" + deadAddress(t))
		c.run(t, "cancel", path).wantExit(t, 0)
		if v := c.status(t); v.Aborting != 1 {
			t.Errorf("the queue afterwards: %+v", v)
		}
		r.control.retarget(r.direct)
		c.run(t, "resume").wantExit(t, 0)
		r.wantNoOpenUploads(t)
	})
}

// TestUsage: bad usage is told apart from failure.
func TestUsage(t *testing.T) {
	c := newClient(t)
	demo := s3test.Demo(t)
	for _, args := range [][]string{
		{}, {"frobnicate"}, {"upload"}, {"upload", "x"}, {"upload", "--signer", demo.URL}, {"upload", "--signer", demo.URL, ""},
		{"upload", "--signer", demo.URL, "--nope", "x"}, {"upload", "--signer", demo.URL, "--concurrency", "0", "x"},
		{"upload", "--signer", demo.URL, "--concurrency", "many", "x"}, {"upload", "--signer", "not a url", "x"},
		{"resume", "x"}, {"status", "x"}, {"history", "--limit", "-1"}, {"cancel"}, {"cancel", "--all", "x"},
	} {
		t.Run(fmt.Sprint(args), func(t *testing.T) {
			p := startProc(t, childOptions{env: []string{"HOME=" + c.home}, dir: c.home}, program(t, "longshore-cli"), args...)
			p.wantExit(t, 2)
			if p.stdout.String() != "" || strings.TrimSpace(p.stderr.String()) == "" {
				t.Errorf("stdout %q, stderr %q", p.stdout.String(), p.stderr.String())
			}
		})
	}
	for _, args := range [][]string{{"help"}, {"--help"}, {"help", "upload"}, {"upload", "--help"}, {"version"}} {
		p := startProc(t, childOptions{env: []string{"HOME=" + c.home}, dir: c.home}, program(t, "longshore-cli"), args...)
		p.wantExit(t, 0)
		if p.stdout.String() == "" || p.stderr.String() != "" {
			t.Errorf("%v: stdout %q, stderr %q", args, p.stdout.String(), p.stderr.String())
		}
	}
}

// TestStoredObjectsReportKMSAndTheirChecksum looks at MinIO's side of what the
// CLI stored: encryption, key, CRC64NVME and metadata.
func TestStoredObjectsReportKMSAndTheirChecksum(t *testing.T) {
	r := newMinIO(t)
	c := newClient(t)
	large, small, empty := filepath.Join(c.home, "large.bin"), filepath.Join(c.home, "small.dcm"), filepath.Join(c.home, "empty")
	makeFile(t, large, 2*partSize+5, 78)
	writeFile(t, small, seeded(3333, 79))
	writeFile(t, empty, nil)
	p := c.run(t, "upload", "--signer", r.URL, "--json", large, small, empty)
	p.wantExit(t, 0)
	results := p.results(t)
	if len(results) != 3 {
		t.Fatalf("%d results, want 3", len(results))
	}
	for _, got := range results {
		data := readAll(t, got.Path)
		got.wantDone(t, int64(len(data)))
		if got.Checksum != crcOf(data) {
			t.Errorf("%q: the receipt's checksum is %q, want %q", got.Path, got.Checksum, crcOf(data))
		}
		r.wantEncrypted(t, got.Key, crcOf(data))
		r.wantBytes(t, got.Key, data)
		if s := statOf(t, r.URL, got.Key); s.Encryption != api.EncryptionKMS || s.Checksum != crcOf(data) {
			t.Errorf("the signer says %+v", s)
		}
		r.wantNoOpenUploads(t, got.Key)
	}
}
