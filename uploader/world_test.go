package uploader_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"longshore/internal/fault"
	"longshore/uploader"
)

// The small world of these tests: parts of 1,000 bytes, objects of at most 100 bytes are small.
const (
	partSize  = 1000
	smallSize = 100
)

// vaultID is the one vault of a world.
const vaultID uploader.VaultID = "V"

// world is an engine with everything around it, in virtual time.
type world struct {
	t         *testing.T
	vault     *fault.Vault
	journal   *fault.Journal
	source    *fault.Source
	limits    uploader.Limits
	bandwidth uploader.Bandwidth
	idle      bool
	look      func(io.ReaderAt, int64) (uploader.Image, bool)
	personal  func(string) bool
	connector uploader.Connector // nil: straight to the vault
	part      int64              // of the small world; 0: partSize
	real      bool               // S3's own sizes instead of the small world's
	ids       int
	wrong     atomic.Int64 // how far this machine's clock is off

	engine *uploader.Engine
	cancel context.CancelFunc
	done   chan error
}

// inWorld runs a test in a bubble of virtual time. Whatever the test does, the engine is stopped and the planned
// faults must have fired.
func inWorld(t *testing.T, o fault.VaultOptions, f func(w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := &world{t: t, vault: fault.NewVault(o), journal: fault.NewJournal(), source: fault.NewSource()}
		w.start()
		v := uploader.Vault{
			ID: vaultID, Name: "Vault", SignerURL: "https://vault.test", DataOrigins: []string{w.vault.Origin()},
			Checksum: o.Checksum, Encryption: o.Encryption,
		}
		if v.Checksum == "" {
			v.Checksum = uploader.ChecksumCRC64NVME
		}
		if err := w.engine.SaveVault(t.Context(), v); err != nil {
			t.Fatal(err)
		}
		f(w)
		w.stop()
		w.vault.Faults.VerifyAllFaultsExercised(t)
		w.journal.Faults.VerifyAllFaultsExercised(t)
		w.source.Faults.VerifyAllFaultsExercised(t)
	})
}

// start brings up an engine on the journal as it is.
func (w *world) start() {
	w.t.Helper()
	if w.connector == nil {
		w.connector = fault.Connector(map[uploader.VaultID]*fault.Vault{vaultID: w.vault})
	}
	if w.part == 0 {
		w.part = partSize
	}
	e, err := uploader.New(w.t.Context(), uploader.Config{
		Journal: w.journal, Source: w.source, Limits: w.limits, Bandwidth: w.bandwidth, Idle: w.idle, Look: w.look, Personal: w.personal,
		Now:       func() time.Time { return time.Now().Add(time.Duration(w.wrong.Load())) },
		Connector: w.connector,
		NewID: func() string {
			w.ids++
			return fmt.Sprintf("%026d", w.ids)
		},
	})
	if err != nil {
		w.t.Fatal(err)
	}
	if !w.real {
		e.SmallWorld(w.part, smallSize)
	}
	ctx, cancel := context.WithCancel(w.t.Context())
	w.engine, w.cancel, w.done = e, cancel, make(chan error, 1)
	go func() { w.done <- e.Run(ctx) }()
}

// stop ends the engine as a user's quit does.
func (w *world) stop() {
	w.t.Helper()
	w.cancel()
	if err := <-w.done; err != nil {
		w.t.Fatal(err)
	}
}

// crash ends the engine without goodbye: what is under way is cut, and the next engine finds the journal as it was at
// the moment of the crash.
func (w *world) crash() {
	w.t.Helper()
	w.journal = w.crashImage()
	w.start()
}

func (w *world) crashImage() *fault.Journal {
	image := w.journal.Clone()
	w.vault.Offline(true)
	w.cancel()
	<-w.done
	w.vault.Offline(false)
	return image
}

// write makes a file of n bytes that no other file has.
func (w *world) write(path string, n int) []byte {
	data := randomBytes(path, n)
	w.source.Write(path, data)
	return data
}

func randomBytes(seed string, n int) []byte {
	var key [32]byte
	copy(key[:], seed)
	data := make([]byte, n)
	_, _ = rand.NewChaCha8(key).Read(data)
	return data
}

func (w *world) add(paths ...string) uploader.Added {
	w.t.Helper()
	added, err := w.engine.Add(w.t.Context(), vaultID, paths, uploader.KnownSend)
	if err != nil {
		w.t.Fatal(err)
	}
	return added
}

func (w *world) do(verb uploader.Verb, t uploader.Target) {
	w.t.Helper()
	if err := w.engine.Do(w.t.Context(), verb, t); err != nil {
		w.t.Fatal(err)
	}
}

// until waits, at most a day of virtual time, for a snapshot that fits.
func (w *world) until(what string, fits func(*uploader.Snapshot) bool) *uploader.Snapshot {
	w.t.Helper()
	changed, cancel := w.engine.Subscribe()
	defer cancel()
	late := time.After(24 * time.Hour)
	for {
		if s := w.engine.Snapshot(); fits(s) {
			return s
		}
		select {
		case <-changed:
		case err := <-w.done:
			w.t.Fatalf("the engine ended (%v) before %s", err, what)
		case <-late:
			w.t.Fatalf("never: %s; %s", what, w.describe())
		}
	}
}

// settled waits until every job has ended and nothing is left to abort.
func (w *world) settled() *uploader.Snapshot {
	w.t.Helper()
	return w.until("settled", ended)
}

// ended tells whether the engine has nothing left to do on its own.
func ended(s *uploader.Snapshot) bool {
	if s.Totals.Scanning || s.Totals.Aborting > 0 {
		return false
	}
	for _, j := range s.Jobs.All() {
		if !j.State.Ended() {
			return false
		}
	}
	return true
}

func (w *world) describe() string {
	var b bytes.Buffer
	s := w.engine.Snapshot()
	fmt.Fprintf(&b, "totals %+v", s.Totals)
	for i, j := range s.Jobs.All() {
		if i == 20 {
			b.WriteString("\n  …")
			break
		}
		fmt.Fprintf(&b, "\n  %s %s %s %s %d/%d %s", j.RelPath, j.State, j.Reason, j.Code, j.Part, j.Parts, j.Detail)
	}
	return b.String()
}

// job returns the row of a file.
func (w *world) job(rel string) uploader.JobRow {
	w.t.Helper()
	for _, j := range w.engine.Snapshot().Jobs.All() {
		if j.RelPath == rel {
			return *j
		}
	}
	w.t.Fatalf("no job %s; %s", rel, w.describe())
	return uploader.JobRow{}
}

// stored checks that a file is done, that exactly one object holds its bytes, and that the receipt says so. It
// returns the receipt.
func (w *world) stored(rel string, data []byte) uploader.Receipt {
	w.t.Helper()
	if j := w.job(rel); j.State != uploader.Done {
		w.t.Fatalf("%s is %s (%s %s)", rel, j.State, j.Code, j.Detail)
	}
	history, err := w.engine.History(w.t.Context(), uploader.HistoryQuery{})
	if err != nil {
		w.t.Fatal(err)
	}
	i := slices.IndexFunc(history, func(r uploader.Receipt) bool { return r.RelPath == rel })
	if i < 0 {
		w.t.Fatalf("no receipt of %s", rel)
	}
	got, ok := w.vault.Object(history[i].Key)
	if !ok || !bytes.Equal(got, data) {
		w.t.Fatalf("%s: the vault holds %d bytes, not the file's %d", rel, len(got), len(data))
	}
	return history[i]
}

// nothingOpen checks that S3 holds no unfinished upload, and the journal no attempt and no tombstone.
func (w *world) nothingOpen() {
	w.t.Helper()
	time.Sleep(10 * time.Minute) // an unheard Create is waited for
	if open := w.vault.OpenUploads(); len(open) > 0 {
		w.t.Errorf("open uploads: %v", open)
	}
	q, err := w.journal.Load(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	if len(q.Tombstones) > 0 {
		w.t.Errorf("tombstones: %d", len(q.Tombstones))
	}
}

// sentOnce checks that S3 accepted no part and no object twice.
func (w *world) sentOnce() {
	w.t.Helper()
	for _, key := range w.vault.Keys() {
		for n, times := range w.vault.Traffic(key).Accepted {
			if times > 1 {
				w.t.Errorf("part %d of %s was stored %d times", n, key, times)
			}
		}
	}
}
