package store

import (
	"encoding/binary"
	"hash/fnv"
	"io"
	"os"
)

// This file reads bbolt's pages without bbolt. bbolt trusts its file: a damaged page can send it into an endless
// recursion or out of its memory map, which no recover catches. Here every offset is checked before it is followed,
// so that a damaged file gives an error and never a crash. The layout is bbolt's internal/common of v1.5.0.

const (
	pageHeader  = 16 // id uint64, flags uint16, count uint16, overflow uint32
	elementSize = 16 // leaf: flags, pos, ksize, vsize uint32; branch: pos, ksize uint32, pgid uint64
	metaSize    = 64
	boltMagic   = 0xED0CDAED
	boltVersion = 2

	flagBranch   = 0x01
	flagLeaf     = 0x02
	flagFreelist = 0x10
	flagBucket   = 0x01 // of a leaf element

	maxPages = 1 << 18 // of one page with its overflow: 1 GiB, more than any record of ours
)

// order is the machine's: bbolt writes its structs as they lie in memory.
var order = binary.NativeEndian

// pageFile is a bbolt file read page by page.
type pageFile struct {
	r        io.ReaderAt
	size     int64 // bytes
	pageSize int64
	metas    []boltMeta // the valid ones, newest first
}

type boltMeta struct {
	pageSize             uint32
	root, freelist, high uint64
	txid                 uint64
}

// page is one page with its overflow pages.
type page struct {
	flags, count uint16
	overflow     uint32
	buf          []byte // from the header on
}

func openPages(f *os.File) (*pageFile, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	p := &pageFile{r: f, size: info.Size()}
	if m, ok := p.readMeta(0); ok {
		p.pageSize = int64(m.pageSize)
		p.metas = append(p.metas, m)
	}
	for size := int64(1 << 10); size <= 1<<24; size <<= 1 {
		if p.pageSize != 0 && p.pageSize != size {
			continue
		}
		if m, ok := p.readMeta(size); ok && int64(m.pageSize) == size {
			p.pageSize = size
			p.metas = append(p.metas, m)
		}
	}
	if len(p.metas) == 2 && p.metas[1].txid > p.metas[0].txid {
		p.metas[0], p.metas[1] = p.metas[1], p.metas[0]
	}
	if p.pageSize == 0 {
		p.pageSize = p.guessPageSize()
	}
	return p, nil
}

func (p *pageFile) readMeta(at int64) (boltMeta, bool) {
	var buf [pageHeader + metaSize]byte
	if _, err := p.r.ReadAt(buf[:], at); err != nil {
		return boltMeta{}, false
	}
	b := buf[pageHeader:]
	h := fnv.New64a()
	h.Write(b[:metaSize-8])
	m := boltMeta{
		pageSize: order.Uint32(b[8:]), root: order.Uint64(b[16:]), freelist: order.Uint64(b[32:]),
		high: order.Uint64(b[40:]), txid: order.Uint64(b[48:]),
	}
	good := order.Uint32(b) == boltMagic && order.Uint32(b[4:]) == boltVersion && order.Uint64(b[56:]) == h.Sum64() &&
		m.pageSize >= 1<<10 && m.pageSize <= 1<<24 && m.pageSize&(m.pageSize-1) == 0
	return m, good
}

// guessPageSize is for a file without a valid meta page: the size by which most pages carry their own number.
func (p *pageFile) guessPageSize() int64 {
	best, most := int64(os.Getpagesize()), 0
	for size := int64(1 << 10); size <= 1<<16; size <<= 1 {
		fit := 0
		for id := int64(2); id < 1024 && (id+1)*size <= p.size; id++ {
			var head [pageHeader]byte
			if _, err := p.r.ReadAt(head[:], id*size); err == nil && order.Uint64(head[:]) == uint64(id) {
				fit++
			}
		}
		if fit > most {
			best, most = size, fit
		}
	}
	return best
}

// pages is how many pages the file holds.
func (p *pageFile) pages() uint64 { return uint64(p.size / p.pageSize) }

// page reads a page that lies in the file and carries its own number.
func (p *pageFile) page(id uint64) (page, bool) { return p.pageInto(id, nil) }

// pageInto is page into a buffer, which is replaced where it is too small.
func (p *pageFile) pageInto(id uint64, buf []byte) (page, bool) {
	if id < 2 || id >= p.pages() {
		return page{}, false
	}
	buf = sized(buf, p.pageSize)
	if _, err := p.r.ReadAt(buf, int64(id)*p.pageSize); err != nil || order.Uint64(buf) != id {
		return page{}, false
	}
	pg := page{flags: order.Uint16(buf[8:]), count: order.Uint16(buf[10:]), overflow: order.Uint32(buf[12:]), buf: buf}
	if pg.overflow >= maxPages || id+uint64(pg.overflow) >= p.pages() {
		return page{}, false
	}
	if pg.overflow > 0 {
		pg.buf = sized(buf, (int64(pg.overflow)+1)*p.pageSize)
		if _, err := p.r.ReadAt(pg.buf, int64(id)*p.pageSize); err != nil {
			return page{}, false
		}
	}
	return pg, true
}

// sized is a buffer of n bytes.
func sized(buf []byte, n int64) []byte {
	if int64(cap(buf)) < n {
		return make([]byte, n)
	}
	return buf[:n]
}

// inlinePage reads the page that a small bucket keeps in its value.
func inlinePage(b []byte) (page, bool) {
	if len(b) < pageHeader {
		return page{}, false
	}
	return page{flags: order.Uint16(b[8:]), count: order.Uint16(b[10:]), buf: b}, true
}

// cut returns buf[from:from+n] if it lies after the page's header.
func (p *page) cut(from, n uint64) ([]byte, bool) {
	if from < pageHeader || from > uint64(len(p.buf)) || n > uint64(len(p.buf))-from {
		return nil, false
	}
	return p.buf[from : from+n], true
}

func (p *page) leaf(i int) (flags uint32, key, value []byte, ok bool) {
	at := pageHeader + uint64(i)*elementSize
	e, ok := p.cut(at, elementSize)
	if !ok {
		return 0, nil, nil, false
	}
	pos, ksize, vsize := uint64(order.Uint32(e[4:])), uint64(order.Uint32(e[8:])), uint64(order.Uint32(e[12:]))
	key, ok = p.cut(at+pos, ksize)
	if !ok {
		return 0, nil, nil, false
	}
	value, ok = p.cut(at+pos+ksize, vsize)
	return order.Uint32(e), key, value, ok
}

func (p *page) branch(i int) (key []byte, child uint64, ok bool) {
	at := pageHeader + uint64(i)*elementSize
	e, ok := p.cut(at, elementSize)
	if !ok {
		return nil, 0, false
	}
	key, ok = p.cut(at+uint64(order.Uint32(e)), uint64(order.Uint32(e[4:])))
	return key, order.Uint64(e[8:]), ok
}

// freelist returns the free pages of a meta, or false if the list cannot be trusted.
func (p *pageFile) freelist(m boltMeta) (free map[uint64]bool, own uint64, ok bool) {
	pg, ok := p.page(m.freelist)
	if !ok || pg.flags != flagFreelist {
		return nil, 0, false
	}
	n, at := uint64(pg.count), uint64(pageHeader)
	if n == 0xffff {
		first, ok := pg.cut(at, 8)
		if !ok {
			return nil, 0, false
		}
		n, at = order.Uint64(first), at+8
	}
	if n > uint64(len(pg.buf)) {
		return nil, 0, false
	}
	ids, ok := pg.cut(at, n*8)
	if !ok {
		return nil, 0, false
	}
	free = make(map[uint64]bool, n)
	for ; len(ids) > 0; ids = ids[8:] {
		id := order.Uint64(ids)
		if id < 2 || id >= m.high || free[id] {
			return nil, 0, false
		}
		free[id] = true
	}
	return free, uint64(pg.overflow) + 1, true
}
