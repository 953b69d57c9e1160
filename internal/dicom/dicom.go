// Package dicom looks into the head of a file and tells whether it is a DICOM image, of which study and of what kind. It
// reads four elements and jumps over all others; it must not know what a patient is called, and keeps nothing.
//
// A library would do more than is wanted: the known ones read every element into memory, names included, and a value
// that was never read cannot get out.
package dicom

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"strings"
)

// Header is what is told of a DICOM file. Each of its values is "" if the file does not say it, or not as the standard
// has it.
type Header struct {
	StudyUID  string // (0020,000D)
	SeriesUID string // (0020,000E)
	StudyDate string // (0008,0020): YYYYMMDD, digits alone
	Modality  string // (0008,0060): "MR", "CT", …
}

// ErrNotDICOM says that a file is none, or one whose encoding is not read here: deflated, big endian, or without the
// preamble. Other errors are the reader's.
var ErrNotDICOM = errors.New("dicom: not a DICOM file that can be looked into")

// What is read of a file, at most. What is wanted stands within the first few KiB of what scanners write.
const (
	mostBytes    = 256 << 10 // of the reader, in all
	mostElements = 4096
	mostDepth    = 8
	mostValue    = 64 // bytes of a value that is wanted: UIDs have as many
	blockSize    = 4 << 10
	preamble     = 128
)

// Tags, group and element.
const (
	tagSyntax      uint32 = 0x00020010
	tagStudyDate   uint32 = 0x00080020
	tagModality    uint32 = 0x00080060
	tagStudyUID    uint32 = 0x0020000D
	tagSeriesUID   uint32 = 0x0020000E
	tagItem        uint32 = 0xFFFEE000
	tagItemEnd     uint32 = 0xFFFEE00D
	tagSequenceEnd uint32 = 0xFFFEE0DD
	undefined      uint32 = 0xFFFFFFFF
)

// Transfer syntaxes that are written otherwise than all others, which are explicit and little endian up to the pixels.
const (
	implicitLittle = "1.2.840.10008.1.2"
	explicitBig    = "1.2.840.10008.1.2.2"
	deflated       = "1.2.840.10008.1.2.1.99"
	deflatedJPIP   = "1.2.840.10008.1.2.4.95"
	deflatedHTJ2K  = "1.2.840.10008.1.2.4.205"
)

// Read looks into a file of size bytes. A file that is DICOM and damaged, or longer than is looked at, before all four
// values are found is told as far as they were, without an error.
func Read(r io.ReaderAt, size int64) (Header, error) {
	s := &scanner{r: r, size: size, left: mostBytes}
	mark, ok := s.bytes(preamble, 4)
	if !ok || string(mark) != "DICM" {
		return Header{}, s.or(ErrNotDICOM)
	}
	s.at, s.explicit = preamble+4, true
	syntax := s.meta()
	switch syntax {
	case "", explicitBig, deflated, deflatedJPIP, deflatedHTJ2K:
		return Header{}, s.or(ErrNotDICOM)
	case implicitLittle:
		s.explicit = false
	}
	var h Header
	s.dataset(&h)
	return h, s.failed
}

// scanner goes through the elements of one file.
type scanner struct {
	r        io.ReaderAt
	size, at int64
	explicit bool // elements say their value's kind
	left     int  // bytes that may still be read
	elements int
	block    []byte // what was read last
	start    int64  // where that begins
	failed   error  // the reader's
}

// or is the reader's error, if there was one, or err.
func (s *scanner) or(err error) error {
	if s.failed != nil {
		return s.failed
	}
	return err
}

// bytes returns n bytes at an offset, n at most blockSize; false at the end of the file, of what may be read, and after
// an error. They are good until the next call.
func (s *scanner) bytes(at int64, n int) ([]byte, bool) {
	if at < 0 || at > s.size-int64(n) || s.failed != nil {
		return nil, false
	}
	if at < s.start || at+int64(n) > s.start+int64(len(s.block)) {
		want := int(min(int64(blockSize), s.size-at))
		if s.left -= want; s.left < 0 {
			return nil, false
		}
		if s.block == nil {
			s.block = make([]byte, blockSize)
		}
		got, err := s.r.ReadAt(s.block[:want], at)
		s.block, s.start = s.block[:got], at
		if err != nil && !errors.Is(err, io.EOF) {
			s.failed = err
			return nil, false
		}
		if got < n {
			s.block = s.block[:0]
			return nil, false
		}
	}
	from := at - s.start
	return s.block[from : from+int64(n)], true
}

// element is the head of one.
type element struct {
	tag    uint32
	vr     string // "" where it is not said
	length uint32 // of the value, undefined if that ends with a delimiter
}

// next reads the head of an element and goes to its value.
func (s *scanner) next() (element, bool) {
	if s.elements++; s.elements > mostElements {
		return element{}, false
	}
	b, ok := s.bytes(s.at, 8)
	if !ok {
		return element{}, false
	}
	e := element{tag: uint32(binary.LittleEndian.Uint16(b))<<16 | uint32(binary.LittleEndian.Uint16(b[2:]))}
	s.at += 8
	if !s.explicit || e.tag>>16 == 0xFFFE { // items and delimiters never say a kind
		e.length = binary.LittleEndian.Uint32(b[4:])
		return e, true
	}
	e.vr = string(b[4:6])
	switch e.vr {
	case "OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV":
		if b, ok = s.bytes(s.at, 4); !ok {
			return element{}, false
		}
		e.length = binary.LittleEndian.Uint32(b)
		s.at += 4
	default:
		if b[4] < 'A' || b[4] > 'Z' || b[5] < 'A' || b[5] > 'Z' {
			return element{}, false
		}
		e.length = uint32(binary.LittleEndian.Uint16(b[6:]))
	}
	return e, true
}

// meta reads the file's own group, 0002, up to the data set, and returns the transfer syntax; "" if it is not said.
func (s *scanner) meta() (syntax string) {
	for {
		if group, ok := s.bytes(s.at, 2); ok && binary.LittleEndian.Uint16(group) != 2 {
			return syntax
		}
		e, ok := s.next()
		if !ok {
			return ""
		}
		if e.tag == tagSyntax {
			syntax = s.text(e)
		}
		if e.length == undefined {
			return ""
		}
		s.at += int64(e.length)
	}
}

// dataset looks for what is wanted at the top of the data set. Tags rise, so it is over behind the last one.
func (s *scanner) dataset(h *Header) {
	for {
		e, ok := s.next()
		if !ok || e.tag > tagSeriesUID {
			return
		}
		switch e.tag {
		case tagStudyDate:
			h.StudyDate = date(s.text(e))
		case tagModality:
			h.Modality = modality(s.text(e))
		case tagStudyUID:
			h.StudyUID = uid(s.text(e))
		case tagSeriesUID:
			h.SeriesUID = uid(s.text(e))
			return
		}
		if !s.skip(e, 0) {
			return
		}
	}
}

// skip goes behind an element's value. One that has no length is a sequence, or pixels in pieces: its items are gone
// through up to its end.
func (s *scanner) skip(e element, depth int) bool {
	if e.length != undefined {
		s.at += int64(e.length)
		return s.at <= s.size
	}
	if depth >= mostDepth {
		return false
	}
	if e.vr == "UN" { // its items are written implicitly, whatever the file is (PS3.5, 6.2.2)
		defer func(was bool) { s.explicit = was }(s.explicit)
		s.explicit = false
	}
	for {
		item, ok := s.next()
		switch {
		case !ok:
			return false
		case item.tag == tagSequenceEnd:
			return true
		case item.tag != tagItem:
			return false
		case item.length != undefined:
			if s.at += int64(item.length); s.at > s.size {
				return false
			}
		case !s.skipItem(depth + 1):
			return false
		}
	}
}

// skipItem goes behind an item that has no length.
func (s *scanner) skipItem(depth int) bool {
	for {
		e, ok := s.next()
		switch {
		case !ok:
			return false
		case e.tag == tagItemEnd:
			return true
		case !s.skip(e, depth):
			return false
		}
	}
}

// text is an element's value without its padding, "" if it is too long. It does not move on.
func (s *scanner) text(e element) string {
	if e.length > mostValue {
		return ""
	}
	b, ok := s.bytes(s.at, int(e.length))
	if !ok {
		return ""
	}
	return string(bytes.Trim(b, " \x00"))
}

// uid, date and modality let through what the standard calls so, and nothing else: what is told of a file is text of
// these forms whatever the file holds.

func uid(s string) string {
	if strings.Trim(s, "0123456789.") != "" {
		return ""
	}
	return s
}

func date(s string) string {
	s = strings.ReplaceAll(s, ".", "") // as ACR-NEMA wrote it
	if len(s) != 8 || strings.Trim(s, "0123456789") != "" || s[4:6] < "01" || s[4:6] > "12" || s[6:] < "01" || s[6:] > "31" {
		return ""
	}
	return s
}

func modality(s string) string {
	if len(s) > 16 || strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") != "" {
		return ""
	}
	return s
}
