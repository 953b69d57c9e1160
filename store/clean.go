package store

import (
	"errors"
	"fmt"
	"hash"
	"hash/crc32"
	"io"
	"io/fs"
	"math"
	"os"
	"strings"
)

// The marker of a clean Close says what queue.db was like then. At the next start a file that is still so needs no
// check. A small file is told by a checksum over all of it. In a large one most is history, which grows for years: there
// the checksum is over what the queue lives in (the meta pages, the freelist, every bucket but the past), and the rest is
// told by when the file was last written and changed, so that a start and an end cost the same with a history of a
// million as with one of a thousand.
//
// What this leaves: a disk that damages pages of the past by itself, without a write, is not noticed at the start. It is
// when the pages are read: a record by its seal, which leads to a check at the next start; and a page that bbolt dies on
// by the marker, which is gone by then.

// wholeBelow is the size in bytes below which the sum is over the whole file: 8 ms.
const wholeBelow = 32 << 20

// past tells the buckets that only ever grow with what was sent.
func (k kind) past() bool {
	switch k {
	case kindHistory, kindBatchFinish, kindKnown:
		return true
	}
	return false
}

// state describes queue.db: two equal states are of one file that nobody has written to in between.
func (f folder) state(wholeBelow int64) (string, error) {
	q, err := os.Open(f.path(fileQueue))
	if err != nil {
		return "", err
	}
	defer q.Close()
	info, err := q.Stat()
	if err != nil {
		return "", err
	}
	h := crc32.New(castagnoli)
	if info.Size() < wholeBelow {
		n, err := io.CopyBuffer(h, struct{ io.Reader }{q}, make([]byte, 1<<20))
		return fmt.Sprintf("%d %08x\n", n, h.Sum32()), err
	}
	if err := sumLiving(q, h); err != nil {
		return "", err
	}
	return fmt.Sprintf("%d %08x %d %d\n", info.Size(), h.Sum32(), info.ModTime().UnixNano(), changeTime(info)), nil
}

// isClean tells whether queue.db is as the last Close left it.
func (f folder) isClean(wholeBelow int64) (bool, error) {
	note, err := os.ReadFile(f.path(fileClean))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if len(strings.Fields(string(note))) == 2 { // of a small file, or from before large ones were told otherwise
		wholeBelow = math.MaxInt64
	}
	state, err := f.state(wholeBelow)
	return err == nil && state == string(note), nil
}

// markDirty must be durable before queue.db is changed.
func (f folder) markDirty() error {
	if err := f.remove(fileClean); err != nil {
		return err
	}
	return f.sync()
}

// markClean is the last thing of a Close. A marker torn by a power cut fits no file and counts as none.
func (f folder) markClean(wholeBelow int64) error {
	state, err := f.state(wholeBelow)
	if err != nil {
		return err
	}
	if err := writeDurably(f.path(fileClean), []byte(state)); err != nil {
		return err
	}
	return f.sync()
}

// sumLiving sums up what is not of the past. errDamaged: the file cannot be read to its end.
func sumLiving(q *os.File, h hash.Hash32) error {
	p, err := openPages(q)
	if err != nil {
		return err
	}
	if len(p.metas) != 2 {
		return fmt.Errorf("%w: meta pages", errDamaged)
	}
	s := summer{file: p, hash: h, left: p.pages()}
	for id := range int64(2) {
		var meta [pageHeader + metaSize]byte
		if _, err := q.ReadAt(meta[:], id*p.pageSize); err != nil {
			return err
		}
		s.add(meta[:])
	}
	const deeper = maxDepth / 2 // than the tree of buckets, whose pages are kept meanwhile
	s.tree(p.metas[0].freelist, 0, nil)
	s.tree(p.metas[0].root, 0, func(flags uint32, name, value []byte) {
		k, known := kindOf(name)
		switch {
		case !known || flags != flagBucket || len(value) < 16:
			s.bad = true
		case k.past(): // its root is in the value, which is summed
		case order.Uint64(value) != 0: // else its page is in the value
			s.tree(order.Uint64(value), deeper, nil)
		}
	})
	if s.bad {
		return fmt.Errorf("%w: tree", errDamaged)
	}
	return nil
}

// summer sums up trees of pages.
type summer struct {
	file *pageFile
	hash hash.Hash32
	bufs [maxDepth + 1][]byte // one for each depth: 100,000 files are 100 MB of pages
	left uint64               // pages that there can still be: it stops a tree that was damaged into a ring
	bad  bool
}

func (s *summer) add(b []byte) { _, _ = s.hash.Write(b) } // never fails

// tree sums up a page and those that it leads to; visit, if not nil, gets what is on the leaves.
func (s *summer) tree(id uint64, depth int, visit visitor) {
	if s.bad || s.left == 0 || depth > maxDepth {
		s.bad = true
		return
	}
	s.left--
	pg, ok := s.file.pageInto(id, s.bufs[depth])
	if !ok {
		s.bad = true
		return
	}
	s.bufs[depth] = pg.buf
	s.add(pg.buf)
	switch {
	case pg.flags == flagBranch:
		for i := range int(pg.count) {
			if _, child, ok := pg.branch(i); ok {
				s.tree(child, depth+1, visit)
			} else {
				s.bad = true
			}
		}
	case visit != nil:
		for i := range int(pg.count) {
			if flags, key, value, ok := pg.leaf(i); ok {
				visit(flags, key, value)
			} else {
				s.bad = true
			}
		}
	}
}
