package e2e

import (
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// mostInFlight is the most that one kill may cut: the parts of a file that the
// program sends at once by default, or was told to, and small files.
func (rec recipe) mostInFlight() (n int) {
	if rec.film > 0 {
		n = 4
		if rec.concurrency > 0 {
			n = rec.concurrency
		}
	}
	if rec.small > 0 {
		n += 64
	}
	return n
}

// puts are the PUTs that reached the server in this life, oldest first.
func (l *life) puts() []exchange {
	return l.r.data.exchanges(func(x exchange) bool {
		return (x.Op == opPart || x.Op == opPut) && !strings.Contains(x.Key, "/probe")
	})
}

func (x exchange) part() string { return x.Key + " " + itoa(x.Part) }

// account notes what the run that has just ended left in flight. A run that was
// left in peace leaves nothing.
func (l *life) account(t *testing.T, killed bool) {
	t.Helper()
	puts := l.puts()
	cut := 0
	for _, x := range puts[l.marked:] {
		if x.Status == 200 {
			continue
		}
		if x.Status > 400 { // a body that ends too soon may be a 400
			t.Errorf("a PUT of %d bytes was answered with %d: it should not have been sent", x.Size, x.Status)
		}
		cut++
		l.cut[x.part()]++
		if !killed {
			t.Errorf("a PUT of %d bytes in a run that was not killed ended with %d after %d of them", x.Size, x.Status, x.Received)
		}
	}
	l.marked = len(puts)
	l.widest = max(l.widest, cut)
	if cut > l.mostInFlight() {
		t.Errorf("%d PUTs were in flight at once, want %d at most", cut, l.mostInFlight())
	}
}

// taken is how many bytes the server has kept.
func (l *life) taken() (sum int64) {
	for _, x := range l.puts() {
		if x.Status == 200 {
			sum += x.Size
		}
	}
	return sum
}

// sums is what one life cost, counted at the server.
type sums struct {
	received, needed int64
	resent           int // PUTs of what the server had confirmed
	twice            int // PUTs of what a kill had cut
	open             int // uploads left open
}

// add adds up.
func (s *sums) add(o sums) {
	s.received, s.needed = s.received+o.received, s.needed+o.needed
	s.resent, s.twice, s.open = s.resent+o.resent, s.twice+o.twice, s.open+o.open
}

// sums counts. A part is resent if any PUT of it begins when the server has
// taken it already, whether the program heard of that or not.
func (l *life) sums(t *testing.T) (s sums) {
	t.Helper()
	held, puts := map[string]bool{}, map[string]int{}
	for _, x := range l.puts() {
		id := x.part()
		s.received += x.Received
		if puts[id]++; puts[id] > 1 {
			s.twice++
		}
		if held[id] {
			s.resent++
		}
		if x.Status == 200 && !held[id] {
			held[id] = true
			s.needed += x.Size
		}
	}
	s.open = len(l.r.s3.OpenUploads(t, l.keys()...))
	return s
}

// creates are the multipart uploads that the server began in this life.
func (l *life) creates() []exchange {
	return l.r.data.exchanges(func(x exchange) bool {
		return x.Op == opCreate && x.Status == 200 && !strings.Contains(x.Key, "/probe")
	})
}

// keys are those of all multipart uploads of this life.
func (l *life) keys() (keys []string) {
	for _, x := range l.creates() {
		if !slices.Contains(keys, x.Key) {
			keys = append(keys, x.Key)
		}
	}
	return keys
}

// wantAccounts holds what the server counted against the promise.
func (l *life) wantAccounts(t *testing.T) {
	t.Helper()
	s := l.sums(t)
	if s.resent != l.resends {
		t.Errorf("%d parts were sent again although the server had taken them, want %d", s.resent, l.resends)
	}
	if s.open != 0 {
		t.Errorf("%d uploads are left open", s.open)
	}
	var spare int64
	puts, size := map[string]int{}, map[string]int64{}
	for _, x := range l.puts() {
		puts[x.part()]++
		size[x.part()] = x.Size
	}
	for id, n := range puts {
		if n > 1+l.cut[id]+l.resends {
			t.Errorf("%s was sent %d times, and kills cut %d of them", filepath.Base(id), n, l.cut[id])
		}
		spare += int64(l.cut[id]+l.resends) * size[id]
	}
	if s.received > s.needed+spare {
		t.Errorf("the server received %d bytes of %d, more than the %d in flight at the kills came twice", s.received, s.needed, spare)
	}
	if n := len(l.creates()); l.film > 0 && n > 1+l.attempts {
		t.Errorf("%d uploads were begun for one file, want %d at most", n, 1+l.attempts)
	}
}

// receipt is one line of history --json.
type receipt struct {
	Path, Key, Checksum, Verified string
	Size                          int64
}

// wantWhole: the journal opens cleanly, nothing is left in its queue, its history
// has each file once, and the bucket holds these files, byte by byte, and nothing
// else.
func (l *life) wantWhole(t *testing.T) {
	t.Helper()
	v := l.c.status(t)
	if len(v.Entries) != 0 {
		t.Errorf("in the queue afterwards: %+v", v.Entries)
	}
	// A Create that a kill cut may have its effect minutes later: its abort is repeated by whoever opens the queue within
	// a day. There is at most one for each attempt, and none where nothing was created.
	if most := min(l.film, 1) * int64(1+l.attempts); int64(v.Aborting) > most {
		t.Errorf("%d uploads are still to be cleared away, want %d at most", v.Aborting, most)
	}
	if aside, err := filepath.Glob(filepath.Join(l.c.state, "*damaged*")); err != nil || len(aside) > 0 {
		t.Errorf("a journal was set aside: %q %v", aside, err)
	}
	p := l.c.run(t, "history", "--json", "--limit", "0")
	p.wantExit(t, 0)
	if said := p.stderr.String(); said != "" {
		t.Errorf("the journal does not open cleanly: %s", said)
	}
	objects, files := withoutManifests(l.r.s3.Objects(t)), l.files(t)
	var stored []string
	for line := range strings.Lines(p.stdout.String()) {
		var r receipt
		check(t, json.Unmarshal([]byte(line), &r))
		stored = append(stored, r.Path)
		l.wantObject(t, r, objects)
		delete(objects, r.Key)
	}
	slices.Sort(stored)
	if l.cancelled {
		l.wantCancelled(t, stored, objects)
		return
	}
	if !slices.Equal(stored, files) {
		t.Errorf("the history has %d files, want %d:\n%q\n%q", len(stored), len(files), stored, files)
	}
	if len(objects) > 0 {
		t.Errorf("the vault holds %d objects that the history does not know: %v", len(objects), objects)
	}
}

// wantCancelled: what was cancelled is not stored, unless its Complete was under
// way already.
func (l *life) wantCancelled(t *testing.T, stored []string, objects map[string]int64) {
	t.Helper()
	if n := l.r.data.count(isOp(opComplete)); len(stored)+len(objects) > 0 && n == 0 {
		t.Errorf("what was cancelled is stored: %q %v", stored, objects)
	}
	for key := range objects {
		_, err := l.r.s3.Client().DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: &l.r.s3.Bucket, Key: &key})
		check(t, err)
	}
}

// wantObject compares one object with its receipt and its file, and takes it out
// of the bucket.
func (l *life) wantObject(t *testing.T, r receipt, objects map[string]int64) {
	t.Helper()
	if size, there := objects[r.Key]; !there || size != r.Size || r.Checksum == "" || r.Verified != "full-object-crc64nvme" {
		t.Errorf("the vault has %d bytes (%v), and the receipt is %+v", size, there, r)
		return
	}
	if l.r.s3.KMSKeyID == "" {
		wantSameFile(t, l.r.path(r.Key), r.Path)
	} else {
		l.r.wantBytes(t, r.Key, readAll(t, r.Path))
	}
	_, err := l.r.s3.Client().DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: &l.r.s3.Bucket, Key: &r.Key})
	check(t, err)
}
