package store

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	bolt "go.etcd.io/bbolt"

	"longshore/uploader"
)

// Readers and settings run beside the engine's writer.
func TestReadersRunBesideTheWriter(t *testing.T) {
	db, _, _ := filled(t)
	ctx, cancel := context.WithCancel(context.Background())
	var readers sync.WaitGroup
	for n := range 3 {
		readers.Go(func() {
			for i := 0; ctx.Err() == nil; i++ {
				q, err := db.Load(context.Background())
				if err == nil && len(q.Jobs)%2 != 0 {
					err = fmt.Errorf("half a group: %d jobs", len(q.Jobs))
				}
				if err == nil {
					err = db.SaveSetting(context.Background(), "reader", map[string]int{"n": n, "i": i})
				}
				if err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	for n := 10; n < 400; n += 2 { // enough to make the file and its map grow
		apply(t, db, uploader.AddJob{Job: aJob(1, 1, n)}, uploader.AddJob{Job: aJob(1, 1, n+1)})
	}
	cancel()
	readers.Wait()
}

// A commit whose outcome is not known ends all changes, and the next start checks the file.
func TestAfterAnUncertainCommitNothingIsWritten(t *testing.T) {
	db, j1, _ := filled(t)
	last := 0
	if err := db.bolt.View(func(b *bolt.Tx) error { last = b.ID(); return nil }); err != nil {
		t.Fatal(err)
	}
	if !db.visible(last) || db.visible(last+1) {
		t.Fatal("cannot tell which commits are visible")
	}
	db.suspect.Store(true) // as update does
	db.broken.Store(true)
	wantCode(t, db.Apply(context.Background(), []uploader.Record{uploader.UpdateJob{Job: next(j1, uploader.Paused)}}), uploader.CodeJournalBroken)
	same(t, mustLoad(t, db).Jobs[0], j1)
	mustClose(t, db)
	if _, err := os.Stat(filepath.Join(string(db.folder), fileClean)); err == nil {
		t.Error("the file is marked clean")
	}
}

func TestRemoveJobFreesItsPath(t *testing.T) {
	db, j1, j2 := filled(t)
	apply(t, db, uploader.RemoveJob{Job: j1})
	same(t, mustLoad(t, db).Jobs, []uploader.Job{j2})
	again := aJob(1, 1, 3)
	again.RelPath = j1.RelPath
	apply(t, db, uploader.AddJob{Job: again})
	if n := count(t, db, kindEntryJob); n != 2 {
		t.Errorf("%d index records of 2 jobs", n)
	}
}
