package store

import (
	"testing"

	"longshore/uploader"
)

// remainsOf is what is left of a queue of one batch.
func remainsOf(jobs ...uploader.Job) *remains {
	r := newRemains()
	r.certain, r.whole, r.indexed = true, true, true
	r.batches[aBatch(1).ID] = uploader.Batch{ID: aBatch(1).ID, Vault: aVault(1).ID, AddedAt: now}
	r.entries[anEntry(1, 1).ID] = anEntry(1, 1)
	for _, j := range jobs {
		r.jobs[j.ID] = j
		r.paths[j.ID] = true
		r.named[j.ID] = j.Entry
	}
	return r
}

func uploading(n int) (uploader.Job, uploader.Attempt) {
	j := next(aJob(1, 1, n), uploader.Uploading)
	a := anAttempt(j, n)
	j.Attempt = a.ID
	return j, a
}

func TestAFinishedJobIsKnownByItsReceipt(t *testing.T) {
	j, a := uploading(1)
	lost := aJob(1, 1, 2)
	lost.Attempt = "A2"
	r := remainsOf(j, lost)
	delete(r.jobs, lost.ID)
	r.whole = false
	for _, c := range []uploader.Receipt{aReceipt(j, a.ID, now), aReceipt(lost, "A2", now)} {
		r.receipts[string(historyKey(c.Mark()))] = c
	}
	r.attempts[a.ID] = a
	told := r.rebuild(now)
	if told.Lost != 0 || told.Jobs != 2 || told.Unknown {
		t.Errorf("told %+v", told)
	}
	for _, id := range []uploader.JobID{j.ID, lost.ID} {
		if got := r.jobs[id]; got.State != uploader.Done || got.Entry != j.Entry {
			t.Errorf("job is %+v", got)
		}
	}
	if _, live := r.attempts[a.ID]; live {
		t.Error("a finished job has an attempt")
	}
}

func TestALostJobIsCountedAndItsUploadBuried(t *testing.T) {
	j, a := uploading(1)
	r := remainsOf(j)
	delete(r.jobs, j.ID)
	r.whole = false
	r.attempts[a.ID] = a
	r.parts[string(partKey(a.ID, "u", 1))] = nil
	told := r.rebuild(now)
	if told.Lost != 1 || told.Unknown {
		t.Errorf("told %+v", told)
	}
	if got := r.tombstones[a.ID]; got.Attempt.UploadID != a.UploadID || len(r.attempts)+len(r.parts) != 0 {
		t.Errorf("tombstones %+v", r.tombstones)
	}
	if !r.batches[j.Batch].Scanning {
		t.Error("the batch is not walked again")
	}
}

func TestAJobWithoutItsAttemptQueuesAgain(t *testing.T) {
	j, _ := uploading(1)
	failed, _ := uploading(2)
	failed.State = uploader.Failed
	r := remainsOf(j, failed)
	r.rebuild(now)
	if got := r.jobs[j.ID]; got.State != uploader.Queued || got.Attempt != "" {
		t.Errorf("job is %+v", got)
	}
	if got := r.jobs[failed.ID]; got.State != uploader.Failed || got.Attempt != "" {
		t.Errorf("failed job is %+v", got)
	}
	if r.batches[j.Batch].Scanning {
		t.Error("no job is missing, but the batch is walked again")
	}
}

func TestParentsAreMadeUp(t *testing.T) {
	j := aJob(1, 1, 1)
	r := remainsOf(j)
	clear(r.batches)
	clear(r.entries)
	r.rebuild(now)
	want := uploader.Entry{ID: j.Entry, Batch: j.Batch, Path: "/data/study", Name: "study", Prefix: "study", Dir: true, Order: j.Order}
	same(t, r.entries[j.Entry], want)
	if b := r.batches[j.Batch]; b.Vault != j.Vault || !b.Scanning {
		t.Errorf("batch is %+v", b)
	}
}
