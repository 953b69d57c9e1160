package store

import (
	"bytes"
	"slices"
)

// maxDepth is far more than a tree of any size has; it stops a tree that was damaged into a ring.
const maxDepth = 40

// walker goes through the buckets of a file from one meta page, past everything that cannot be read.
type walker struct {
	file     *pageFile
	seen     map[uint64]bool // pages read, with their overflow
	problems map[kind]int    // by bucket; 0 for those of the root
	now      kind            // the bucket being walked
	record   func(k kind, key, value []byte)
	missing  []kind // buckets that a file of an older schema need not have

	last  []byte // the last key of this tree
	first bool   // no key yet
}

func newWalker(p *pageFile, record func(k kind, key, value []byte)) *walker {
	return &walker{file: p, seen: map[uint64]bool{}, problems: map[kind]int{}, record: record}
}

func (w *walker) problem() { w.problems[w.now]++ }

func (w *walker) sound() bool { return len(w.problems) == 0 }

// walk reads every bucket we know. Those we do not know are a problem: only this package writes the file.
func (w *walker) walk(m boltMeta) {
	type found struct {
		k     kind
		value []byte
	}
	var buckets []found
	w.begin(0)
	w.tree(m.root, nil, 0, func(flags uint32, name, value []byte) {
		k, known := kindOf(name)
		if !known || flags != flagBucket || len(value) < 16 {
			w.problem()
			return
		}
		buckets = append(buckets, found{k, bytes.Clone(value)})
	})
	there := make(map[kind]bool, len(buckets))
	for _, b := range buckets {
		there[b.k] = true
	}
	for k := range bucketNames {
		switch {
		case there[k]:
		case k.since() > 1:
			w.missing = append(w.missing, k)
		default:
			w.problem()
		}
	}
	for _, b := range buckets {
		w.begin(b.k)
		w.bucket(b.value)
	}
}

// complete tells whether a file of a schema has all its buckets.
func (w *walker) complete(schema int) bool {
	return !slices.ContainsFunc(w.missing, func(k kind) bool { return k.since() <= schema })
}

func kindOf(name []byte) (kind, bool) {
	for k, n := range bucketNames {
		if n == string(name) {
			return k, true
		}
	}
	return 0, false
}

func (w *walker) begin(k kind) { w.now, w.last, w.first = k, nil, true }

// bucket walks the tree of a bucket, or the page inside its value.
func (w *walker) bucket(value []byte) {
	visit := func(flags uint32, key, value []byte) {
		if flags != 0 {
			w.problem()
			return
		}
		w.record(w.now, key, value)
	}
	if root := order.Uint64(value); root != 0 {
		w.tree(root, nil, 0, visit)
		return
	}
	pg, ok := inlinePage(value[16:])
	if !ok || pg.flags != flagLeaf {
		w.problem()
		return
	}
	w.leaf(&pg, nil, visit)
}

type visitor func(flags uint32, key, value []byte)

func (w *walker) tree(id uint64, least []byte, depth int, visit visitor) {
	pg, ok := w.file.page(id)
	if !ok || depth > maxDepth || !w.take(id, pg.overflow) {
		w.problem()
		return
	}
	switch pg.flags {
	case flagLeaf:
		w.leaf(&pg, least, visit)
	case flagBranch:
		if pg.count == 0 {
			w.problem()
		}
		for i := range int(pg.count) {
			key, child, ok := pg.branch(i)
			if !ok || !w.first && bytes.Compare(key, w.last) <= 0 {
				w.problem()
			}
			if ok {
				w.tree(child, bytes.Clone(key), depth+1, visit)
			}
		}
	default:
		w.problem()
	}
}

// take claims a page; it reports false if the page was read before.
func (w *walker) take(id uint64, overflow uint32) bool {
	for i := id; i <= id+uint64(overflow); i++ {
		if w.seen[i] {
			return false
		}
	}
	for i := id; i <= id+uint64(overflow); i++ {
		w.seen[i] = true
	}
	return true
}

func (w *walker) leaf(pg *page, least []byte, visit visitor) {
	for i := range int(pg.count) {
		flags, key, value, ok := pg.leaf(i)
		if !ok {
			w.problem()
			continue
		}
		if bytes.Compare(key, least) < 0 || !w.first && bytes.Compare(key, w.last) <= 0 {
			w.problem()
		}
		w.last, w.first = bytes.Clone(key), false
		visit(flags, key, value)
	}
}
