package dicom

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
)

// file builds a DICOM file byte by byte.
type file struct {
	bytes.Buffer
	implicit bool
}

func start(syntax string) *file {
	f := &file{}
	f.Write(make([]byte, preamble))
	f.WriteString("DICM")
	f.put(0x00020000, "UL", []byte{0, 0, 0, 0})
	f.put(0x00020001, "OB", []byte{0, 1})
	f.put(tagSyntax, "UI", []byte(pad(syntax, 0)))
	f.implicit = syntax == implicitLittle
	return f
}

func pad(s string, with byte) string {
	if len(s)%2 == 1 {
		s += string(with)
	}
	return s
}

func (f *file) head(tag uint32, vr string, length uint32) {
	var b [12]byte
	binary.LittleEndian.PutUint16(b[:], uint16(tag>>16))
	binary.LittleEndian.PutUint16(b[2:], uint16(tag))
	switch {
	case f.implicit || tag>>16 == 0xFFFE:
		binary.LittleEndian.PutUint32(b[4:], length)
		f.Write(b[:8])
	case slices.Contains([]string{"OB", "OW", "SQ", "UN", "UT"}, vr):
		copy(b[4:], vr)
		binary.LittleEndian.PutUint32(b[8:], length)
		f.Write(b[:12])
	default:
		copy(b[4:], vr)
		binary.LittleEndian.PutUint16(b[6:], uint16(length))
		f.Write(b[:8])
	}
}

func (f *file) put(tag uint32, vr string, value []byte) {
	f.head(tag, vr, uint32(len(value)))
	f.Write(value)
}

func (f *file) text(tag uint32, vr, value string) { f.put(tag, vr, []byte(pad(value, ' '))) }

// sequence writes one of undefined length, with an item of each kind and a sequence in it.
func (f *file) sequence(tag uint32, depth int) {
	f.head(tag, "SQ", undefined)
	f.head(tagItem, "", undefined)
	f.text(tagModality, "CS", "WRONG")
	f.text(0x00100010, "PN", "Doe^John")
	if depth > 1 {
		f.sequence(0x00081115, depth-1)
	}
	f.head(tagItemEnd, "", 0)
	f.put(tagItem, "", []byte("anything"))
	f.head(tagSequenceEnd, "", 0)
}

var whole = Header{StudyUID: "1.2.3.4", SeriesUID: "1.2.3.4.5", StudyDate: "20261120", Modality: "MR"}

// body writes what scanners write, with what is wanted and much that is not.
func (f *file) body(depth int) *file {
	f.text(0x00080005, "CS", "ISO_IR 100")
	f.text(tagStudyDate, "DA", whole.StudyDate)
	f.text(tagModality, "CS", whole.Modality)
	f.sequence(0x00081110, depth)
	f.put(0x00091001, "UN", bytes.Repeat([]byte("private "), 8000)) // jumped over, not read
	f.text(0x00100010, "PN", "Doe^John")
	f.text(tagStudyUID, "UI", whole.StudyUID)
	f.put(tagSeriesUID, "UI", []byte(pad(whole.SeriesUID, 0)))
	f.put(0x7FE00010, "OW", make([]byte, 100))
	return f
}

// counting counts what is read.
type counting struct {
	r io.ReaderAt
	n int
}

func (c *counting) ReadAt(p []byte, off int64) (int, error) {
	n, err := c.r.ReadAt(p, off)
	c.n += n
	return n, err
}

func read(f *file) (Header, error) {
	return Read(bytes.NewReader(f.Bytes()), int64(f.Len()))
}

func TestRead(t *testing.T) {
	for name, syntax := range map[string]string{"explicit": "1.2.840.10008.1.2.1", "implicit": implicitLittle, "JPEG": "1.2.840.10008.1.2.4.70"} {
		f := start(syntax).body(3)
		c := &counting{r: bytes.NewReader(f.Bytes())}
		got, err := Read(c, int64(f.Len()))
		if err != nil || got != whole {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
		if c.n > 4*blockSize || c.n > f.Len()/2 {
			t.Errorf("%s: %d of %d bytes were read: values are not jumped over", name, c.n, f.Len())
		}
	}
}

// TestUnknownSequence: a sequence whose kind is not known is written implicitly within an explicit file.
func TestUnknownSequence(t *testing.T) {
	f := start("1.2.840.10008.1.2.1")
	f.head(0x00090010, "UN", undefined)
	f.implicit = true
	f.head(tagItem, "", undefined)
	f.text(0x00100010, "PN", "Doe^John")
	f.head(tagItemEnd, "", 0)
	f.head(tagSequenceEnd, "", 0)
	f.implicit = false
	f.text(tagStudyUID, "UI", "1.2.3")
	if got, err := read(f); err != nil || got.StudyUID != "1.2.3" {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestWhatIsNotRead(t *testing.T) {
	noPreamble := &file{}
	noPreamble.text(tagStudyDate, "DA", "20261120")
	other := &file{}
	other.WriteString(strings.Repeat("a text, and not an image. ", 50))
	for name, f := range map[string]*file{
		"empty": {}, "short": {Buffer: *bytes.NewBufferString("DICM")}, "a text": other, "no preamble": noPreamble,
		"big endian": start(explicitBig).body(1), "deflated": start(deflated).body(1), "no syntax": start("").body(1),
	} {
		if got, err := read(f); !errors.Is(err, ErrNotDICOM) || got != (Header{}) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

// TestValuesThatAreNone: only what has a value's form is told; a name in its place is not.
func TestValuesThatAreNone(t *testing.T) {
	f := start("1.2.840.10008.1.2.1")
	f.text(tagStudyDate, "DA", "Doe^John")
	f.text(tagModality, "CS", "Doe^John")
	f.text(tagStudyUID, "UI", "Doe^John")
	f.text(tagSeriesUID, "UI", strings.Repeat("1", 66))
	if got, err := read(f); err != nil || got != (Header{}) {
		t.Errorf("%+v, %v", got, err)
	}
	for in, want := range map[string]string{"20261120": "20261120", "2026.11.20": "20261120", "20261320": "", "20261100": "", "2026": "", "": "", "2026112٠": ""} {
		if got := date(in); got != want {
			t.Errorf("date(%q) = %q, want %q", in, got, want)
		}
	}
}

// TestTruncated: wherever a file ends, what was found before is told and nothing goes wrong.
func TestTruncated(t *testing.T) {
	data := start(implicitLittle).body(2).Bytes()
	head := bytes.Index(data, []byte("Doe^John"))
	for n := range data[:head] {
		got, _ := Read(bytes.NewReader(data[:n]), int64(n))
		if got.StudyUID != "" || got.Modality != "" && got.StudyDate == "" {
			t.Fatalf("of %d bytes: %+v", n, got)
		}
		if _, err := Read(bytes.NewReader(data[:n/2]), int64(n)); err != nil && !errors.Is(err, ErrNotDICOM) {
			t.Fatalf("a file that shrank: %v", err)
		}
	}
}

// TestCaps: a file made to be read for ever is not.
func TestCaps(t *testing.T) {
	many := start("1.2.840.10008.1.2.1")
	for range mostElements {
		many.put(0x00080008, "CS", nil)
	}
	many.text(tagStudyUID, "UI", "1.2.3")
	wide := start("1.2.840.10008.1.2.1")
	for range 3 * mostBytes / blockSize {
		wide.put(0x00080008, "UT", make([]byte, blockSize))
	}
	wide.text(tagStudyUID, "UI", "1.2.3")
	for name, f := range map[string]*file{"deep": start("1.2.840.10008.1.2.1").body(mostDepth + 2), "many": many, "wide": wide} {
		c := &counting{r: bytes.NewReader(f.Bytes())}
		got, err := Read(c, int64(f.Len()))
		if err != nil || got.StudyUID != "" || c.n > mostBytes {
			t.Errorf("%s: %+v, %v, %d bytes", name, got, err, c.n)
		}
	}
}

type broken struct{}

func (broken) ReadAt([]byte, int64) (int, error) { return 0, io.ErrClosedPipe }

func TestReaderThatFails(t *testing.T) {
	if _, err := Read(broken{}, 1000); !errors.Is(err, io.ErrClosedPipe) {
		t.Error(err)
	}
}

func FuzzRead(f *testing.F) {
	f.Add(start("1.2.840.10008.1.2.1").body(1).Bytes()[:400])
	f.Add(start(implicitLittle).body(2).Bytes()[:600])
	f.Add(start(explicitBig).body(1).Bytes()[:300])
	unknown := start("1.2.840.10008.1.2.1")
	unknown.head(0x00090010, "UN", undefined)
	f.Add(unknown.Bytes())
	f.Fuzz(func(t *testing.T, data []byte) {
		c := &counting{r: bytes.NewReader(data)}
		h, err := Read(c, int64(len(data)))
		if c.n > mostBytes {
			t.Errorf("%d bytes were read", c.n)
		}
		if err != nil && h != (Header{}) {
			t.Errorf("%+v with %v", h, err)
		}
		if uid(h.StudyUID) != h.StudyUID || uid(h.SeriesUID) != h.SeriesUID || date(h.StudyDate) != h.StudyDate || modality(h.Modality) != h.Modality ||
			len(h.StudyUID)+len(h.SeriesUID)+len(h.Modality) > 3*mostValue {
			t.Errorf("%+v", h)
		}
		if again, _ := Read(bytes.NewReader(data), int64(len(data))); again != h {
			t.Errorf("%+v and %+v", h, again)
		}
	})
}
