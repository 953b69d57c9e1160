package store

import (
	"hash"
	"hash/crc32"
	"os"
	"path/filepath"
	"testing"
	"time"

	"longshore/uploader"
)

// large opens a folder as if its file were a large one.
var large = Options{wholeBelow: 1}

// withPast is a folder with a queue and so many receipts of files that have left it.
func withPast(t *testing.T, receipts int) string {
	t.Helper()
	dir := t.TempDir()
	db := mustOpen(t, dir)
	records := []uploader.Record{uploader.SaveVault{Vault: aVault(1)}, uploader.AddBatch{Batch: aBatch(1), Entries: []uploader.Entry{anEntry(1, 1)}}}
	for n := range 200 {
		records = append(records, uploader.AddJob{Job: aJob(1, 1, n)})
	}
	for n := range receipts {
		j := aJob(1, 1, 1000+n)
		done := j
		done.Revision, done.State = 2, uploader.Done
		records = append(records, uploader.AddJob{Job: j},
			uploader.Finish{Job: done, Receipt: aReceipt(j, "attempt", now.Add(time.Duration(n)*time.Second))}, uploader.RemoveJob{Job: j})
	}
	apply(t, db, records...)
	mustClose(t, db)
	return dir
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// counted counts what is summed up.
type counted struct {
	hash.Hash32
	n int
}

func (c *counted) Write(b []byte) (int, error) {
	c.n += len(b)
	return c.Hash32.Write(b)
}

func living(t *testing.T, dir string) (sum uint32, bytes int) {
	t.Helper()
	q, err := os.Open(filepath.Join(dir, fileQueue))
	must(t, err)
	defer q.Close()
	c := &counted{Hash32: crc32.New(castagnoli)}
	must(t, sumLiving(q, c))
	return c.Sum32(), c.n
}

// What a start and an end read of a large file does not grow with the history.
func TestAStartReadsNoHistory(t *testing.T) {
	short, long := withPast(t, 20), withPast(t, 1000)
	_, few := living(t, short)
	_, many := living(t, long)
	if limit := few + 8*os.Getpagesize(); many > limit { // the freelist, and branches that are less full
		t.Errorf("%d bytes are read with 20 receipts, %d with 1,000", few, many)
	}
	if info, err := os.Stat(filepath.Join(long, fileQueue)); err != nil || info.Size() < int64(3*many) {
		t.Errorf("the history is no history: %v, %v", info, err)
	}
}

// Every bit of what the queue lives in counts.
func TestDamageOfTheLivingIsSeenInALargeFile(t *testing.T) {
	dir := withPast(t, 300)
	good, _ := living(t, dir)
	raw := read(t, dir, fileQueue)
	q, err := openPages(writeTemp(t, raw))
	must(t, err)
	w := newWalker(q, func(kind, []byte, []byte) {})
	w.walk(q.metas[0])
	seen, missed := 0, 0
	for id := range w.seen {
		bad := append([]byte(nil), raw...)
		bad[int64(id)*q.pageSize+pageHeader+3] ^= 0x10
		c := crc32.New(castagnoli)
		if err := sumLiving(writeTemp(t, bad), c); err != nil || c.Sum32() != good {
			seen++
		} else {
			missed++
		}
	}
	if seen < 20 || missed == 0 || missed > len(w.seen)-20 {
		t.Errorf("damage is seen on %d pages, and not on %d", seen, missed)
	}
}

// A large file that was written to by anybody is checked, and a sound one then opens as ever.
func TestALargeFileThatWasTouchedIsChecked(t *testing.T) {
	for name, c := range map[string]struct {
		touch func(t *testing.T, dir string)
		clean bool
	}{
		"left alone":      {func(*testing.T, string) {}, true},
		"another time":    {func(t *testing.T, dir string) { must(t, os.Chtimes(filepath.Join(dir, fileQueue), now, now)) }, false},
		"an older marker": {func(t *testing.T, dir string) { must(t, folder(dir).markClean(1<<40)) }, true},
		"the same bytes again": {func(t *testing.T, dir string) {
			raw := read(t, dir, fileQueue)
			must(t, os.WriteFile(filepath.Join(dir, fileQueue), raw, 0o600))
			must(t, os.Chtimes(filepath.Join(dir, fileQueue), now, now))
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			dir := withPast(t, 50)
			db, err := Open(t.Context(), dir, large)
			must(t, err)
			mustClose(t, db)
			c.touch(t, dir)
			if clean, err := folder(dir).isClean(large.wholeBelow); err != nil || clean != c.clean {
				t.Errorf("clean %v, %v", clean, err)
			}
			db, err = Open(t.Context(), dir, large)
			must(t, err)
			if n := len(mustLoad(t, db).Jobs); n != 200 || db.Recovered() != nil {
				t.Errorf("%d jobs, %v", n, db.Recovered())
			}
			mustClose(t, db)
		})
	}
}
