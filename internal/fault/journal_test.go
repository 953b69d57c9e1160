package fault

import (
	"reflect"
	"testing"
	"testing/synctest"
	"time"

	"longshore/uploader"
)

// filled is a journal with one job that has sent one part.
func filled(t *testing.T) *Journal {
	t.Helper()
	j := NewJournal()
	apply(t, j, "",
		uploader.SaveVault{Vault: uploader.Vault{ID: "V"}},
		uploader.AddBatch{Batch: uploader.Batch{ID: "B", Vault: "V"}, Entries: []uploader.Entry{{ID: "E", Batch: "B"}}},
		uploader.AddJob{Job: uploader.Job{ID: "J", Batch: "B", Entry: "E", RelPath: "a", Revision: 7}},
		uploader.SaveAttempt{Attempt: uploader.Attempt{ID: "A", Job: "J", UploadID: "U"}},
		uploader.SavePart{Attempt: "A", UploadID: "U", Part: uploader.Part{PartNumber: 2, ETag: `"e"`}},
		uploader.SavePart{Attempt: "A", UploadID: "U", Part: uploader.Part{PartNumber: 1, ETag: `"e"`}},
	)
	return j
}

func apply(t *testing.T, j *Journal, code uploader.Code, records ...uploader.Record) {
	t.Helper()
	want(t, "apply", j.Apply(t.Context(), records), code)
}

func load(t *testing.T, j *Journal) uploader.Queue {
	t.Helper()
	return must(j.Load(t.Context()))
}

func TestAFailedGroupLeavesNothing(t *testing.T) {
	j := filled(t)
	before := j.Clone().durable
	for name, last := range map[string]struct {
		record uploader.Record
		want   uploader.Code
	}{
		"a stale job":        {uploader.UpdateJob{Job: uploader.Job{ID: "J", Revision: 4}}, uploader.CodeJournalConflict},
		"the same path":      {uploader.AddJob{Job: uploader.Job{ID: "J3", Batch: "B", Entry: "E", RelPath: "b"}}, uploader.CodeJournalConflict},
		"the same batch":     {uploader.AddBatch{Batch: uploader.Batch{ID: "B", Vault: "V"}}, uploader.CodeJournalConflict},
		"a vault in use":     {uploader.RemoveVault{ID: "V"}, uploader.CodeJournalConflict},
		"an owed abort":      {uploader.RemoveEntry{Entry: uploader.Entry{ID: "E", Batch: "B"}}, uploader.CodeInternal},
		"a job at work":      {uploader.RemoveJob{Job: uploader.Job{ID: "J"}}, uploader.CodeInternal},
		"a foreign part":     {uploader.SavePart{Attempt: "A", UploadID: "U2", Part: uploader.Part{PartNumber: 1, ETag: "e"}}, uploader.CodeInternal},
		"done without being": {uploader.Finish{Job: uploader.Job{ID: "J", Revision: 3}, Receipt: uploader.Receipt{Job: "J"}}, uploader.CodeInternal},
	} {
		apply(t, j, last.want,
			uploader.AddJob{Job: uploader.Job{ID: "J2", Batch: "B", Entry: "E", RelPath: "b"}},
			uploader.UpdateJob{Job: uploader.Job{ID: "J", Batch: "B", Entry: "E", RelPath: "c", Revision: 2}},
			uploader.SaveAttempt{Attempt: uploader.Attempt{ID: "A2", Job: "J2"}},
			uploader.DropPart{Attempt: "A", UploadID: "U", PartNumber: 1},
			uploader.SaveEntry{Entry: uploader.Entry{ID: "E", Batch: "B", Name: "new"}},
			uploader.SaveBatch{Batch: uploader.Batch{ID: "B", Vault: "V", Scanning: true}},
			uploader.EndAttempt{Attempt: "A2", Tombstone: &uploader.Tombstone{Attempt: uploader.Attempt{ID: "A2"}}},
			uploader.DropTombstone{Attempt: "A2"},
			last.record)
		if !reflect.DeepEqual(before, j.durable) {
			t.Fatalf("%s: something of the group was kept", name)
		}
	}
}

func TestTheWayOfAJob(t *testing.T) {
	j := filled(t)
	if parts := must(j.Parts(t.Context(), "A", "U")); len(parts) != 2 || parts[0].PartNumber != 1 {
		t.Errorf("%+v", parts)
	}
	if q := load(t, j); q.Jobs[0].Revision != 1 || len(q.Attempts) != 1 {
		t.Errorf("%+v", q)
	}
	apply(t, j, "", uploader.EndAttempt{Attempt: "A", Tombstone: &uploader.Tombstone{Attempt: uploader.Attempt{ID: "A"}}})
	apply(t, j, "", uploader.SavePart{Attempt: "A", UploadID: "U", Part: uploader.Part{PartNumber: 3, ETag: "e"}}) // came late
	if q := load(t, j); len(q.Attempts) != 0 || len(q.Tombstones) != 1 || len(must(j.Parts(t.Context(), "A", "U"))) != 0 {
		t.Errorf("%+v", q)
	}
	done := uploader.Job{ID: "J", Batch: "B", Entry: "E", RelPath: "a", Revision: 2, State: uploader.Done}
	apply(t, j, "", uploader.SaveAttempt{Attempt: uploader.Attempt{ID: "A2", Job: "J", UploadID: "U2"}},
		uploader.Finish{Job: done, Receipt: uploader.Receipt{Job: "J", Batch: "B", FinishedAt: time.Unix(5, 0)}})
	apply(t, j, "", uploader.RemoveEntry{Entry: uploader.Entry{ID: "E", Batch: "B"}}, uploader.DropTombstone{Attempt: "A"}, uploader.RemoveVault{ID: "V"})
	if q := load(t, j); len(q.Jobs)+len(q.Entries)+len(q.Batches)+len(q.Attempts)+len(q.Tombstones)+len(q.Vaults) != 0 {
		t.Errorf("%+v", q)
	}
	for q, n := range map[uploader.HistoryQuery]int{
		{}: 1, {Batch: "B"}: 1, {Batch: "C"}: 0, {After: time.Unix(5, 0)}: 0, {After: time.Unix(4, 0)}: 1, {Limit: 1}: 1,
	} {
		if got := must(j.History(t.Context(), q)); len(got) != n {
			t.Errorf("%+v: %+v", q, got)
		}
	}
}

func TestACloneIsWhatAPowerCutLeaves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := filled(t)
		j.Delay = time.Second
		cut := make(chan *Journal, 1)
		time.AfterFunc(time.Second/2, func() { cut <- j.Clone() })
		start := time.Now()
		apply(t, j, "", uploader.DropPart{Attempt: "A", UploadID: "U", PartNumber: 1})
		if took := time.Since(start); took != time.Second {
			t.Errorf("took %v", took)
		}
		after := j.Clone()
		apply(t, j, "", uploader.DropPart{Attempt: "A", UploadID: "U", PartNumber: 2})
		for i, c := range []*Journal{<-cut, after, j} {
			if parts := must(c.Parts(t.Context(), "A", "U")); len(parts) != 2-i {
				t.Errorf("image %d has %d parts", i, len(parts))
			}
		}
	})
}

func TestFaultsOfTheJournal(t *testing.T) {
	j := filled(t)
	ran := 0
	j.Faults.Add(OpApply, Fault{Code: uploader.CodeDiskFull}, Fault{DropAnswer: true}, Fault{After: func() { ran++ }})
	dropPart := func(n int32) uploader.Record { return uploader.DropPart{Attempt: "A", UploadID: "U", PartNumber: n} }
	apply(t, j, uploader.CodeDiskFull, dropPart(1))
	if parts := must(j.Parts(t.Context(), "A", "U")); len(parts) != 2 {
		t.Errorf("a refused group was kept: %+v", parts)
	}
	apply(t, j, uploader.CodeJournalBroken, dropPart(1))
	apply(t, j, "", dropPart(2))
	if parts := must(j.Parts(t.Context(), "A", "U")); len(parts) != 0 || ran != 1 {
		t.Errorf("%+v, %d hooks", parts, ran)
	}
	j.Faults.VerifyAllFaultsExercised(t)
}
