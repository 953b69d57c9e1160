package disk

import (
	"errors"
	"io"
	"os"

	"longshore/uploader"
)

// place is what all files of one mounted file system share.
type place struct {
	mount    string // identifies the mounting, "" when unknown
	unstable bool   // its times and numbers prove little (uploader.Fingerprint.Unstable)
}

// file implements uploader.File.
type file struct {
	*os.File
	path  string
	place place // an open file stays on its mounting
}

// ReadAt reads as the system does. When it fails because the drive is gone, the error is CodeDriveMissing: many drivers
// report only an I/O error then, so the path is looked at too.
func (f *file) ReadAt(p []byte, off int64) (int, error) {
	n, err := f.File.ReadAt(p, off)
	if err == nil || errors.Is(err, io.EOF) {
		return n, err
	}
	if driveGone(err) {
		return n, uploader.E("read", uploader.CodeDriveMissing, cause(err))
	}
	if _, look := os.Stat(f.path); look != nil {
		if e := pathError("read", f.path, look); e.Code == uploader.CodeDriveMissing {
			return n, e
		}
	}
	return n, uploader.E("read", uploader.CodeSourceUnreadable, cause(err))
}

// Fingerprint looks at the open file and at what its path names now. See uploader.File.
func (f *file) Fingerprint() (uploader.Fingerprint, error) {
	open, err := f.Stat()
	if err != nil {
		return uploader.Fingerprint{}, pathError("fingerprint", f.path, err)
	}
	named, err := os.Stat(f.path)
	if err != nil {
		return uploader.Fingerprint{}, pathError("fingerprint", f.path, err)
	}
	if !os.SameFile(open, named) && !(f.place.unstable && alike(open, named)) {
		return uploader.Fingerprint{}, uploader.E("fingerprint", uploader.CodeSourceChanged, errors.New("the path names another file now"))
	}
	fp := fingerprint(open, f.place)
	identify(f.File, &fp)
	return fp, nil
}

// alike is as much as can be asked where numbers change by themselves.
func alike(a, b os.FileInfo) bool {
	return b.Mode().IsRegular() && a.Size() == b.Size() && a.ModTime().Equal(b.ModTime())
}

// fingerprint builds a fingerprint from what a stat said.
func fingerprint(info os.FileInfo, p place) uploader.Fingerprint {
	fp := uploader.Fingerprint{Size: info.Size(), ModTime: info.ModTime(), Mount: p.mount, Unstable: p.unstable}
	fillFromStat(info, &fp)
	return fp
}
