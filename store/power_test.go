package store

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"unsafe"

	bolt "go.etcd.io/bbolt"

	"longshore/uploader"
)

// sector is what a disk writes whole or not at all.
const sector = 512

// write is one of bbolt's writes to its file.
type write struct {
	at   int64
	data []byte
}

// recorder stands between bbolt and its file. It keeps what was written, and may refuse the nth write since the last
// reset after its first bytes.
type recorder struct {
	log    []write
	refuse int // the write that fails, counted from 0; -1 for none
	first  int // bytes of it that are written nevertheless
	with   error
}

// record puts a recorder into an open bbolt. The seam is bbolt's own, for its own tests, and has no public name.
func record(t testing.TB, b *bolt.DB) *recorder {
	t.Helper()
	ops := reflect.ValueOf(b).Elem().FieldByName("ops")
	if !ops.IsValid() || !ops.FieldByName("writeAt").IsValid() {
		t.Fatal("this version of bbolt has no ops.writeAt: find the new seam, these tests are worth it")
	}
	seam, ok := reflect.NewAt(ops.FieldByName("writeAt").Type(), unsafe.Pointer(ops.FieldByName("writeAt").UnsafeAddr())).Interface().(*func([]byte, int64) (int, error))
	if !ok {
		t.Fatal("bbolt's ops.writeAt has another type")
	}
	rec, real := &recorder{refuse: -1}, *seam
	*seam = func(p []byte, at int64) (int, error) {
		if rec.refuse == len(rec.log) {
			n, err := real(p[:rec.first], at)
			if err == nil {
				err = &os.PathError{Op: "write", Path: "/secret", Err: rec.with}
			}
			return n, err
		}
		rec.log = append(rec.log, write{at, bytes.Clone(p)})
		return real(p, at)
	}
	return rec
}

func (r *recorder) reset() { r.log, r.refuse, r.first, r.with = nil, -1, 0, nil }

// image is a file's bytes as a power cut may leave them.
type image []byte

// put writes those sectors of w that keep says.
func (m image) put(w write, keep func() bool) image {
	for from := 0; from < len(w.data); from += sector {
		if !keep() {
			continue
		}
		piece := w.data[from:min(from+sector, len(w.data))]
		at := int(w.at) + from
		if need := at + len(piece); need > len(m) {
			m = append(m, make([]byte, need-len(m))...)
		}
		copy(m[at:], piece)
	}
	return m
}

func all512() bool { return true }

// commit is one transaction as the disk saw it: some pages, a sync, a meta page, a sync.
type commit struct {
	before, after string // content
	file          []byte // before it
	size          int    // of the file after it
	data          []write
	meta          write
}

// watch runs change and returns what it wrote.
func watch(t testing.TB, b *bolt.DB, rec *recorder, path string, change func()) commit {
	t.Helper()
	c := commit{before: content(t, b), file: readFile(t, path)}
	rec.reset()
	change()
	c.after = content(t, b)
	last := len(rec.log) - 1
	if last < 1 || rec.log[last].at >= 2*int64(os.Getpagesize()) {
		t.Fatalf("a commit of %d writes does not end with its meta page", last+1)
	}
	c.data, c.meta = rec.log[:last], rec.log[last]
	now := readFile(t, path)
	c.size = len(now)
	whole := image(bytes.Clone(c.file))
	for _, w := range rec.log {
		if w.at < 2*int64(os.Getpagesize()) && w.at != c.meta.at {
			t.Fatal("a commit wrote both meta pages")
		}
		whole = whole.put(w, all512)
	}
	if !bytes.Equal(bytes.TrimRight(whole, "\x00"), bytes.TrimRight(now, "\x00")) {
		t.Fatal("the file changed by more than what was recorded")
	}
	return c
}

func readFile(t testing.TB, path string) []byte {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// beforeSync is a cut while the data pages are on their way: any of their sectors may be there, in a file that has
// grown or not yet.
func (c *commit) beforeSync(r *rand.Rand) image {
	m := image(bytes.Clone(c.file))
	if r.IntN(2) == 0 && c.size > len(m) {
		m = append(m, make([]byte, c.size-len(m))...)
	}
	whole, some := r.IntN(2) == 0, r.Float64()
	for _, i := range r.Perm(len(c.data)) {
		if whole { // pages as a whole
			if r.Float64() < some {
				m = m.put(c.data[i], all512)
			}
			continue
		}
		m = m.put(c.data[i], func() bool { return r.Float64() < some })
	}
	return m
}

// beforeEnd is a cut while the meta page is on its way: all data is there, and any sectors of the meta page. The meta
// itself lies in the first.
func (c *commit) beforeEnd(r *rand.Rand) (m image, want string) {
	m = append(image(bytes.Clone(c.file)), make([]byte, c.size-len(c.file))...)
	for _, w := range c.data {
		m = m.put(w, all512)
	}
	n, want := -1, c.before
	m = m.put(c.meta, func() bool {
		n++
		keep := r.IntN(2) == 0
		if keep && n == 0 {
			want = c.after
		}
		return keep
	})
	return m, want
}

// Every commit of a scenario is cut off while it is written, in several ways: what the file holds then is exactly the
// state before or after it.
func TestAPowerCutLeavesTheStateBeforeOrAfter(t *testing.T) {
	const seeds, commits, cuts = 5, 60, 4
	outcomes := map[bool]int{}
	for seed := range uint64(seeds) {
		dir := memory(t)
		db, s := mustOpen(t, dir), newScenario(seed)
		rec, r := record(t, db.bolt), rand.New(rand.NewPCG(seed, 5))
		path, cut := filepath.Join(dir, fileQueue), filepath.Join(memory(t), "cut")
		for n := range commits {
			group := s.next()
			c := watch(t, db.bolt, rec, path, func() { apply(t, db, group...) })
			for k := range cuts {
				m, want := c.beforeSync(r), c.before
				if k%2 == 1 {
					m, want = c.beforeEnd(r)
				}
				if err := os.WriteFile(cut, m, 0o600); err != nil {
					t.Fatal(err)
				}
				if got := contentOf(t, cut); got != want {
					t.Fatalf("seed %d, commit %d, cut %d: %s, want %s (before %s, after %s)", seed, n, k, got, want, c.before, c.after)
				}
				outcomes[want == c.after]++
				if n%20 == 19 {
					goOn(t, m, want, group, c.after)
				}
			}
		}
		mustClose(t, db)
	}
	t.Logf("%d cuts led back, %d led on", outcomes[false], outcomes[true])
	if outcomes[true] < seeds*commits/2 || outcomes[false] < seeds*commits {
		t.Error("the cuts are not varied enough to prove anything")
	}
}

// goOn starts the program on what a power cut left: it says nothing, and can do again what was cut off.
func goOn(t *testing.T, m image, want string, group []uploader.Record, after string) {
	t.Helper()
	dir := memory(t)
	if err := os.WriteFile(filepath.Join(dir, fileQueue), m, 0o600); err != nil {
		t.Fatal(err)
	}
	db := mustOpen(t, dir)
	if db.Recovered() != nil {
		t.Fatalf("a power cut counts as damage: %s", db.Recovered())
	}
	if got := content(t, db.bolt); got != want {
		t.Fatalf("opened: %s, want %s", got, want)
	}
	if want != after {
		apply(t, db, group...)
	}
	killed(t, db)
	if got := contentOf(t, filepath.Join(dir, fileQueue)); got != after {
		t.Fatalf("done again: %s, want %s", got, after)
	}
}

// A disk that breaks its word: it wrote the meta page before the data, or only a few bytes of it. The program starts
// all the same, and with few exceptions says what it found: where a page is missing, its place may hold an older page
// of the same bucket that fits. Nobody can promise anything on such a disk; what is read is still only what was written.
func TestADiskThatLiesDoesNotStopTheStart(t *testing.T) {
	dir := memory(t)
	db, s := mustOpen(t, dir), newScenario(9)
	rec, r := record(t, db.bolt), rand.New(rand.NewPCG(9, 9))
	told, silent := 0, 0
	for n := range 40 {
		group := s.next()
		c := watch(t, db.bolt, rec, filepath.Join(dir, fileQueue), func() { apply(t, db, group...) })
		m := append(image(bytes.Clone(c.file)), make([]byte, c.size-len(c.file))...)
		torn := n%4 == 3
		for _, w := range c.data {
			if torn || r.IntN(3) > 0 {
				m = m.put(w, all512)
			}
		}
		if torn {
			c.meta.data = c.meta.data[:20+r.IntN(50)] // within a sector: the meta takes 80 bytes
			copy(m[c.meta.at:], c.meta.data)
		} else {
			m = m.put(c.meta, all512)
		}
		t.Run(fmt.Sprint(n, " torn ", torn), func(t *testing.T) {
			broken := mustOpen(t, unclean(t, m))
			mustLoad(t, broken)
			got := content(t, broken.bolt)
			switch {
			case broken.Recovered() != nil:
				told++
				if aside := read(t, string(broken.folder), broken.Recovered().SetAside); !bytes.Equal(aside, m) {
					t.Error("the file was not kept")
				}
			case got != c.before && got != c.after:
				silent++
			}
		})
	}
	mustClose(t, db)
	t.Logf("%d of 40 were told, %d were a mixture of old and new that nobody noticed", told, silent)
	if told < 20 || silent > 8 {
		t.Errorf("%d of 40 were told, %d not", told, silent)
	}
}
