package store

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"longshore/uploader"
)

// FuzzRecord: whatever the bytes of a sealed record, each decoder gives an error or a record that is written and read
// again as the same.
func FuzzRecord(f *testing.F) {
	j := aJob(1, 1, 1)
	a := anAttempt(j, 1)
	for _, raw := range [][]byte{
		encode(jobFields, j), encode(vaultFields, aVault(1)), encode(batchFields, aBatch(1)), encode(entryFields, anEntry(1, 1)),
		encode(attemptFields, a), encode(tombstoneFields, uploader.Tombstone{Attempt: a, Since: now}), encode(receiptFields, aReceipt(j, a.ID, now)),
		encode(partFields, storedPart{"u", aPart(1)}), encode(textField, "text"), {}, bytes.Repeat([]byte{0xff}, 12), bytes.Repeat([]byte{0x80}, 300),
	} {
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		stable(t, jobFields, raw)
		stable(t, vaultFields, raw)
		stable(t, batchFields, raw)
		stable(t, entryFields, raw)
		stable(t, attemptFields, raw)
		stable(t, tombstoneFields, raw)
		stable(t, receiptFields, raw)
		stable(t, partFields, raw)
		stable(t, textField, raw)
		k, payload, ok := unseal(raw, seal(kindJob, raw, raw))
		if !ok || k != kindJob || !bytes.Equal(payload, raw) {
			t.Error("a seal does not open")
		}
		if _, _, ok := unseal(append(raw, 0), seal(kindJob, raw, raw)); ok {
			t.Error("a seal opens for another key")
		}
		_, _, _ = unseal(nil, raw)
	})
}

func stable[T any](t *testing.T, fields func(*coder, *T), raw []byte) {
	t.Helper()
	v, err := decode(fields, raw)
	if err != nil {
		if !errors.Is(err, errTorn) {
			t.Errorf("%T: %v", v, err)
		}
		return
	}
	written := encode(fields, v)
	again, err := decode(fields, written)
	if err != nil || !reflect.DeepEqual(again, v) || !bytes.Equal(encode(fields, again), written) {
		t.Errorf("%+v became %+v, %v", v, again, err)
	}
}

// FuzzPages lays foreign bytes over a page of a sound file and gives it to everything that reads pages without bbolt:
// no panic, no endless walk, nothing made up, and what was changed where it counts is noticed.
func FuzzPages(f *testing.F) {
	q, raw := sample(f, 12)
	known := map[uploader.JobID]string{}
	for _, j := range q.Jobs {
		known[j.ID] = j.Path
	}
	size := os.Getpagesize()
	f.Add(uint16(0), uint16(0), []byte{})
	for n := range uint16(12) {
		f.Add(n, uint16(8), []byte{1, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff})
		f.Add(n, uint16(16), bytes.Repeat([]byte{0xff}, 48))
		f.Add(n, uint16(24), raw[3*size+16:3*size+48])
	}
	path := filepath.Join(memory(f), "file")
	f.Fuzz(func(t *testing.T, page, at uint16, patch []byte) {
		bad := bytes.Clone(raw)
		from := (int(page)*size + int(at)) % len(bad)
		copy(bad[from:], patch)
		if err := os.WriteFile(path, bad, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, _, err := peekSchema(path); err != nil {
			t.Fatal(err)
		}
		verdict := checkPages(path)
		r, err := collect(path)
		if err != nil {
			t.Fatal(err)
		}
		if verdict == nil && len(r.jobs) != len(known) {
			t.Errorf("%d jobs of %d, and the check says nothing", len(r.jobs), len(known))
		}
		r.rebuild(time.Now())
		for id, j := range r.jobs {
			if known[id] != j.Path {
				t.Errorf("made up: %+v", j)
			}
		}
	})
}
