package store

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	bolt "go.etcd.io/bbolt"

	"longshore/uploader"
)

func TestOpenMakesAPrivateFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "b")
	mustOpen(t, dir)
	if runtime.GOOS == "windows" {
		return // modes are not Windows' way
	}
	for path, want := range map[string]os.FileMode{dir: 0o700, filepath.Join(dir, fileQueue): 0o600, filepath.Join(dir, fileLock): 0o600} {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Mode().Perm(); got != want {
			t.Errorf("%s has mode %o", filepath.Base(path), got)
		}
	}
}

func TestReopenFindsEverything(t *testing.T) {
	q, raw := sample(t, 40)
	dir := unclean(t, raw)
	for _, end := range []func(*testing.T, *DB){killed, func(t *testing.T, db *DB) { mustClose(t, db) }, killed} {
		db := mustOpen(t, dir)
		same(t, mustLoad(t, db), q)
		if db.Recovered() != nil {
			t.Errorf("recovery of a sound file: %s", db.Recovered())
		}
		end(t, db)
	}
}

func TestASecondOpenerIsToldSo(t *testing.T) {
	dir := t.TempDir()
	db := mustOpen(t, dir)
	_, err := Open(context.Background(), dir, Options{})
	wantCode(t, err, uploader.CodeJournalBusy)
	mustClose(t, db)
	mustOpen(t, dir)
}

func TestAForeignLockIsToldSo(t *testing.T) {
	dir := t.TempDir()
	mustClose(t, mustOpen(t, dir))
	b, err := bolt.Open(filepath.Join(dir, fileQueue), 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	_, err = Open(context.Background(), dir, Options{})
	wantCode(t, err, uploader.CodeJournalBusy)
}

// setSchema makes the file one of another version and returns its bytes.
func setSchema(t *testing.T, dir string, n int) []byte {
	t.Helper()
	db := mustOpen(t, dir)
	if err := db.update(func(t *tx) error { return t.setSchema(n) }); err != nil {
		t.Fatal(err)
	}
	mustClose(t, db)
	return read(t, dir, fileQueue)
}

func read(t *testing.T, dir, name string) []byte {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func TestANewerSchemaIsLeftAlone(t *testing.T) {
	for _, marker := range []string{"clean", "unclean"} {
		t.Run(marker, func(t *testing.T) {
			dir := t.TempDir()
			before := setSchema(t, dir, schemaNow+1)
			if marker == "unclean" {
				if err := folder(dir).markDirty(); err != nil {
					t.Fatal(err)
				}
			}
			files, err := os.ReadDir(dir)
			if err != nil {
				t.Fatal(err)
			}
			_, err = Open(context.Background(), dir, Options{})
			wantCode(t, err, uploader.CodeJournalNewer)
			same(t, read(t, dir, fileQueue), before)
			if after, err := os.ReadDir(dir); err != nil || len(after) != len(files) {
				t.Errorf("files came or went: %v, %v", after, err)
			}
		})
	}
}

func TestMigrationsRunOnceInOrderAfterACopy(t *testing.T) {
	q, raw := sample(t, 20)
	dir := unclean(t, raw)
	mustClose(t, mustOpen(t, dir))
	before := read(t, dir, fileQueue)
	runs := ""
	rename := func(t *tx) error {
		runs += "2"
		v := aVault(1)
		v.Name = "migrated"
		return t.saveVault(&v)
	}
	steps := further(rename, func(*tx) error { runs += "3"; return nil })
	for range 2 {
		db := mustOpenWith(t, dir, Options{migrations: steps})
		got := mustLoad(t, db)
		if got.Vaults[0].Name != "migrated" || len(got.Jobs) != len(q.Jobs) {
			t.Errorf("vaults %+v, %d jobs", got.Vaults, len(got.Jobs))
		}
		mustClose(t, db)
	}
	if runs != "23" {
		t.Errorf("steps ran %q", runs)
	}
	same(t, read(t, dir, backupName(schemaNow)), before)
	_, err := Open(context.Background(), dir, Options{})
	wantCode(t, err, uploader.CodeJournalNewer)
}

func TestAFailedMigrationChangesNothing(t *testing.T) {
	q, raw := sample(t, 20)
	dir := unclean(t, raw)
	steps := further(func(t *tx) error { return t.dropPrefix(kindJob, nil) }, func(*tx) error { return errors.New("store: no") })
	_, err := Open(context.Background(), dir, Options{migrations: steps})
	wantCode(t, err, uploader.CodeJournalBroken)
	same(t, mustLoad(t, mustOpen(t, dir)), q)
}

func TestADamagedOlderFileIsSalvagedThenMigrated(t *testing.T) {
	_, raw := sample(t, 20)
	ran := false
	db := mustOpenWith(t, unclean(t, flipped(raw)), Options{migrations: further(func(*tx) error { ran = true; return nil })})
	if db.Recovered() == nil || !ran {
		t.Errorf("recovered %+v, migrated %v", db.Recovered(), ran)
	}
}

func TestAMostlyFreeFileIsCompacted(t *testing.T) {
	dir := t.TempDir()
	db := mustOpen(t, dir)
	apply(t, db, uploader.AddBatch{Batch: aBatch(1), Entries: []uploader.Entry{anEntry(1, 1), anEntry(1, 2)}}, uploader.AddJob{Job: aJob(1, 2, 0)})
	var group []uploader.Record
	for n := 1; n <= 5000; n++ {
		group = append(group, uploader.AddJob{Job: aJob(1, 1, n)})
	}
	apply(t, db, group...)
	apply(t, db, uploader.RemoveEntry{Entry: anEntry(1, 1)})
	q := mustLoad(t, db)
	mustClose(t, db)
	before := len(read(t, dir, fileQueue))

	db = mustOpen(t, dir) // below the usual threshold
	mustClose(t, db)
	if after := len(read(t, dir, fileQueue)); after != before {
		t.Errorf("a small file was compacted: %d, %d bytes", before, after)
	}
	db = mustOpenWith(t, dir, Options{compactAbove: 1 << 10})
	same(t, mustLoad(t, db), q)
	apply(t, db, uploader.AddJob{Job: aJob(1, 2, 6000)})
	killed(t, db)
	if after := len(read(t, dir, fileQueue)); after*4 > before {
		t.Errorf("%d bytes became %d", before, after)
	}
	if db = mustOpen(t, dir); db.Recovered() != nil || len(mustLoad(t, db).Jobs) != 2 {
		t.Error("the compacted file is not sound")
	}
}

func TestErrorsHoldNoPath(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "patient-meier")
	if err := os.WriteFile(dir, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Open(context.Background(), dir, Options{})
	wantCode(t, err, uploader.CodeReadOnly)
	if strings.Contains(err.Error(), "meier") {
		t.Errorf("the error holds a path: %v", err)
	}
}

func TestOpenRefusesACancelledContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := Open(ctx, t.TempDir(), Options{})
	wantCode(t, err, uploader.CodeCancelled)
}
