package uploader

import (
	"context"
	"io"
	"time"
)

// Fingerprint tells whether a file is still the one it was, without reading it.
type Fingerprint struct {
	Size       int64
	ModTime    time.Time
	ChangeTime time.Time // ctime on Unix, ChangeTime on Windows; zero where the file system has none
	Device     uint64    // with Inode and Mount meaningful only within one mount: FAT, exFAT, SMB and FUSE renumber
	Inode      uint64
	Mount      string // identifies this mounting of the file system; "" when unknown
	// Unstable is set on file systems whose times and numbers prove little (FAT, exFAT, SMB, NFS, FUSE): after a
	// restart such a file is hashed again before its old parts count.
	Unstable bool
}

// Same tells whether two fingerprints are of one unchanged file. Device and inode count only when both were taken
// within one known mount; change times only when both are known and the file system is stable.
func (f Fingerprint) Same(g Fingerprint) bool {
	if f.Size != g.Size || !f.ModTime.Equal(g.ModTime) {
		return false
	}
	if f.Unstable || g.Unstable {
		return true
	}
	if !f.ChangeTime.IsZero() && !g.ChangeTime.IsZero() && !f.ChangeTime.Equal(g.ChangeTime) {
		return false
	}
	if f.Mount != "" && f.Mount == g.Mount {
		return f.Device == g.Device && f.Inode == g.Inode
	}
	return true
}

// retold tells whether two fingerprints may be of one unchanged file on a file system that keeps times in two-second
// steps and in local time, as FAT does: after the drive was put back, after a journey or the end of summer, the same file
// has another time. It proves nothing: what was sent must be hashed again before it counts.
func (f Fingerprint) retold(g Fingerprint) bool {
	if f.Size != g.Size || !f.Unstable || !g.Unstable {
		return false
	}
	const step, zone, most = 2 * time.Second, 15 * time.Minute, 26 * time.Hour
	d := f.ModTime.Sub(g.ModTime).Abs()
	return d <= most+step && (d%zone <= step || zone-d%zone <= step)
}

// File is an open source file. It may shrink, grow, change or vanish at any moment; ReadAt then returns what the
// system returns, and Fingerprint tells.
type File interface {
	io.ReaderAt
	io.Closer
	// Fingerprint looks at the open file and at what its path names now, and returns an *Error with CodeSourceChanged
	// when the path no longer names this file (it was replaced), CodeSourceMissing when nothing is there.
	Fingerprint() (Fingerprint, error)
}

// Found is one thing a walk came across.
type Found struct {
	Path        string // absolute
	RelPath     string // slash-separated, relative to the walk's root, "" for the root itself when it is a file
	Fingerprint Fingerprint
	Empty       bool  // a folder below the root in which there is nothing: it is counted, and nothing of it is stored
	Gone        bool  // it was in its folder's listing and had gone when it was looked at: it is counted
	Err         error // an *Error: this path cannot be uploaded, and why (unreadable, not an ordinary file, symlink loop)
}

// Source is where files come from. uploader/disk implements it; tests have one in memory.
type Source interface {
	// Open opens an ordinary file for reading. Errors are *Error: CodeSourceMissing (the file is gone),
	// CodeDriveMissing (the file and the drive or share it was on are gone), CodeSourceUnreadable,
	// CodeNotRegular. It must not block on a FIFO or a device.
	Open(path string) (File, error)
	// Walk reports every file under root (root itself if it is a file) in natural, stable order; folders are descended,
	// symbolic links followed, loops reported. Things that cannot be uploaded are reported with Found.Err and do not
	// stop the walk; nor do empty folders, which are reported too. It returns early with visit's error or the context's. visit runs in the caller's goroutine.
	Walk(ctx context.Context, root string, visit func(Found) error) error
}
