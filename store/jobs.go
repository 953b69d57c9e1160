package store

import (
	"errors"
	"fmt"

	"longshore/uploader"
)

// errConflict is a failed compare-and-set; it becomes CodeJournalConflict.
var errConflict = errors.New("store: conflict")

func conflict(why string) error { return fmt.Errorf("%w: %s", errConflict, why) }

func orConflict(err error, why string) error {
	if err != nil {
		return err
	}
	return conflict(why)
}

func (t *tx) addJob(j *uploader.Job) error {
	if err := checkJob(j); err != nil {
		return err
	}
	if old, err := t.get(kindJob, key(string(j.ID))); err != nil || old != nil {
		return orConflict(err, "the job exists")
	}
	if err := t.indexJob(j); err != nil {
		return err
	}
	first := *j
	first.Revision = 1
	return save(t, kindJob, key(string(j.ID)), jobFields, &first)
}

func checkJob(j *uploader.Job) error {
	return errors.Join(checkID("job", j.ID), checkID("batch", j.Batch), checkID("entry", j.Entry))
}

func (t *tx) indexJob(j *uploader.Job) error {
	at := pathKey(j.Batch, j.RelPath)
	if old, err := t.get(kindPath, at); err != nil || old != nil {
		return orConflict(err, "the batch has a job of this path")
	}
	if err := saveText(t, kindPath, at, string(j.ID)); err != nil {
		return err
	}
	return t.put(kindEntryJob, key(string(j.Entry), string(j.ID)), nil)
}

func (t *tx) unindexJob(j *uploader.Job) error {
	if err := t.drop(kindPath, pathKey(j.Batch, j.RelPath)); err != nil {
		return err
	}
	return t.drop(kindEntryJob, key(string(j.Entry), string(j.ID)))
}

func (t *tx) updateJob(j *uploader.Job) error {
	if err := checkJob(j); err != nil {
		return err
	}
	old, found, err := load(t, kindJob, key(string(j.ID)), jobFields)
	if err != nil {
		return err
	}
	if !found || old.Revision != j.Revision-1 {
		return conflict("the job changed")
	}
	if old.Batch != j.Batch || old.RelPath != j.RelPath || old.Entry != j.Entry {
		if err := errors.Join(t.unindexJob(&old), t.indexJob(j)); err != nil {
			return err
		}
	}
	return save(t, kindJob, key(string(j.ID)), jobFields, j)
}

// finish is updateJob, the end of the job's attempts, and the receipt.
func (t *tx) finish(j *uploader.Job, r *uploader.Receipt) error {
	if err := t.updateJob(j); err != nil {
		return err
	}
	if err := t.dropAttempts(j.ID); err != nil {
		return err
	}
	return t.addReceipt(r)
}

func (t *tx) addReceipt(r *uploader.Receipt) error {
	if err := errors.Join(checkID("job", r.Job), checkID("batch", r.Batch)); err != nil {
		return err
	}
	at := historyKey(r.Mark())
	if err := save(t, kindHistory, at, receiptFields, r); err != nil {
		return err
	}
	if err := t.know(r, at); err != nil {
		return err
	}
	return saveText(t, kindBatchFinish, batchFinishKey(r.Batch, at), string(at))
}

func (t *tx) dropAttempts(id uploader.JobID) error {
	of := prefix(string(id))
	keys, err := t.keys(kindJobAttempt, of)
	if err != nil {
		return err
	}
	for _, k := range keys {
		if err := t.dropAttempt(uploader.AttemptID(k[len(of):])); err != nil {
			return err
		}
	}
	return nil
}

func (t *tx) removeJob(id uploader.JobID) error {
	j, found, err := load(t, kindJob, key(string(id)), jobFields)
	if err != nil || !found {
		return err
	}
	if err := t.dropAttempts(id); err != nil {
		return err
	}
	if err := t.unindexJob(&j); err != nil {
		return err
	}
	return t.drop(kindJob, key(string(id)))
}
