package store

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"longshore/uploader"
)

// renaming ends in a pretended step to the next schema that touches many pages.
var renaming = further(func(t *tx) error {
	v := aVault(1)
	v.Name = "migrated"
	if err := t.saveVault(&v); err != nil {
		return err
	}
	return relabel(t, func(n int) error { return nil })
})

// further are the program's steps with some after them.
func further(steps ...migration) []migration { return append(slices.Clone(migrations), steps...) }

// schemaNow is the schema from which renaming leads to its own.
var schemaNow = 1 + len(migrations)

// relabel rewrites every job, and asks before each.
func relabel(t *tx, ask func(n int) error) error {
	keys, err := t.keys(kindJob, nil)
	if err != nil {
		return err
	}
	for n, k := range keys {
		if err := ask(n); err != nil {
			return err
		}
		j, _, err := load(t, kindJob, k, jobFields)
		if err != nil {
			return err
		}
		j.Detail = "migrated"
		if err := save(t, kindJob, k, jobFields, &j); err != nil {
			return err
		}
	}
	return nil
}

// dyingMigration is a child that is killed while it migrates: before the nth job is rewritten, or, if there are not
// so many, as the last thing before the commit.
func dyingMigration(args []string) int {
	var at int
	if _, err := fmt.Sscan(args[1], &at); err != nil {
		return verdict(err)
	}
	die := func() error {
		self, err := os.FindProcess(os.Getpid())
		if err != nil {
			return err
		}
		if err := self.Kill(); err != nil {
			return err
		}
		select {}
	}
	steps := append(slices.Clone(renaming), func(t *tx) error {
		err := relabel(t, func(n int) error {
			if n == at {
				return die()
			}
			return nil
		})
		if err != nil {
			return err
		}
		return die()
	})
	_, err := Open(context.Background(), args[0], Options{migrations: steps})
	return verdict(fmt.Errorf("not killed: %w", err))
}

func TestAMigrationThatIsKilledIsDoneAgain(t *testing.T) {
	q, raw := sample(t, 40)
	for _, at := range []int{0, 1, 17, 1000} {
		dir := memory(t)
		if err := os.WriteFile(filepath.Join(dir, fileQueue), raw, 0o600); err != nil {
			t.Fatal(err)
		}
		if out, err := testChild(t, "dying-migration", dir, fmt.Sprint(at)).Output(); err == nil || len(out) > 0 {
			t.Fatalf("killed before job %d: %v, %s", at, err, out)
		}
		same(t, read(t, dir, backupName(schemaNow)), raw)
		old := mustOpen(t, dir) // the version from before finds all as it was
		same(t, mustLoad(t, old), q)
		killed(t, old)
		wantMigrated(t, dir, len(q.Jobs))
	}
}

func wantMigrated(t *testing.T, dir string, jobs int) {
	t.Helper()
	db := mustOpenWith(t, dir, Options{migrations: renaming})
	if db.Recovered() != nil {
		t.Fatalf("counts as damage: %s", db.Recovered())
	}
	got := mustLoad(t, db)
	if got.Vaults[0].Name != "migrated" || len(got.Jobs) != jobs {
		t.Fatalf("vault %q, %d jobs", got.Vaults[0].Name, len(got.Jobs))
	}
	for _, j := range got.Jobs {
		if j.Detail != "migrated" {
			t.Fatalf("job %s was left out", j.ID)
		}
	}
	mustClose(t, db)
}

// A power cut while the migration's pages are written: the file is of the old schema or of the new, with the copy
// beside it, and a second try finishes.
func TestAMigrationThatIsCutOffIsOldOrNew(t *testing.T) {
	q, raw := sample(t, 40)
	dir := memory(t)
	path := filepath.Join(dir, fileQueue)
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	b, err := openBolt(folder(dir))
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	rec := record(t, b)
	c := watch(t, b, rec, path, func() {
		if err := migrate(folder(dir), b, renaming); err != nil {
			t.Fatal(err)
		}
	})
	if len(c.data) < 5 {
		t.Fatalf("a migration of %d pages proves nothing", len(c.data))
	}
	same(t, read(t, dir, backupName(schemaNow)), raw)
	r, seen := rand.New(rand.NewPCG(4, 4)), map[string]int{}
	for n := range 60 {
		m, want := c.beforeSync(r), c.before
		if n%2 == 1 {
			m, want = c.beforeEnd(r)
		}
		cut := memory(t)
		for name, content := range map[string][]byte{fileQueue: m, backupName(schemaNow): raw} {
			if err := os.WriteFile(filepath.Join(cut, name), content, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if got := contentOf(t, filepath.Join(cut, fileQueue)); got != want {
			t.Fatalf("cut %d: %s, want %s", n, got, want)
		}
		seen[want]++
		if n%6 > 1 {
			continue
		}
		if want == c.after {
			_, err := Open(context.Background(), cut, Options{})
			wantCode(t, err, uploader.CodeJournalNewer)
		}
		wantMigrated(t, cut, len(q.Jobs))
		if got := contentOf(t, filepath.Join(cut, backupName(schemaNow))); got != c.before {
			t.Fatalf("the copy is %s, want %s", got, c.before)
		}
	}
	if seen[c.before] < 20 || seen[c.after] < 10 {
		t.Errorf("%v", seen)
	}
}

// The copy itself is cut off at any length: it never bears the copy's name, and is made again.
func TestACopyThatIsCutOffIsMadeAgain(t *testing.T) {
	q, raw := sample(t, 20)
	for _, n := range []int{0, 1, os.Getpagesize(), len(raw) - 1, len(raw)} {
		dir := memory(t)
		for name, content := range map[string][]byte{fileQueue: raw, fileTemp: raw[:n]} {
			if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		wantMigrated(t, dir, len(q.Jobs))
		if !bytes.Equal(read(t, dir, backupName(schemaNow)), raw) {
			t.Errorf("cut at %d: the copy is not what was there", n)
		}
	}
}
