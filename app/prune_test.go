package app

import (
	"context"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"longshore/store"
	"longshore/uploader"
)

// A clock set years ahead says that every receipt is too old. None goes while that may still be put right.
func TestAWrongClockDoesNotEmptyTheHistory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db, err := store.Open(t.Context(), t.TempDir(), store.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer func() {
			if err := db.Close(); err != nil {
				t.Error(err)
			}
		}()
		at := time.Now().AddDate(-3, 0, 0)
		batch := uploader.Batch{ID: "01B", Vault: "01V", AddedAt: at}
		entry := uploader.Entry{ID: "01E", Batch: batch.ID, Path: "/a", Name: "a", Prefix: "a", Walked: true}
		j := uploader.Job{ID: "01J", Batch: batch.ID, Entry: entry.ID, Vault: batch.Vault, Path: "/a", RelPath: "a", State: uploader.Queued, Revision: 1}
		done := j
		done.State, done.EndedAt = uploader.Done, at
		done.Revision++
		err = db.Apply(t.Context(), []uploader.Record{
			uploader.AddBatch{Batch: batch, Entries: []uploader.Entry{entry}}, uploader.AddJob{Job: j},
			uploader.Finish{Job: done, Receipt: uploader.Receipt{Job: j.ID, Batch: batch.ID, Vault: batch.Vault, Path: "/a", FinishedAt: at}},
		})
		if err == nil {
			err = db.Apply(t.Context(), []uploader.Record{uploader.RemoveEntry{Entry: entry}})
		}
		if err != nil {
			t.Fatal(err)
		}
		l := &local{db: db, log: slog.New(slog.DiscardHandler), keepSet: make(chan struct{}, 1)}
		if err := l.SetKeep(t.Context(), uploader.Keep{Days: 365}); err != nil {
			t.Fatal(err)
		}
		left := func() int {
			list, err := db.History(t.Context(), uploader.HistoryQuery{})
			if err != nil {
				t.Fatal(err)
			}
			return len(list)
		}
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			l.pruneDaily(ctx)
		}()
		time.Sleep(doubt - time.Second)
		synctest.Wait()
		if left() != 1 {
			t.Error("the history is empty before anybody could put the clock right")
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if left() != 0 {
			t.Error("what is too old stays for ever")
		}
		stop()
		<-ended
	})
}
