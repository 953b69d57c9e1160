package store

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"longshore/uploader"
)

// Every single write of a scenario is refused once: the group it belongs to is not applied at all, the user is told
// that the disk is full, and the same store goes on when there is room.
func TestADiskThatIsFullAtAnyWriteLosesNothing(t *testing.T) {
	if len(fullErrnos) == 0 {
		t.Fatal("no error means a full disk here")
	}
	refused := 0
	for seed := range uint64(2) {
		dir := memory(t)
		path := filepath.Join(dir, fileQueue)
		db, s := mustOpen(t, dir), newScenario(100+seed)
		rec := record(t, db.bolt)
		for n := range 50 {
			group, before := s.next(), content(t, db.bolt)
			for at := 0; ; at++ {
				rec.reset()
				rec.refuse, rec.with = at, fullErrnos[(n+at)%len(fullErrnos)]
				err := db.Apply(context.Background(), group)
				if err == nil {
					break // every write of it has been refused once
				}
				refused++
				wantCode(t, err, uploader.CodeDiskFull)
				if got := content(t, db.bolt); got != before {
					t.Fatalf("seed %d, group %d, write %d: %s, want %s", seed, n, at, got, before)
				}
				if err := checkPages(path); err != nil {
					t.Fatalf("seed %d, group %d, write %d: %v", seed, n, at, err)
				}
			}
			if content(t, db.bolt) == before {
				t.Fatalf("seed %d, group %d was not applied", seed, n)
			}
		}
		want := content(t, db.bolt)
		rec.reset()
		mustClose(t, db)
		if got := contentOf(t, path); got != want {
			t.Errorf("closed: %s, want %s", got, want)
		}
	}
	t.Logf("%d writes were refused", refused)
	if refused < 300 {
		t.Error("too few to prove anything")
	}
}

// A write that fails after some bytes (a bad block, a cable) is no full disk. Before the meta page it changes nothing;
// within the meta page nobody knows, so that nothing more is written and the next start decides.
func TestAWriteThatBreaksOffIsSettledByTheNextStart(t *testing.T) {
	for _, c := range []struct {
		name        string
		meta        bool
		bytes       int
		broken, new bool // no more changes; the group holds
	}{
		{"data", false, 700, false, false},
		{"nothing of the meta page", true, 0, false, false},
		{"all that counts of the meta page", true, sector, true, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := memory(t)
			db, s := mustOpen(t, dir), newScenario(7)
			for range 20 {
				apply(t, db, s.next()...)
			}
			rec, before, group := record(t, db.bolt), content(t, db.bolt), s.next()
			rec.refuse, rec.first, rec.with = 0, c.bytes, syscall.EIO
			if c.meta {
				rec.refuse = writesOf(t, dir, group)
			}
			err := db.Apply(context.Background(), group)
			if err == nil || uploader.CodeOf(err) == uploader.CodeDiskFull {
				t.Fatalf("the answer is %v", err)
			}
			rec.reset()
			if again := db.Apply(context.Background(), group); (again != nil) != c.broken {
				t.Fatalf("afterwards: %v", again)
			}
			after := content(t, db.bolt)
			mustClose(t, db)
			db = mustOpen(t, dir)
			if db.Recovered() != nil {
				t.Fatalf("counts as damage: %s", db.Recovered())
			}
			if got := content(t, db.bolt); got != after || got == before {
				t.Errorf("%s, before %s, after %s", got, before, after)
			}
		})
	}
}

// writesOf counts the data pages that a group takes, on a copy of the folder's file.
func writesOf(t *testing.T, dir string, group []uploader.Record) int {
	t.Helper()
	copied := memory(t)
	if err := os.WriteFile(filepath.Join(copied, fileQueue), read(t, dir, fileQueue), 0o600); err != nil {
		t.Fatal(err)
	}
	db := mustOpen(t, copied)
	rec := record(t, db.bolt)
	apply(t, db, group...)
	return len(rec.log) - 1
}

// A sound store whose migration, salvage, compaction or first file meets a full disk is tried by the steps of
// full_linux_test.go. Here: the text of a full disk survives bbolt's flattening of errors.
func TestAFlattenedErrorKeepsItsCode(t *testing.T) {
	for _, no := range fullErrnos {
		if got := codeOf(errors.New("file resize error: truncate /x: "+no.Error()), ""); got != uploader.CodeDiskFull {
			t.Errorf("%v is %q", no, got)
		}
	}
}
