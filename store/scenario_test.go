package store

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	bolt "go.etcd.io/bbolt"

	"longshore/uploader"
)

// scenario makes groups of records as an engine would, by seed: each is valid when those before it were applied.
type scenario struct {
	r       *rand.Rand
	n       int // names everything
	batches int
	queued  []uploader.Job
	sending []uploader.Job
	parts   int32
	graves  []uploader.AttemptID
}

func newScenario(seed uint64) *scenario { return &scenario{r: rand.New(rand.NewPCG(seed, 3))} }

func (s *scenario) next() []uploader.Record {
	if s.batches == 0 {
		return s.addBatch()
	}
	switch what := s.r.IntN(10); {
	case what == 0:
		return s.addBatch()
	case what == 1 && s.batches > 3 && len(s.sending) < 4:
		return s.removeBatch()
	case what <= 3 || len(s.queued) == 0:
		return s.addJobs()
	case what <= 5 || len(s.sending) == 0:
		return s.start()
	case what <= 7:
		return s.record()
	case what == 8:
		return s.finish()
	}
	return s.giveUp()
}

func (s *scenario) addBatch() []uploader.Record {
	s.batches++
	b := s.batches
	return []uploader.Record{uploader.SaveVault{Vault: aVault(1)},
		uploader.AddBatch{Batch: aBatch(b), Entries: []uploader.Entry{anEntry(b, b), anEntry(b, 1000+b)}}}
}

// removeBatch drops the jobs of one batch that are queued; those that are being sent go on.
func (s *scenario) removeBatch() []uploader.Record {
	b := 1 + s.r.IntN(s.batches)
	for _, j := range s.sending {
		if j.Batch == aBatch(b).ID {
			return s.record()
		}
	}
	kept := s.queued[:0]
	for _, j := range s.queued {
		if j.Batch != aBatch(b).ID {
			kept = append(kept, j)
		}
	}
	s.queued = kept
	return []uploader.Record{uploader.RemoveEntry{Entry: anEntry(b, b)}}
}

// addJobs adds some jobs; a few have paths so long that they need pages of their own.
func (s *scenario) addJobs() []uploader.Record {
	var group []uploader.Record
	for range 1 + s.r.IntN(12) {
		s.n++
		b := 1 + s.r.IntN(s.batches)
		j := aJob(b, b, s.n)
		if s.r.IntN(30) == 0 {
			j.Path = strings.Repeat("/a long way", 1500)
		}
		s.queued = append(s.queued, j)
		group = append(group, uploader.AddJob{Job: j})
	}
	return group
}

func (s *scenario) start() []uploader.Record {
	if len(s.queued) == 0 {
		return s.addJobs()
	}
	j := s.queued[0]
	s.queued = s.queued[1:]
	s.n++
	a := anAttempt(j, s.n)
	j = next(j, uploader.Uploading)
	j.Attempt = a.ID
	s.sending = append(s.sending, j)
	return []uploader.Record{uploader.SaveAttempt{Attempt: a}, uploader.UpdateJob{Job: j}}
}

func (s *scenario) record() []uploader.Record {
	if len(s.sending) == 0 {
		return s.start()
	}
	j := s.sending[s.r.IntN(len(s.sending))]
	var group []uploader.Record
	for range 1 + s.r.IntN(30) {
		s.parts++
		group = append(group, uploader.SavePart{Attempt: j.Attempt, UploadID: "u", Part: aPart(s.parts)})
	}
	return group
}

// take removes one of the jobs that are being sent.
func (s *scenario) take() uploader.Job {
	i := s.r.IntN(len(s.sending))
	j := s.sending[i]
	s.sending = append(s.sending[:i], s.sending[i+1:]...)
	return j
}

func (s *scenario) finish() []uploader.Record {
	j := next(s.take(), uploader.Done)
	return []uploader.Record{uploader.Finish{Job: j, Receipt: aReceipt(j, j.Attempt, now)}}
}

func (s *scenario) giveUp() []uploader.Record {
	j := s.take()
	a := anAttempt(j, s.n)
	a.ID = j.Attempt
	group := []uploader.Record{uploader.EndAttempt{Attempt: a.ID, Tombstone: &uploader.Tombstone{Attempt: a, Since: now}}}
	if len(s.graves) > 3 {
		group = append(group, uploader.DropTombstone{Attempt: s.graves[0]})
		s.graves = s.graves[1:]
	}
	s.graves = append(s.graves, a.ID)
	j = next(j, uploader.Cancelled)
	j.Attempt = ""
	return append(group, uploader.UpdateJob{Job: j})
}

// content is a digest of every key and value of every bucket, and how many there are.
func content(t testing.TB, b *bolt.DB) string {
	t.Helper()
	var state string
	err := b.View(func(bt *bolt.Tx) (err error) {
		state, err = digest(bt)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return state
}

func digest(bt *bolt.Tx) (string, error) {
	h, n := sha256.New(), 0
	err := bt.ForEach(func(name []byte, k *bolt.Bucket) error {
		return k.ForEach(func(key, value []byte) error {
			n++
			_, err := fmt.Fprintf(h, "%q %q %q\n", name, key, value)
			return err
		})
	})
	return fmt.Sprintf("%d records %s", n, hex.EncodeToString(h.Sum(nil)[:8])), err
}

// contentOf checks a file without changing it and returns its content.
func contentOf(t testing.TB, path string) string {
	t.Helper()
	state, err := stateOf(path)
	if err != nil {
		t.Fatal(err)
	}
	return state
}

// stateOf is contentOf for a process that is no test.
func stateOf(path string) (state string, err error) {
	if err := check(path); err != nil {
		return "", err
	}
	b, err := bolt.Open(path, 0o600, &bolt.Options{ReadOnly: true, Timeout: lockTimeout})
	if err != nil {
		return "", err
	}
	defer b.Close()
	err = b.View(func(bt *bolt.Tx) error {
		state, err = digest(bt)
		return err
	})
	return state, err
}

// memory is a folder that costs no disk, where there is such a thing.
func memory(t testing.TB) string {
	t.Helper()
	if info, err := os.Stat("/dev/shm"); err != nil || !info.IsDir() {
		return t.TempDir()
	}
	dir, err := os.MkdirTemp("/dev/shm", "longshore-store-")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return dir
}

func TestTheScenarioIsValidAndVaried(t *testing.T) {
	db, s, seen := mustOpen(t, memory(t)), newScenario(1), map[string]bool{}
	for range 300 {
		group := s.next()
		seen[fmt.Sprintf("%T", group[0])] = true
		apply(t, db, group...)
	}
	if len(seen) != 7 {
		t.Errorf("the scenario makes only %d kinds of groups: %v", len(seen), seen)
	}
	if err := checkPages(db.folder.path(fileQueue)); err != nil {
		t.Error(err)
	}
	if !bytes.Contains(read(t, string(db.folder), fileQueue), []byte("/a long way/a long way")) {
		t.Error("no record needs a page of its own")
	}
}
