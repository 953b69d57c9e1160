package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	bolt "go.etcd.io/bbolt"

	"longshore/uploader"
)

// A real file system that has room for one page more at a time: everything the store does meets a full disk at every
// page it can.
func TestADiskThatGrowsPageByPageIsFullAtEveryStep(t *testing.T) {
	if !namespaced(t, "full-steps", t.TempDir()) {
		t.Log("not on a real file system: TestADiskThatIsFullAtAnyWriteLosesNothing and the file size limit must do")
	}
}

// smallDisk is a tmpfs of so many pages.
type smallDisk struct {
	dir   string
	pages int
	full  int // how often it was
}

func (d *smallDisk) grow() error {
	d.pages++
	d.full++
	if d.pages > 4000 {
		return errors.New("there is room, and still it fails")
	}
	return syscall.Mount("", d.dir, "", syscall.MS_REMOUNT, fmt.Sprintf("size=%dk", d.pages*4))
}

// squeeze takes away all room that is not used.
func (d *smallDisk) squeeze() error {
	for d.pages = 1; d.pages < 4000; d.pages++ {
		if err := syscall.Mount("", d.dir, "", syscall.MS_REMOUNT, fmt.Sprintf("size=%dk", d.pages*4)); !errors.Is(err, syscall.EINVAL) {
			return err
		}
	}
	return errors.New("the disk cannot be made small")
}

// until calls step until it succeeds. Each failure must be a full disk and leave things as holds says.
func (d *smallDisk) until(what string, step, holds func() error) error {
	for {
		err := step()
		if err == nil {
			return nil
		}
		if uploader.CodeOf(err) != uploader.CodeDiskFull {
			return fmt.Errorf("%s with %d pages: %w", what, d.pages, err)
		}
		if err := errors.Join(holds(), d.grow()); err != nil {
			return fmt.Errorf("%s failed with %d pages: %w", what, d.pages, err)
		}
	}
}

func growTheDisk(args []string) int {
	d := &smallDisk{dir: args[0], pages: 1}
	if err := mountHere(d.dir, "size=4k"); err != nil {
		return verdict(err)
	}
	return verdict(d.live())
}

// live is a store's life: made, filled, closed, migrated, damaged and salvaged, compacted.
func (d *smallDisk) live() error {
	for _, stage := range []struct {
		name string
		run  func() error
		full int // at least so often it must have met a full disk
	}{
		{"a first file", d.begin, 5}, {"groups", d.fill, 30}, {"a migration", d.migrate, 15},
		{"a salvage", d.salvage, 15}, {"a compaction", d.compact, 3},
	} {
		if err := d.squeeze(); err != nil {
			return err
		}
		d.full = 0
		if err := stage.run(); err != nil {
			return fmt.Errorf("%s: %w", stage.name, err)
		}
		if d.full < stage.full {
			return fmt.Errorf("%s met a full disk only %d times", stage.name, d.full)
		}
	}
	return nil
}

func (d *smallDisk) path() string { return filepath.Join(d.dir, fileQueue) }

// open opens the store, with as many pages as that takes.
func (d *smallDisk) open(opts Options, holds func() error) (db *DB, err error) {
	err = d.until("open", func() (err error) {
		db, err = Open(context.Background(), d.dir, opts)
		return err
	}, holds)
	return db, err
}

// closed ends a store, perhaps without room for the marker: then the next start checks the file.
func closed(db *DB) error {
	if err := db.Close(); uploader.CodeOf(err) != uploader.CodeDiskFull {
		return err
	}
	return nil
}

func (d *smallDisk) begin() error {
	db, err := d.open(Options{}, func() error {
		if _, err := os.Stat(d.path()); err == nil {
			return checkPages(d.path()) // whole, but without room for the marker
		}
		return nil
	})
	if err != nil {
		return err
	}
	if db.Recovered() != nil {
		return fmt.Errorf("a first file tells: %s", db.Recovered())
	}
	return closed(db)
}

func (d *smallDisk) fill() error {
	db, err := d.open(Options{}, func() error { return nil })
	if err != nil {
		return err
	}
	s := newScenario(42)
	for n := range 120 {
		group, before := s.next(), d.now(db)
		err := d.until("group", func() error {
			return db.Apply(context.Background(), group)
		}, func() error {
			if got := d.now(db); got != before {
				return fmt.Errorf("group %d: %s, want %s", n, got, before)
			}
			return checkPages(d.path())
		})
		if err != nil {
			return err
		}
		if n%10 != 9 {
			continue
		}
		after := d.now(db)
		if err := closed(db); err != nil {
			return err
		}
		if db, err = d.open(Options{}, func() error { return nil }); err != nil {
			return err
		}
		if got := d.now(db); got != after || db.Recovered() != nil {
			return fmt.Errorf("opened after group %d: %s, want %s, told %v", n, got, after, db.Recovered())
		}
	}
	return errors.Join(closed(db), check(d.path()))
}

func (d *smallDisk) migrate() error {
	before, err := stateOf(d.path())
	if err != nil {
		return err
	}
	copied := filepath.Join(d.dir, backupName(schemaNow))
	db, err := d.open(Options{migrations: renaming}, func() error {
		if now, err := stateOf(d.path()); err != nil || now != before {
			return fmt.Errorf("%s, want %s, %w", now, before, err)
		}
		if _, err := os.Stat(copied); err != nil {
			return nil // not come so far
		}
		if now, err := stateOf(copied); err != nil || now != before {
			return fmt.Errorf("the copy is %s, want %s, %w", now, before, err)
		}
		return nil
	})
	if err != nil {
		return err
	}
	q, err := db.Load(context.Background())
	if err != nil || len(q.Vaults) != 1 || q.Vaults[0].Name != "migrated" {
		return fmt.Errorf("vaults %+v, %w", q.Vaults, err)
	}
	if now, err := stateOf(copied); err != nil || now != before {
		return fmt.Errorf("the copy is %s, want %s, %w", now, before, err)
	}
	return closed(db)
}

func (d *smallDisk) salvage() error {
	raw, err := os.ReadFile(d.path())
	if err != nil {
		return err
	}
	bad := flipped(raw)
	if err := patch(d.path(), raw, bad); err != nil {
		return err
	}
	db, err := d.open(Options{migrations: renaming}, func() error {
		if now, err := os.ReadFile(d.path()); err != nil || !bytes.Equal(now, bad) {
			return fmt.Errorf("the damaged file changed before there was another: %w", err)
		}
		return nil
	})
	if err != nil {
		return err
	}
	r := db.Recovered()
	if r == nil || r.Jobs == 0 {
		return fmt.Errorf("recovery is %+v", r)
	}
	if aside, err := os.ReadFile(filepath.Join(d.dir, r.SetAside)); err != nil || !bytes.Equal(aside, bad) {
		return fmt.Errorf("the damaged file was not kept: %w", err)
	}
	return closed(db)
}

// patch changes a file in place: it takes no room.
func patch(path string, from, to []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	n := 0
	for i := range from {
		if from[i] != to[i] {
			n++
			if _, err := f.WriteAt(to[i:i+1], int64(i)); err != nil {
				return errors.Join(err, f.Close())
			}
		}
	}
	if n == 0 {
		err = errors.New("nothing was damaged")
	}
	return errors.Join(err, f.Close())
}

// compact needs room for a second file; without it the store goes on as it is.
func (d *smallDisk) compact() error {
	opts := Options{migrations: renaming}
	db, err := d.open(opts, func() error { return nil })
	if err != nil {
		return err
	}
	q, err := db.Load(context.Background())
	if err != nil {
		return err
	}
	for _, e := range q.Entries { // mostly free from now on
		err := d.until("removal", func() error {
			return db.Apply(context.Background(), []uploader.Record{uploader.RemoveEntry{Entry: e}})
		}, func() error { return checkPages(d.path()) })
		if err != nil {
			return err
		}
	}
	want := d.now(db)
	if err := closed(db); err != nil {
		return err
	}
	size := func() int64 {
		info, err := os.Stat(d.path())
		if err != nil {
			return -1
		}
		return info.Size()
	}
	opts.compactAbove = 1
	first, failed := size(), 0
	if err := d.squeeze(); err != nil {
		return err
	}
	for ; failed < 400; failed++ {
		db, err := d.open(opts, func() error { return nil })
		if err != nil {
			return err
		}
		got := d.now(db)
		if err := closed(db); err != nil {
			return err
		}
		if got != want {
			return fmt.Errorf("compacted: %s, want %s", got, want)
		}
		if size() < first {
			return check(d.path())
		}
		if err := d.grow(); err != nil {
			return err
		}
	}
	return fmt.Errorf("never compacted in %d tries", failed)
}

// now is what an open store holds.
func (d *smallDisk) now(db *DB) string {
	var state string
	err := db.bolt.View(func(bt *bolt.Tx) (err error) {
		state, err = digest(bt)
		return err
	})
	if err != nil {
		return "unreadable: " + err.Error()
	}
	return state
}
