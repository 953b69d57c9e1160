package e2e

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"longshore/signer/api"
)

const partSize = 16 * mib // what the engine takes for files of these sizes

// moment is when a kill comes: arm prepares it before the start, and the kill
// follows once the returned function has waited for the moment.
type moment struct {
	name string
	arm  func(t *testing.T, r *rig) (await func())
}

// at is a moment at which requests are held: nothing moves while the kill lands.
func at(where string, rule func(r *rig, h *hold)) func(*testing.T, *rig) func() {
	return func(t *testing.T, r *rig) func() {
		h := newHold()
		rule(r, h)
		return func() { h.await(t, where) }
	}
}

// fileMoments are the moments in the life of one large file.
func fileMoments() []moment {
	return []moment{
		{"before the upload is created", at("create", func(r *rig, h *hold) {
			r.data.on(isOp(opCreate), 1, fault{holdBefore: h})
		})},
		{"created, and nobody heard of it", at("the answer to create", func(r *rig, h *hold) {
			r.data.on(isOp(opCreate), 1, fault{holdAnswer: h})
		})},
		{"in the middle of the first part", at("half of part 1", func(r *rig, h *hold) {
			r.data.on(partNo(1), 1, fault{holdBodyAt: partSize / 2, holdBody: h})
		})},
		{"in the middle of many parts", func(t *testing.T, r *rig) func() {
			gate := r.data.stopAt(3*partSize + partSize/3)
			return func() { gate.await(t, "a third of the file") }
		}},
		{"a part is stored, and nobody heard of it", at("the answer to part 2", func(r *rig, h *hold) {
			r.data.on(partNo(2), 1, fault{holdAnswer: h})
		})},
		{"the moment an answer has left", func(t *testing.T, r *rig) func() {
			return func() {
				waitFor(t, "the first answer to a part", func() bool {
					return r.data.count(func(x exchange) bool { return x.Op == opPart && x.Sent == 200 }) > 0
				})
			}
		}},
		{"before complete", at("complete", func(r *rig, h *hold) {
			r.data.on(isOp(opComplete), 1, fault{holdBefore: h})
		})},
		{"completed, and nobody heard of it", at("the signer's answer to complete", func(r *rig, h *hold) {
			r.control.on(isOp(api.PathCompleteUpload), 1, fault{holdAnswer: h})
		})},
		{"while parts are signed", at("the signer's answer to a batch", func(r *rig, h *hold) {
			r.control.on(isOp(api.PathGetPartURLs), 1, fault{holdAnswer: h})
		})},
	}
}

// TestKilledUploadOfAFileResumes kills the CLI with SIGKILL at many moments and
// resumes with nothing but `resume`. What the server counted tells whether
// bytes were sent that it had already.
func TestKilledUploadOfAFileResumes(t *testing.T) {
	r := newVersity(t)
	c := newClient(t)
	path := filepath.Join(c.home, "film.mov")
	makeFile(t, path, 8*partSize+12345, 21)
	for _, m := range fileMoments() {
		t.Run(m.name, func(t *testing.T) {
			c := &client{state: filepath.Join(t.TempDir(), "state"), home: c.home}
			r.reset(t)
			killAt(t, r, m, func() *proc { return c.start(t, "upload", "--signer", r.URL, "--json", path) })
			cut := r.inFlight(t)
			p := c.run(t, "resume", "--json")
			p.wantExit(t, 0)
			got := p.result(t)
			got.wantDone(t, 8*partSize+12345)
			wantSameFile(t, r.path(got.Key), path)
			r.wantNothingTwice(t, cut, 8*partSize+12345)
			r.wantNoOpenUploads(t)
		})
	}
}

// TestUploadKilledAgainAndAgain kills one paced upload at eight places; the
// last resume ends it.
func TestUploadKilledAgainAndAgain(t *testing.T) {
	const size = 12*partSize + 777
	r := newVersity(t)
	c := newClient(t)
	path := filepath.Join(c.home, "dataset.h5")
	makeFile(t, path, size, 22)
	r.reset(t) // forget the signer's probe
	args := []string{"upload", "--signer", r.URL, "--json", path}
	const kills, step = 8, size / 36 // of 1+2+…+8 steps: later runs go further, and together they come to the end
	for n := range int64(kills) {
		r.data.pace(60 * mib)
		goal := r.data.received() + step*(n+1)
		p := c.start(t, args[0], args[1:]...)
		waitFor(t, "the next place to kill at", func() bool { return r.data.received() >= goal || !p.running() })
		if !p.running() {
			t.Fatalf("the upload ended before kill %d: %s", n+1, p.stderr.String())
		}
		p.kill()
		r.data.clear()
		r.settle(t)
		args = []string{"resume", "--json"}
	}
	cut := r.inFlight(t)
	p := c.run(t, "resume", "--json")
	p.wantExit(t, 0)
	got := p.result(t)
	got.wantDone(t, size)
	wantSameFile(t, r.path(got.Key), path)
	r.wantNothingTwice(t, cut, size)
	r.wantNoOpenUploads(t)
	if n := r.data.count(isOp(opCreate)); n != 1 {
		t.Errorf("%d uploads were created for one file", n)
	}
}

// treeMoments are the moments in the life of a tree of small files.
func treeMoments() []moment {
	put := func(x exchange) bool { return x.Op == opPut && x.Sent == 200 }
	after := func(n int) func(*testing.T, *rig) func() {
		return func(t *testing.T, r *rig) func() {
			return func() {
				waitFor(t, fmt.Sprintf("%d small files", n), func() bool { return r.data.count(put) >= n })
			}
		}
	}
	return []moment{
		{"before anything is signed", at("put-urls", func(r *rig, h *hold) {
			r.control.on(isOp(api.PathPutURLs), 1, fault{holdBefore: h})
		})},
		{"signed, and nobody heard of it", at("the answer to put-urls", func(r *rig, h *hold) {
			r.control.on(isOp(api.PathPutURLs), 1, fault{holdAnswer: h})
		})},
		{"after the first file", after(1)},
		{"in the middle", after(150)},
		{"files are stored, and nobody heard of them", at("the answer to a file", func(r *rig, h *hold) {
			r.data.on(isOp(opPut), 20, fault{holdAnswer: h})
		})},
		{"in the middle of bodies", at("half a body", func(r *rig, h *hold) {
			r.data.on(func(x exchange) bool { return x.Op == opPut && x.Size > 20_000 }, 5, fault{holdBodyAt: 9000, holdBody: h})
		})},
		{"near the end", after(290)},
	}
}

// TestKilledUploadOfATreeResumes: every file of a tree arrives once.
func TestKilledUploadOfATreeResumes(t *testing.T) {
	r := newVersity(t)
	root := filepath.Join(t.TempDir(), "study")
	files := makeTree(t, root, 300)
	var size int64
	for _, data := range files {
		size += int64(len(data))
	}
	for _, m := range treeMoments() {
		t.Run(m.name, func(t *testing.T) {
			c := newClient(t)
			r.reset(t)
			r.data.pace(2 * mib)
			killAt(t, r, m, func() *proc { return c.start(t, "upload", "--signer", r.URL, "--json", root) })
			cut := r.inFlight(t)
			p := c.run(t, "resume", "--json")
			p.wantExit(t, 0)
			r.wantNothingTwice(t, cut, size)
			r.wantTreeOnce(t, root, files)
			r.wantNoOpenUploads(t)
			if v := c.status(t); len(v.Entries) != 0 {
				t.Errorf("the queue afterwards: %+v", v)
			}
			if h := c.history(t); len(h) != len(files) {
				t.Errorf("the history has %d files, want %d", len(h), len(files))
			}
		})
	}
}

// killAt starts an upload, waits for the moment, kills, and lets the servers
// come to rest.
func killAt(t *testing.T, r *rig, m moment, start func() *proc) {
	t.Helper()
	await := m.arm(t, r)
	p := start()
	await()
	if !p.running() {
		t.Fatalf("the upload ended before the kill: %s", p.stderr.String())
	}
	p.kill()
	r.data.clear()
	r.control.clear()
	r.settle(t)
}

// inFlight are the PUTs that the kill cut off: by key and part, how many. Those
// that the server took whole are not among them, whether the dead client heard
// of it or not: what S3 holds is not sent again.
func (r *rig) inFlight(t *testing.T) map[string]int {
	t.Helper()
	cut := map[string]int{}
	for _, x := range r.data.exchanges(isOp(opPart, opPut)) {
		if x.Status != 200 {
			cut[x.Key+" "+itoa(x.Part)]++
		}
	}
	if len(cut) > 64 {
		t.Errorf("%d PUTs were in flight at once", len(cut))
	}
	return cut
}

// wantNothingTwice holds what the server counted against what was in flight at
// the kills: no part whose 200 had left is sent again, each cut part is sent
// once more at most, and so the bytes sent twice are no more than those parts.
func (r *rig) wantNothingTwice(t *testing.T, cut map[string]int, size int64) {
	t.Helper()
	type count struct {
		puts, taken int
		size        int64
	}
	counts := map[string]*count{}
	var received, spare int64
	for _, x := range r.data.exchanges(isOp(opPart, opPut)) {
		if strings.Contains(x.Key, "/probe") {
			continue
		}
		id := x.Key + " " + itoa(x.Part)
		c := counts[id]
		if c == nil {
			c = &count{size: x.Size}
			counts[id] = c
		}
		c.puts++
		received += x.Received
		if x.Status == 200 {
			c.taken++
		}
	}
	for id, c := range counts {
		if c.taken > 1 {
			t.Errorf("%s was stored %d times", id, c.taken)
		}
		if c.puts > 1+cut[id] {
			t.Errorf("%s was sent %d times, and %d of them were cut by a kill", id, c.puts, cut[id])
		}
		spare += int64(cut[id]) * c.size
	}
	if received > size+spare {
		t.Errorf("the server received %d bytes of a file of %d: more than the %d that were in flight at the kills came twice", received, size, spare)
	}
}

// wantTreeOnce compares what is stored with the tree: every file, once.
func (r *rig) wantTreeOnce(t *testing.T, root string, files map[string][]byte) {
	t.Helper()
	puts := map[string]string{} // path below the root → key
	for _, x := range r.data.exchanges(func(x exchange) bool { return x.Op == opPut && x.Status == 200 }) {
		_, rel, found := strings.Cut(x.Key, "/"+filepath.Base(root)+"/")
		if !found {
			t.Fatalf("a key outside the tree: %q", x.Key)
		}
		if was, twice := puts[rel]; twice {
			t.Errorf("%q is stored as %q and as %q", rel, was, x.Key)
		}
		puts[rel] = x.Key
	}
	for path, data := range files {
		rel, err := filepath.Rel(root, path)
		if err != nil {
			t.Fatal(err)
		}
		key, ok := puts[filepath.ToSlash(rel)]
		if !ok {
			t.Errorf("%q was never stored", rel)
			continue
		}
		wantStored(t, r.path(key), data)
	}
}
