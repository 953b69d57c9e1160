package app

import (
	"bytes"
	"encoding/binary"
	"testing"

	"longshore/uploader"
)

// TestLook: a DICOM file is told by its study, day and kind; anything else is no image.
func TestLook(t *testing.T) {
	var b bytes.Buffer
	put := func(tag uint32, vr, value string) {
		for len(value)%2 == 1 {
			value += " "
		}
		_ = binary.Write(&b, binary.LittleEndian, []uint16{uint16(tag >> 16), uint16(tag)})
		b.WriteString(vr)
		_ = binary.Write(&b, binary.LittleEndian, uint16(len(value)))
		b.WriteString(value)
	}
	b.Write(make([]byte, 128))
	b.WriteString("DICM")
	put(0x00020010, "UI", "1.2.840.10008.1.2.1")
	if got, ok := look(bytes.NewReader(b.Bytes()), int64(b.Len())); ok {
		t.Errorf("a file that says nothing of a study is %+v", got)
	}
	put(0x00080020, "DA", "20261120")
	put(0x00080060, "CS", "MR")
	put(0x00100010, "PN", "Doe^John")
	put(0x0020000D, "UI", "1.2.3")
	got, ok := look(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if want := (uploader.Image{Study: "1.2.3", Date: "20261120", Modality: "MR"}); !ok || got != want {
		t.Errorf("%+v, %v, want %+v", got, ok, want)
	}
	if got, ok := look(bytes.NewReader(make([]byte, 500)), 500); ok {
		t.Errorf("a file of zeros is %+v", got)
	}
}
