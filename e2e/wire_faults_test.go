package e2e

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"longshore/internal/s3test"
	"longshore/signer/api"
)

// wireFault is one fault of TCP that strikes the built programs in the middle of
// an upload, and what a person reads while it lasts.
type wireFault struct {
	name   string
	strike func(t testing.TB, w *wire)
	heal   func(t testing.TB, w *wire)
	says   string        // the code whose sentence must be printed; "" where nothing needs to be
	wait   time.Duration // until it is said, at the longest
	still  bool          // the sockets to storage stand still all the while
}

func healData(_ testing.TB, w *wire)    { w.toData.heal() }
func healControl(_ testing.TB, w *wire) { w.toControl.heal() }

// onData and onControl add one toxic.
func onData(kind, stream, attributes string) func(testing.TB, *wire) {
	return func(t testing.TB, w *wire) { w.toData.add(t, kind, stream, attributes) }
}

func onControl(kind, stream, attributes string) func(testing.TB, *wire) {
	return func(t testing.TB, w *wire) { w.toControl.add(t, kind, stream, attributes) }
}

func wireFaults() []wireFault {
	return []wireFault{
		// The two that take as long as the watchdogs: the others strike meanwhile.
		{name: "storage: a socket that stands still", still: true, strike: func(testing.TB, *wire) {}, heal: healData, says: "network", wait: 100 * time.Second},
		{name: "signer: half-open, no answer comes back", strike: onControl("timeout", "downstream", `"timeout":0`), heal: healControl, says: "network", wait: 90 * time.Second},

		{name: "storage: nobody listens", strike: func(_ testing.TB, w *wire) { w.toData.away() }, heal: func(t testing.TB, w *wire) { w.toData.back(t) }, says: "network"},
		{name: "signer: nobody listens", strike: func(_ testing.TB, w *wire) { w.toControl.away() }, heal: func(t testing.TB, w *wire) { w.toControl.back(t) }, says: "network"},
		{name: "storage: reset at once", strike: onData("reset_peer", "upstream", `"timeout":0`), heal: healData, says: "network"},
		{name: "signer: reset at once", strike: onControl("reset_peer", "upstream", `"timeout":0`), heal: healControl, says: "network"},
		{name: "signer: reset instead of an answer", strike: onControl("reset_peer", "downstream", `"timeout":0`), heal: healControl, says: "network"},
		{name: "storage: cut in the middle of the body", strike: onData("limit_data", "upstream", `"bytes":3000000`), heal: healData, says: "network"},
		{name: "signer: answers cut in the status line", strike: onControl("limit_data", "downstream", `"bytes":11`), heal: healControl, says: "network"},
		{name: "signer: answers cut in the header", strike: onControl("limit_data", "downstream", `"bytes":60`), heal: healControl, says: "network"},
		{name: "signer: answers cut in the body", strike: onControl("limit_data", "downstream", `"bytes":330`), heal: healControl, says: "network"},
		{name: "signer: calls cut on their way", strike: onControl("limit_data", "upstream", `"bytes":100`), heal: healControl, says: "network"},
		// One toxic: toxiproxy can lock itself up when a second is added to a connection in full flow.
		{name: "storage: a line that is slow", strike: func(t testing.TB, w *wire) {
			w.toData.add(t, "bandwidth", "upstream", `"rate":6000`)
		}, heal: func(testing.TB, *wire) {}},
		{name: "signer: answers that come a few bytes at a time", strike: onControl("slicer", "downstream", `"average_size":3,"size_variation":1,"delay":4000`), heal: func(testing.TB, *wire) {}},
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
	row  wireFault
	w    *wire
	p    *proc
	mine string
}

// strikeRow starts an upload and strikes it while its first bytes come in.
func strikeRow(t testing.TB, srv *s3test.Server, source string, row wireFault) *stricken {
	t.Helper()
	s := &stricken{row: row, w: newWire(t, srv)}
	cl := newClient(t)
	s.mine = filepath.Join(cl.home, "struck.bin")
	copyFile(t, source, s.mine)
	gate := s.w.data.stopAt(mib)
	s.p = cl.start(t, "upload", "--signer", s.w.URL, "--json", s.mine)
	gate.await(t, "some bytes")
	if s.w.data.count(func(x exchange) bool { return x.Op == opPart && !x.Over }) == 0 {
		t.Error("no part was under way: the test tests nothing")
	}
	row.strike(t, s.w)
	if !row.still {
		s.w.data.clear()
	}
	return s
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
	row.heal(t, w)
	w.data.clear()
	p.wantExit(t, 0)
	got := p.result(t)
	got.wantDone(t, wireSize)
	wantSameFile(t, w.path(got.Key), s.mine)
	taken := map[int]int{}
	for _, x := range w.data.exchanges(func(x exchange) bool { return x.Op == opPart && x.Key == got.Key && x.Sent == 200 }) {
		if taken[x.Part]++; taken[x.Part] > 2 { // an answer can leave here and be lost in the toxic behind
			t.Errorf("part %d was taken %d times", x.Part, taken[x.Part])
		}
	}
	if row.says == "" && strings.Contains(p.stderr.String(), sentence(t, "network")) {
		t.Errorf("a slow line was called a dead one: %s", p.stderr.String())
	}
}

// answersCut cuts real answers on real sockets: of versitygw to a
// single PUT, and of the signer to Complete, after so many bytes. The effect is
// there; nothing may be stored twice and nothing asked.
func answersCut(t *testing.T, srv *s3test.Server) {
	for _, bytes := range []string{"0", "1", "9", "14", "17", "40", "100", "180"} {
		t.Run("put "+bytes, func(t *testing.T) {
			t.Parallel()
			w := newWire(t, srv)
			cl := newClient(t)
			mine := filepath.Join(cl.home, "cut-"+bytes+".bin")
			writeFile(t, mine, seeded(200_000, 72))
			h := newHold()
			rule := w.data.on(isOp(opPut), 1, fault{holdBefore: h})
			p := cl.start(t, "upload", "--signer", w.URL, "--json", mine)
			h.await(t, "the PUT")
			w.toData.add(t, "limit_data", "downstream", `"bytes":`+bytes)
			h.free()
			waitFor(t, "the PUT to be over", func() bool { return w.data.count(func(x exchange) bool { return x.Op == opPut && x.Over }) > 0 })
			w.toData.heal()
			p.wantExit(t, 0)
			p.result(t).wantDone(t, 200_000)
			wantSameFile(t, w.path(p.result(t).Key), mine)
			if taken := w.data.count(func(x exchange) bool { return x.Op == opPut && x.Status == 200 }); taken != 1 || w.data.hits(rule) != 1 {
				t.Errorf("%d PUTs were taken, the fault came %d times", taken, w.data.hits(rule))
			}
		})
		t.Run("complete "+bytes, func(t *testing.T) {
			t.Parallel()
			w := newWire(t, srv)
			cl := newClient(t)
			mine := filepath.Join(cl.home, "complete-"+bytes+".bin")
			makeFile(t, mine, partSize+1, 73)
			h := newHold()
			rule := w.control.on(isOp(api.PathCompleteUpload), 1, fault{holdBefore: h})
			p := cl.start(t, "upload", "--signer", w.URL, "--json", mine)
			h.await(t, "Complete")
			w.toControl.add(t, "limit_data", "downstream", `"bytes":`+bytes)
			h.free()
			waitFor(t, "Complete to be over", func() bool {
				return w.control.count(func(x exchange) bool { return x.Op == api.PathCompleteUpload && x.Over }) > 0
			})
			w.toControl.heal()
			p.wantExit(t, 0)
			p.result(t).wantDone(t, partSize+1)
			wantSameFile(t, w.path(p.result(t).Key), mine)
			if n := w.data.count(func(x exchange) bool { return x.Op == opPart && strings.HasSuffix(x.Key, filepath.Base(mine)) }); n != 2 || w.control.hits(rule) != 1 {
				t.Errorf("%d parts were sent for two, the fault came %d times", n, w.control.hits(rule))
			}
		})
	}
}
