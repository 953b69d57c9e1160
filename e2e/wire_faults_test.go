package e2e

import (
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"longshore/internal/s3test"
	"longshore/signer/api"
)

// wireFault is one fault of TCP that strikes the built programs in the middle of
// an upload, and what a person reads while it lasts. A row whose fault never fires
// fails.
type wireFault struct {
	name   string
	on     func(*wire) *line // what is struck
	strike func(testing.TB, *line)
	born   bool                    // strike before the client has connected
	heal   func(testing.TB, *line) // nil: heal the line
	says   string                  // the code whose sentence must be printed; "" where it must not be
	wait   time.Duration           // until it is said, at the longest
	torn   bool                    // a part's body is torn
	least  time.Duration           // the upload takes so long at least
}

// strikes are done by the line, to what is open and what will be.
func strikes(f flow, after int64, then blow) func(testing.TB, *line) {
	return func(_ testing.TB, l *line) { l.strike(harm{f, after, then}) }
}

// leads lets what connects from now on go through a toxiproxy.
func leads(kind, stream, attributes string) func(testing.TB, *line) {
	return func(t testing.TB, l *line) { l.detour(through(t, l.home, kind, stream, attributes)) }
}

func goesAway(_ testing.TB, l *line) { l.away() }

func wireFaults() []wireFault {
	return []wireFault{
		// The two that take as long as the watchdogs: the others strike meanwhile.
		{name: "storage: a socket that stands still", on: toData, strike: strikes(up, 0, stall), says: "network", wait: 100 * time.Second, torn: true},
		{name: "signer: half-open, no answer comes back", on: toControl, strike: strikes(down, 0, swallow), says: "network", wait: 100 * time.Second},

		{name: "storage: nobody listens", on: toData, strike: goesAway, says: "network", torn: true},
		{name: "signer: nobody listens", on: toControl, strike: goesAway, says: "network"},
		{name: "storage: reset in the middle of the body", on: toData, strike: strikes(up, 0, reset), says: "network", torn: true},
		{name: "signer: reset at once", on: toControl, strike: strikes(up, 0, reset), says: "network"},
		{name: "signer: every new connection reset", on: toControl, strike: leads("reset_peer", "upstream", `"timeout":0`), says: "network"},
		{name: "signer: reset instead of an answer", on: toControl, strike: strikes(down, 0, reset), says: "network"},
		{name: "storage: cut in the middle of the body", on: toData, strike: strikes(up, 3_000_000, cut), says: "network", torn: true},
		{name: "signer: answers cut in the status line", on: toControl, strike: strikes(down, 11, cut), says: "network"},
		{name: "signer: answers cut in the header", on: toControl, strike: strikes(down, 60, cut), says: "network"},
		{name: "signer: answers cut in the body", on: toControl, strike: strikes(down, 330, cut), says: "network"},
		{name: "signer: calls cut on their way", on: toControl, strike: strikes(up, 100, cut), says: "network"},
		{name: "storage: a line that is slow", on: toData, born: true, strike: leads("bandwidth", "upstream", `"rate":6000`), least: 2 * time.Second},
		{name: "signer: answers that come a few bytes at a time", on: toControl, born: true,
			strike: leads("slicer", "downstream", `"average_size":3,"size_variation":1,"delay":4000`), least: time.Second},
	}
}

const wireSize = 2*partSize + 4321

// TestFaultTableOfTheRealWire strikes between the built programs on real sockets,
// once the first bytes have come in. What lasts is said in its sentence; when it
// ends the upload goes on by itself, and the file is whole and there once.
func TestFaultTableOfTheRealWire(t *testing.T) {
	srv := s3test.VersityGW(t)
	source := filepath.Join(t.TempDir(), "source.bin")
	makeFile(t, source, wireSize, 71)
	var slow []*stricken
	for _, row := range wireFaults() {
		if row.wait > 0 {
			slow = append(slow, strikeRow(t, srv, source, row))
		}
	}
	t.Run("sockets", func(t *testing.T) {
		for _, row := range wireFaults() {
			if row.wait > 0 {
				continue
			}
			t.Run(row.name, func(t *testing.T) {
				t.Parallel()
				strikeRow(t, srv, source, row).end(t)
			})
		}
	})
	t.Run("answers cut", func(t *testing.T) { answersCut(t, srv) })
	t.Run("TLS", func(t *testing.T) { faultsOfTLS(t, srv, source) })
	t.Run("proxies", func(t *testing.T) { faultsOfProxies(t, srv, source) })
	for _, s := range slow {
		t.Run(s.row.name, s.end)
	}
	if open := srv.OpenUploads(t); len(open) != 0 {
		t.Errorf("%d uploads are left open", len(open))
	}
}

// stricken is a row in its middle: an upload with its fault.
type stricken struct {
	row   wireFault
	w     *wire
	p     *proc
	mine  string
	since time.Time
}

// strikeRow starts an upload and strikes it while its first bytes come in.
func strikeRow(t testing.TB, srv *s3test.Server, source string, row wireFault) *stricken {
	t.Helper()
	s := &stricken{row: row, w: newWire(t, srv)}
	cl := newClient(t)
	s.mine = filepath.Join(cl.home, "struck.bin")
	copyFile(t, source, s.mine)
	if row.born {
		row.strike(t, row.on(s.w))
	}
	s.begin(t, func() *proc { return cl.start(t, "upload", "--signer", s.w.URL, "--json", s.mine) })
	return s
}

// begin starts the upload, and strikes when bytes have come in and more are under
// way.
func (s *stricken) begin(t testing.TB, start func() *proc) {
	t.Helper()
	gate := s.w.data.stopAt(mib)
	s.since = time.Now()
	s.p = start()
	gate.await(t, "some bytes")
	if s.w.data.received() < mib || s.w.data.count(func(x exchange) bool { return x.Op == opPart && !x.Over }) == 0 {
		t.Error("no part was under way: the test tests nothing")
	}
	if !s.row.born {
		s.row.strike(t, s.row.on(s.w))
	}
	s.w.data.clear()
}

// end hears the sentence, heals, and holds the upload to its end.
func (s *stricken) end(t *testing.T) {
	row, w, p := s.row, s.w, s.p
	if row.says != "" {
		says := sentence(t, row.says)
		waitUpTo(t, max(row.wait, patience), "the sentence "+says, func() bool {
			return !p.running() || strings.Contains(p.stderr.String(), says)
		})
		if !p.running() {
			t.Fatalf("it ended: %s", tail(p.stderr.String()))
		}
	}
	s.heal(t)
	p.wantExit(t, 0)
	took := time.Since(s.since)
	got := p.result(t)
	got.wantDone(t, wireSize)
	wantSameFile(t, w.path(got.Key), s.mine)
	taken := map[int]int{}
	for _, x := range w.data.exchanges(func(x exchange) bool { return x.Op == opPart && x.Key == got.Key && x.Sent == 200 }) {
		if taken[x.Part]++; taken[x.Part] > 2 { // an answer can leave here and be lost on the line
			t.Errorf("part %d was taken %d times", x.Part, taken[x.Part])
		}
	}
	if row.says == "" && strings.Contains(p.stderr.String(), sentence(t, "network")) {
		t.Errorf("a slow line was called a dead one: %s", p.stderr.String())
	}
	if took < row.least {
		t.Errorf("it took %v, less than %v: the line was not slow", took, row.least)
	}
}

// heal ends the fault, and fails if it never fired.
func (s *stricken) heal(t *testing.T) {
	t.Helper()
	l := s.row.on(s.w)
	waitFor(t, "the fault to fire", func() bool { return l.struck() > 0 })
	switch {
	case s.row.heal != nil:
		s.row.heal(t, l)
	case !s.row.born: // else the line stays as it is
		l.heal(t)
	}
	torn := func(x exchange) bool { return x.Op == opPart && x.Over && x.Status == 0 && x.Received < x.Size }
	if s.row.torn {
		waitFor(t, "a part's body to be torn", func() bool { return s.w.data.count(torn) > 0 })
	}
}

// answersCut cuts real answers on real sockets: of versitygw to a
// single PUT, and of the signer to Complete, after so many bytes. The effect is
// there; nothing may be stored twice and nothing asked.
func answersCut(t *testing.T, srv *s3test.Server) {
	for _, bytes := range []int64{0, 1, 9, 14, 17, 40, 100, 180} {
		name := strconv.FormatInt(bytes, 10)
		t.Run("put "+name, func(t *testing.T) {
			t.Parallel()
			w := newWire(t, srv)
			cl := newClient(t)
			mine := filepath.Join(cl.home, "cut-"+name+".bin")
			writeFile(t, mine, seeded(200_000, 72))
			h := newHold()
			w.data.on(isOp(opPut), 1, fault{holdBefore: h})
			p := cl.start(t, "upload", "--signer", w.URL, "--json", mine)
			h.await(t, "the PUT")
			cutAnswer(t, w.toData, w.data, opPut, bytes, h)
			p.wantExit(t, 0)
			p.result(t).wantDone(t, 200_000)
			wantSameFile(t, w.path(p.result(t).Key), mine)
			if taken := w.data.count(func(x exchange) bool { return x.Op == opPut && x.Status == 200 }); taken != 1 {
				t.Errorf("%d PUTs were taken", taken)
			}
			if w.control.count(func(x exchange) bool { return x.Op == api.PathStatObjects }) == 0 {
				t.Error("nobody looked: the answer was not lost")
			}
		})
		t.Run("complete "+name, func(t *testing.T) {
			t.Parallel()
			w := newWire(t, srv)
			cl := newClient(t)
			mine := filepath.Join(cl.home, "complete-"+name+".bin")
			makeFile(t, mine, partSize+1, 73)
			h := newHold()
			w.control.on(isOp(api.PathCompleteUpload), 1, fault{holdBefore: h})
			p := cl.start(t, "upload", "--signer", w.URL, "--json", mine)
			h.await(t, "Complete")
			cutAnswer(t, w.toControl, w.control, api.PathCompleteUpload, bytes, h)
			p.wantExit(t, 0)
			p.result(t).wantDone(t, partSize+1)
			wantSameFile(t, w.path(p.result(t).Key), mine)
			if n := w.data.count(func(x exchange) bool { return x.Op == opPart && strings.HasSuffix(x.Key, filepath.Base(mine)) }); n != 2 {
				t.Errorf("%d parts were sent for two", n)
			}
			if w.control.count(func(x exchange) bool { return x.Op == api.PathCompleteUpload || x.Op == api.PathStatObjects }) < 2 {
				t.Error("nobody asked again: the answer was not lost")
			}
		})
	}
}

// cutAnswer lets go of the one request that is held at a proxy, and cuts its answer
// after so many bytes.
func cutAnswer(t *testing.T, l *line, at *proxy, op string, bytes int64, held *hold) {
	t.Helper()
	l.strike(harm{down, bytes, cut})
	held.free()
	waitFor(t, op+" to be over, its answer cut", func() bool {
		return l.struck() > 0 && at.count(func(x exchange) bool { return x.Op == op && x.Over }) > 0
	})
	l.heal(t)
}
