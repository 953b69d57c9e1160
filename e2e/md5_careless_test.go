package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"longshore/internal/s3test"
	"longshore/signer/api"
)

// newCareless is a rig on a server that accepts every checksum and checks none
// (DESIGN §4, servers that only look compatible); it checks Content-MD5.
func newCareless(t testing.TB, more ...string) (*rig, *s3test.Careless) {
	t.Helper()
	srv, c := s3test.NewCareless(t, s3test.VersityGW(t))
	return newRig(t, srv, more...), c
}

// onCareless runs a test on a careless front of both servers that we have.
func onCareless(t *testing.T, test func(t *testing.T, r *rig, c *s3test.Careless)) {
	t.Run("versitygw", func(t *testing.T) {
		r, c := newCareless(t)
		test(t, r, c)
	})
	t.Run("minio", func(t *testing.T) {
		srv, c := s3test.NewCareless(t, s3test.MinIO(t))
		test(t, newRig(t, srv), c)
	})
}

// wantPartMD5 fails unless the file is stored and no more is claimed than that
// its parts had their MD5.
func (s stored) wantPartMD5(t testing.TB, size int64) {
	t.Helper()
	if s.State != "done" || s.Error != nil || s.Size != size || s.Verified != "part-md5" || s.Checksum != "" || s.ETag == "" || s.Key == "" {
		t.Fatalf("the result is %+v (error %+v), want a stored file of %d bytes that claims part-md5 and no checksum", s, s.Error, size)
	}
}

// claim is one line of history --json.
type claim struct {
	Path     string `json:"path"`
	Checksum string `json:"checksum"`
	Verified string `json:"verified"`
	Source   string `json:"source"`
}

// claims are what the history holds, by path.
func (c *client) claims(t testing.TB) map[string]claim {
	t.Helper()
	p := c.run(t, "history", "--json", "--limit", "0")
	p.wantExit(t, 0)
	all := map[string]claim{}
	for line := range strings.Lines(p.stdout.String()) {
		var r claim
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatalf("history --json printed %q: %v", line, err)
		}
		all[r.Path] = r
	}
	return all
}

func capabilities(t testing.TB, base string) api.Capabilities {
	t.Helper()
	a := get(t, base+api.PathCapabilities)
	if a.status != http.StatusOK {
		t.Fatalf("capabilities: %d %s", a.status, a.body)
	}
	return decode[api.Capabilities](t, a)
}

// TestMD5VaultStoresWholeFiles: on a server that verifies no checksum the probe
// says so, and everything arrives all the same, with receipts that claim
// part-md5 and no more.
func TestMD5VaultStoresWholeFiles(t *testing.T) {
	onCareless(t, func(t *testing.T, r *rig, careless *s3test.Careless) {
		if got := capabilities(t, r.URL).Checksum; got != "md5" {
			t.Fatalf("capabilities say %q, want md5", got)
		}
		if careless.Dropped() == 0 {
			t.Fatal("the probe sent no checksum: it proved nothing")
		}
		c := newClient(t)
		root := filepath.Join(c.home, "study")
		sizes := map[string]int64{}
		for path, data := range makeTree(t, root, 60) {
			sizes[path] = int64(len(data))
		}
		empty, large := filepath.Join(root, "empty.txt"), filepath.Join(root, "large.bin")
		writeFile(t, empty, nil)
		makeFile(t, large, 3*partSize+4321, 71)
		sizes[empty], sizes[large] = 0, 3*partSize+4321
		p := c.run(t, "upload", "--signer", r.URL, "--json", root)
		p.wantExit(t, 0)
		results := p.results(t)
		if len(results) != len(sizes) {
			t.Fatalf("%d results for %d files", len(results), len(sizes))
		}
		receipts := c.claims(t)
		for _, got := range results {
			got.wantPartMD5(t, sizes[got.Path])
			r.wantBytes(t, got.Key, readAll(t, got.Path))
			if rc := receipts[got.Path]; rc.Verified != "part-md5" || rc.Checksum != "" || rc.Source != "read" {
				t.Errorf("the receipt claims %+v, want part-md5, no checksum, and that the source was read", rc)
			}
		}
		for _, x := range r.data.exchanges(isOp(opPart, opPut)) {
			if !strings.Contains(x.Key, "/probe") && (x.Header.Get("Content-Md5") == "" || x.Header.Get("X-Amz-Checksum-Crc64nvme") != "") {
				t.Errorf("%s went without Content-MD5, or with another checksum", x.Op)
			}
		}
		if checked, _ := careless.MD5Checked(); checked < len(sizes) {
			t.Errorf("the server checked %d Content-MD5 for %d files", checked, len(sizes))
		}
		if why := careless.Refused(); len(why) != 0 {
			t.Errorf("signatures were refused: %q", why)
		}
		r.wantNoOpenUploads(t, results[0].Key)
	})
}

// TestMD5VaultRefusesTamperedBytes: bytes altered on the way, which this server
// would store under any other checksum, are refused for their Content-MD5 and
// sent again.
func TestMD5VaultRefusesTamperedBytes(t *testing.T) {
	onCareless(t, func(t *testing.T, r *rig, careless *s3test.Careless) {
		c := newClient(t)
		large, small := filepath.Join(c.home, "large.bin"), filepath.Join(c.home, "small.bin")
		makeFile(t, large, 2*partSize+99, 72)
		writeFile(t, small, seeded(300_000, 73))
		r.reset(t)
		rules := []*rule{
			r.data.on(partNo(1), 1, fault{corruptAt: 1}),
			r.data.on(partNo(2), 2, fault{corruptAt: partSize}),
			r.data.on(isOp(opPut), 1, fault{corruptAt: 123_456}),
		}
		p := c.run(t, "upload", "--signer", r.URL, "--json", large, small)
		p.wantExit(t, 0)
		for _, got := range p.results(t) {
			data := readAll(t, got.Path)
			got.wantPartMD5(t, int64(len(data)))
			r.wantBytes(t, got.Key, data)
		}
		for i, want := range []int{1, 2, 1} {
			if n := r.data.hits(rules[i]); n != want {
				t.Errorf("fault %d came %d times, want %d: the test tests nothing", i, n, want)
			}
		}
		if _, broken := careless.MD5Checked(); broken != 4 {
			t.Errorf("the server refused %d bodies, want 4", broken)
		}
		if n := r.data.count(isOp(opPart)); n != 3+3 {
			t.Errorf("%d parts were sent, want 3 and the 3 refused ones again", n)
		}
	})
}

// TestKilledMD5UploadResumes: what journal and server agree on is not sent
// again; a part that only the server knows proves nothing without a checksum
// and is; and so is one whose size in the list is another.
func TestKilledMD5UploadResumes(t *testing.T) {
	const size = 6*partSize + 17
	r, _ := newCareless(t)
	home := t.TempDir()
	path := filepath.Join(home, "film.mov")
	makeFile(t, path, size, 74)
	for name, x := range map[string]struct {
		held fault               // what stops the second part that comes
		list func([]byte) []byte // what becomes of the lists after the kill
	}{
		"agreed":                {},
		"only the server knows": {held: fault{holdAnswer: newHold()}},
		"another size in the list": {list: func(b []byte) []byte {
			return []byte(strings.Replace(string(b), fmt.Sprintf("<Size>%d</Size>", partSize), fmt.Sprintf("<Size>%d</Size>", partSize-1), 1))
		}},
	} {
		t.Run(name, func(t *testing.T) {
			c := newClientAt(t, home)
			r.reset(t)
			nth := map[int]int{} // in which order the parts come; the proxy asks one at a time
			order := func(e exchange) int {
				if e.Op == opPart && nth[e.Part] == 0 {
					nth[e.Part] = len(nth) + 1
				}
				return nth[e.Part]
			}
			if x.held.holdAnswer != nil {
				r.data.on(func(e exchange) bool { return e.Op == opPart && order(e) == 2 }, 1, x.held)
			}
			later := newHold()
			r.data.on(func(e exchange) bool { return e.Op == opPart && order(e) > 3 }, -1, fault{holdBefore: later})
			p := c.start(t, "upload", "--signer", r.URL, "--json", "--concurrency", "2", path)
			later.await(t, "the fourth part")
			counted := 3
			if x.held.holdAnswer != nil {
				counted = 2
			}
			steady := 0 // looks in a row at a queue that counts them: what is on its way counts there, too
			waitFor(t, "three parts", func() bool {
				if steady++; len(sentParts(r)) < 3 || c.journalledParts(t) < counted {
					steady = 0
				}
				return steady == 30
			})
			p.kill()
			r.data.clear()
			r.settle(t)
			before := sentParts(r)
			if len(before) != 3 {
				t.Fatalf("the server holds %v after the kill, want three parts", before)
			}
			// What the journal has is known for certain now that nobody writes it.
			spare := 3 - c.journalledParts(t)
			if unheard := x.held.holdAnswer != nil; unheard && spare == 0 || spare > 2 || x.list != nil && spare > 1 {
				t.Fatalf("the journal lacks %d of the parts that the server holds: the kill came at another moment", spare)
			}
			var edited *rule
			if x.list != nil {
				edited = r.data.on(isOp(opList), 1, fault{editAnswer: x.list})
			}
			p = c.run(t, "resume", "--json")
			p.wantExit(t, 0)
			p.result(t).wantPartMD5(t, size)
			r.wantBytes(t, p.result(t).Key, readAll(t, path))
			if edited != nil && r.data.hits(edited) != 1 {
				t.Error("the list was never asked for: the test tests nothing")
			}
			again := 0
			for n, times := range sentParts(r) {
				if times > 2 || times == 2 && before[n] == 0 {
					t.Errorf("part %d was stored %d times", n, times)
				}
				again += times - 1
			}
			if x.list != nil {
				spare++
			}
			if again != spare {
				t.Errorf("%d of the parts that had arrived were sent again, want %d", again, spare)
			}
			if n := r.data.count(isOp(opComplete)); n != 1 {
				t.Errorf("%d calls to complete, want 1", n)
			}
			if rc := c.claims(t)[path]; rc.Source != "looked" || rc.Verified != "part-md5" || rc.Checksum != "" {
				t.Errorf("the receipt claims %+v: the source was only looked at for the parts of the killed program", rc)
			}
			r.wantNoOpenUploads(t)
		})
	}
}

// sentParts is how often the server took each part.
func sentParts(r *rig) map[int]int {
	sent := map[int]int{}
	for _, x := range r.data.exchanges(func(x exchange) bool { return x.Op == opPart && x.Status == 200 }) {
		sent[x.Part]++
	}
	return sent
}

// journalledParts is how many whole parts the queue counts as stored.
func (c *client) journalledParts(t testing.TB) int {
	t.Helper()
	p := c.run(t, "status", "--json")
	var v queueView
	if err := json.Unmarshal([]byte(p.stdout.String()), &v); err != nil || len(v.Entries) != 1 {
		return 0
	}
	return int(v.Entries[0].Sent / partSize)
}

// TestMD5CompleteHoldsTheListAgainstThePlan: S3's list, not the client's, is
// what an object in parts is made of. Where it differs in number or size, the
// difference is sent again before Complete.
func TestMD5CompleteHoldsTheListAgainstThePlan(t *testing.T) {
	const size = 2*partSize + 5
	r, _ := newCareless(t)
	for name, edit := range map[string]func(string) string{
		"a part of another size": func(s string) string {
			return strings.Replace(s, fmt.Sprintf("<Size>%d</Size>", partSize), fmt.Sprintf("<Size>%d</Size>", partSize+1), 1)
		},
		"a part missing": func(s string) string {
			from := strings.Index(s, "<Part>")
			to := strings.Index(s, "</Part>") + len("</Part>")
			if from < 0 || to < from {
				return s
			}
			return s[:from] + s[to:]
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := newClient(t)
			path := filepath.Join(c.home, "whole.bin")
			makeFile(t, path, size, 75)
			r.reset(t)
			edited := r.data.on(isOp(opList), 1, fault{editAnswer: func(b []byte) []byte { return []byte(edit(string(b))) }})
			p := c.run(t, "upload", "--signer", r.URL, "--json", path)
			p.wantExit(t, 0)
			p.result(t).wantPartMD5(t, size)
			r.wantBytes(t, p.result(t).Key, readAll(t, path))
			if r.data.hits(edited) != 1 {
				t.Error("nothing was listed before complete")
			}
			if n := r.data.count(isOp(opPart)); n != 3+1 {
				t.Errorf("%d parts were sent, want 3 and one of them again", n)
			}
		})
	}
}
