package fault

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"longshore/uploader"
)

// Source is a disk in memory. Paths are absolute and slash-separated; folders are there when something is in them.
type Source struct {
	Faults *Faults

	mu       sync.Mutex
	serial   uint64
	names    map[string]*inode
	pulled   map[string]bool   // prefixes of drives that are not there
	unstable map[string]bool   // prefixes of file systems that prove little
	device   map[string]uint64 // by prefix; 1 elsewhere
	hung     map[string]chan struct{}
	hanging  int
}

var _ uploader.Source = (*Source)(nil)

// inode is one file. What lies beyond data, up to size, is zeros.
type inode struct {
	number           uint64
	data             []byte
	size             int64
	modified, change time.Time
	special          uploader.Code // why it cannot be opened
}

// NewSource returns an empty disk.
func NewSource() *Source {
	return &Source{
		Faults: newFaults(), names: map[string]*inode{}, pulled: map[string]bool{}, unstable: map[string]bool{},
		device: map[string]uint64{}, hung: map[string]chan struct{}{},
	}
}

// Write makes a file, or gives one new content in place.
func (s *Source) Write(path string, data []byte) {
	s.change(path, func(n *inode) { n.data, n.size = slices.Clone(data), int64(len(data)) })
}

// Sparse makes a file of zeros.
func (s *Source) Sparse(path string, size int64) {
	s.change(path, func(n *inode) { n.data, n.size = nil, size })
}

// Edit overwrites bytes in place; the file grows if it must.
func (s *Source) Edit(path string, off int64, data []byte) {
	s.change(path, func(n *inode) { n.write(off, data) })
}

// EditKeepingTimes is Edit of a file that is there, on a file system that does not tell: neither time changes.
func (s *Source) EditKeepingTimes(path string, off int64, data []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n := s.names[path]; n != nil {
		n.write(off, data)
	}
}

// Truncate cuts or grows a file.
func (s *Source) Truncate(path string, size int64) {
	s.change(path, func(n *inode) { n.data, n.size = n.data[:min(int64(len(n.data)), size)], size })
}

// Special makes a path that cannot be uploaded, and says why: CodeNotRegular, CodeSymlinkLoop, CodeSourceUnreadable, …
func (s *Source) Special(path string, why uploader.Code) {
	s.change(path, func(n *inode) { n.special = why })
}

// emptyFolder is the special thing that a walk does not fail for.
const emptyFolder uploader.Code = "empty-folder"

// EmptyFolder makes a folder in which there is nothing.
func (s *Source) EmptyFolder(path string) { s.Special(path, emptyFolder) }

// goneFile is listed by a walk, and has gone when the walk looks at it.
const goneFile uploader.Code = "gone-file"

// Vanishing makes such a file.
func (s *Source) Vanishing(path string) { s.Special(path, goneFile) }

// Replace puts another file in a path's place, with the same times, as an editor does that renames. Who has the old one
// open goes on reading it.
func (s *Source) Replace(path string, data []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.serial++
	n := &inode{number: s.serial, data: slices.Clone(data), size: int64(len(data))}
	if old := s.names[path]; old != nil {
		n.modified, n.change = old.modified, old.change
	}
	s.names[path] = n
}

// Remove deletes a file, or everything below a folder.
func (s *Source) Remove(path string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	maps.DeleteFunc(s.names, func(p string, _ *inode) bool { return within(p, path) })
}

// Unplug takes away the drive on which everything below prefix lies; Plug brings it back.
func (s *Source) Unplug(prefix string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pulled[prefix] = true
}

// Plug brings a drive back.
func (s *Source) Plug(prefix string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.pulled, prefix)
}

// Unstable says that fingerprints below prefix prove little (uploader.Fingerprint.Unstable).
func (s *Source) Unstable(prefix string, yes bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.unstable[prefix] = yes
}

// change makes or changes a file; each change has a time of its own, even where the clock stands.
func (s *Source) change(path string, f func(*inode)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.serial++
	n := s.names[path]
	if n == nil {
		n = &inode{number: s.serial}
		s.names[path] = n
	}
	n.modified = time.Now().Round(0).Add(time.Duration(s.serial))
	n.change = n.modified
	f(n)
}

func (n *inode) write(off int64, data []byte) {
	end := off + int64(len(data))
	if int64(len(n.data)) < end {
		n.data = append(n.data, make([]byte, end-int64(len(n.data)))...)
	} else {
		n.data = slices.Clone(n.data)
	}
	copy(n.data[off:], data)
	n.size = max(n.size, end)
}

// within tells whether path is prefix or lies below it.
func within(path, prefix string) bool {
	return path == prefix || strings.HasPrefix(path, strings.TrimSuffix(prefix, "/")+"/")
}

// missing is called with the lock held; it says why there is nothing at path.
func (s *Source) missing(op, path string) *uploader.Error {
	for prefix := range s.pulled {
		if within(path, prefix) {
			return uploader.E(op, uploader.CodeDriveMissing, nil)
		}
	}
	if s.names[path] == nil {
		return uploader.E(op, uploader.CodeSourceMissing, nil)
	}
	return nil
}

// begin runs a call's fault up to the effect.
func (s *Source) begin(ctx context.Context, c Call) (end func(), err error) {
	fault, over := s.Faults.begin(c)
	s.hang(c.Key)
	end = func() {
		if err == nil && fault.After != nil {
			fault.After()
		}
		over()
	}
	if err = fault.enter(ctx); err == nil {
		err = fault.refusal(c.Op)
	}
	return end, err
}

// Open opens a file.
func (s *Source) Open(path string) (uploader.File, error) {
	end, err := s.begin(context.Background(), Call{Op: OpOpen, Key: path})
	defer end()
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if strings.Contains(path, "://") {
		return nil, uploader.E(OpOpen, uploader.CodeNotLocal, nil)
	}
	if err := s.missing(OpOpen, path); err != nil {
		return nil, err
	}
	n := s.names[path]
	if n.special != "" {
		return nil, uploader.E(OpOpen, n.special, nil)
	}
	return &file{source: s, path: path, inode: n}, nil
}

type file struct {
	source *Source
	path   string
	inode  *inode
	closed bool
}

var errClosed = errors.New("the file is closed")

// ReadAt reads what is there now.
func (f *file) ReadAt(p []byte, off int64) (int, error) {
	s := f.source
	end, err := s.begin(context.Background(), Call{Op: OpRead, Key: f.path})
	defer end()
	if err != nil {
		return 0, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if f.closed {
		return 0, errClosed
	}
	for prefix := range s.pulled {
		if within(f.path, prefix) {
			return 0, uploader.E(OpRead, uploader.CodeDriveMissing, nil)
		}
	}
	n := int(max(0, min(int64(len(p)), f.inode.size-off)))
	clear(p[:n])
	if off < int64(len(f.inode.data)) {
		copy(p[:n], f.inode.data[off:])
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// Fingerprint looks at the file and at its path.
func (f *file) Fingerprint() (uploader.Fingerprint, error) {
	s := f.source
	end, err := s.begin(context.Background(), Call{Op: OpFingerprint, Key: f.path})
	defer end()
	if err != nil {
		return uploader.Fingerprint{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if f.closed {
		return uploader.Fingerprint{}, uploader.E(OpFingerprint, uploader.CodeSourceUnreadable, errClosed)
	}
	if err := s.missing(OpFingerprint, f.path); err != nil {
		return uploader.Fingerprint{}, err
	}
	if s.names[f.path] != f.inode {
		return uploader.Fingerprint{}, uploader.E(OpFingerprint, uploader.CodeSourceChanged, nil)
	}
	return s.fingerprint(f.path, f.inode), nil
}

// Close closes the file; twice is an error, for it is a bug.
func (f *file) Close() error {
	f.source.hang(f.path)
	f.source.mu.Lock()
	defer f.source.mu.Unlock()
	if f.closed {
		return errClosed
	}
	f.closed = true
	return nil
}

func (s *Source) fingerprint(path string, n *inode) uploader.Fingerprint {
	fp := uploader.Fingerprint{Size: n.size, ModTime: n.modified, ChangeTime: n.change, Device: 1, Inode: n.number, Mount: "memory"}
	for prefix, device := range s.device {
		if within(path, prefix) {
			fp.Device, fp.Mount = device, fmt.Sprint("drive ", device)
		}
	}
	for prefix, yes := range s.unstable {
		fp.Unstable = fp.Unstable || yes && within(path, prefix)
	}
	return fp
}

// Walk reports what is at or below root, folder by folder, in the names' order.
func (s *Source) Walk(ctx context.Context, root string, visit func(uploader.Found) error) error {
	end, err := s.begin(ctx, Call{Op: OpWalk, Key: root})
	defer end()
	if err != nil {
		return err
	}
	for _, f := range s.found(strings.TrimSuffix(root, "/")) {
		if err := ctx.Err(); err != nil {
			return uploader.E(OpWalk, uploader.CodeCancelled, err)
		}
		if err := visit(f); err != nil {
			return err
		}
	}
	return nil
}

// found lists what a walk reports; the walk sees the disk as it was when it began.
func (s *Source) found(root string) []uploader.Found {
	s.mu.Lock()
	defer s.mu.Unlock()
	if strings.Contains(root, "://") {
		return []uploader.Found{{Path: root, Err: uploader.E(OpWalk, uploader.CodeNotLocal, nil)}}
	}
	var all []uploader.Found
	for path, n := range s.names {
		if !within(path, root) {
			continue
		}
		f := uploader.Found{Path: path, RelPath: strings.TrimPrefix(strings.TrimPrefix(path, root), "/")}
		switch gone := s.missing(OpWalk, path); {
		case gone != nil:
			continue
		case n.special == emptyFolder && path == root: // a walk has nothing to say of it
			return nil
		case n.special == emptyFolder:
			f.Empty = true
		case n.special == goneFile:
			f.Gone = true
		case n.special != "":
			f.Err = uploader.E(OpWalk, n.special, nil)
		default:
			f.Fingerprint = s.fingerprint(path, n)
		}
		all = append(all, f)
	}
	slices.SortFunc(all, func(a, b uploader.Found) int {
		return slices.CompareFunc(strings.Split(a.RelPath, "/"), strings.Split(b.RelPath, "/"), cmp.Compare[string])
	})
	if len(all) == 0 {
		return []uploader.Found{{Path: root, Err: s.missing(OpWalk, root)}}
	}
	return all
}
