package app

import (
	"io"

	"longshore/internal/dicom"
	"longshore/uploader"
)

// look tells the engine what image a file is.
func look(r io.ReaderAt, size int64) (uploader.Image, bool) {
	h, err := dicom.Read(r, size)
	if err != nil || h == (dicom.Header{}) {
		return uploader.Image{}, false
	}
	return uploader.Image{Study: h.StudyUID, Date: h.StudyDate, Modality: h.Modality}, true
}
