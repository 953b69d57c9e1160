package disk

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// share is a file system in user space with one folder and files in memory, that can stop answering, as a share does
// whose server is gone. It speaks as much of the kernel's FUSE protocol (linux/fuse.h, version 7.31) as reading needs.
type share struct {
	dir   string
	files []shareFile
	when  uint64 // the files' time, in Unix seconds
	fd    int
	done  chan struct{}

	mu     sync.Mutex
	hung   chan struct{} // nil while it answers
	held   int           // requests that wait
	waited *sync.Cond
	work   sync.WaitGroup
}

type shareFile struct {
	name string
	data []byte
}

// mountShare mounts files at a new folder. It skips the test where that is not allowed.
func mountShare(t *testing.T, files ...shareFile) *share {
	t.Helper()
	s := &share{dir: t.TempDir(), files: files, when: 1_700_000_000}
	s.waited = sync.NewCond(&s.mu)
	s.plug(t)
	t.Cleanup(func() {
		s.answer()
		s.pull(t)
	})
	return s
}

// plug mounts the share: a new mount, with a device number of its own.
func (s *share) plug(t *testing.T) {
	t.Helper()
	fd, err := unix.Open("/dev/fuse", unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Skipf("no FUSE here, or no right to it: %v", err)
	}
	options := "fd=" + itoa(fd) + ",rootmode=40000,user_id=" + itoa(os.Getuid()) + ",group_id=" + itoa(os.Getgid())
	if err := unix.Mount("share", s.dir, "fuse.share", unix.MS_NOSUID|unix.MS_NODEV, options); err != nil {
		_ = unix.Close(fd)
		t.Skipf("mounting is not allowed here: %v", err)
	}
	s.fd, s.done = fd, make(chan struct{})
	go s.serve()
}

func (s *share) pull(t *testing.T) {
	t.Helper()
	if err := unix.Unmount(s.dir, unix.MNT_DETACH); err != nil {
		t.Errorf("unmount: %v", err)
	}
	<-s.done
	s.work.Wait()
	_ = unix.Close(s.fd)
}

func itoa(n int) string {
	text := []byte{}
	for ; n > 0 || len(text) == 0; n /= 10 {
		text = append([]byte{byte('0' + n%10)}, text...)
	}
	return string(text)
}

func (s *share) path(i int) string { return filepath.Join(s.dir, s.files[i].name) }

// hang makes the share stop answering; answer lets everything go on.
func (s *share) hang() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.hung == nil {
		s.hung = make(chan struct{})
	}
}

func (s *share) answer() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.hung != nil {
		close(s.hung)
		s.hung = nil
	}
}

// waitHeld waits until a request hangs.
func (s *share) waitHeld() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.held == 0 {
		s.waited.Wait()
	}
}

// serve reads the kernel's requests until the share is unmounted.
func (s *share) serve() {
	defer close(s.done)
	for {
		buf := make([]byte, 1<<20)
		n, err := unix.Read(s.fd, buf)
		switch {
		case err == syscall.EINTR, err == syscall.EAGAIN, err == syscall.ENOENT:
			continue
		case err != nil: // ENODEV: unmounted
			return
		}
		s.work.Go(func() { s.request(buf[:n]) })
	}
}

// The requests that are answered, by their numbers in linux/fuse.h.
const (
	opLookup, opForget, opGetattr, opOpen, opRead, opStatfs, opRelease          = 1, 2, 3, 14, 15, 17, 18
	opFlush, opInit, opOpendir, opReaddir, opReleasedir, opInterrupt, opForgets = 25, 26, 27, 28, 29, 36, 42
)

func (s *share) request(req []byte) {
	le := binary.LittleEndian
	op, unique, node, in := le.Uint32(req[4:]), le.Uint64(req[8:]), le.Uint64(req[16:]), req[40:]
	if op != opInit && op != opForget && op != opForgets && op != opInterrupt && op != opRelease {
		s.mu.Lock()
		if hung := s.hung; hung != nil {
			s.held++
			s.waited.Broadcast()
			s.mu.Unlock()
			<-hung
			s.mu.Lock()
			s.held--
		}
		s.mu.Unlock()
	}
	var errno syscall.Errno
	out := &bytes.Buffer{}
	put := func(values ...any) {
		for _, v := range values {
			_ = binary.Write(out, le, v) // to memory
		}
	}
	switch op {
	case opForget, opForgets, opInterrupt:
		return // these want no answer
	case opInit:
		put(uint32(7), uint32(31), uint32(1<<17), uint32(0), uint16(8), uint16(8), uint32(1<<17), uint32(1), [9]uint32{})
	case opLookup:
		errno = syscall.ENOENT
		name := string(bytes.TrimRight(in, "\x00"))
		for i, f := range s.files {
			if f.name == name {
				errno = 0
				put(uint64(i+2), uint64(0), uint64(0), uint64(0), uint64(0)) // no caching: every look is asked
				s.attr(uint64(i+2), put)
			}
		}
	case opGetattr:
		put(uint64(0), uint64(0))
		s.attr(node, put)
	case opOpen, opOpendir:
		const direct = 1 // reads go past the page cache
		put(uint64(0), uint32(direct), uint32(0))
	case opRead:
		data := s.files[node-2].data
		off, size := min(le.Uint64(in[8:]), uint64(len(data))), uint64(le.Uint32(in[16:]))
		put(data[off:min(off+size, uint64(len(data)))])
	case opReaddir:
		for i, f := range s.files {
			if off := le.Uint64(in[8:]); uint64(i) < off {
				continue
			}
			put(uint64(i+2), uint64(i+1), uint32(len(f.name)), uint32(8), []byte(f.name), make([]byte, -len(f.name)&7))
		}
	case opStatfs:
		put([10]uint64{})
	case opRelease, opReleasedir, opFlush:
	default:
		errno = syscall.ENOSYS
	}
	if errno != 0 {
		out.Reset()
	}
	head := binary.LittleEndian.AppendUint32(nil, uint32(16+out.Len()))
	head = le.AppendUint32(head, uint32(-int32(errno)))
	head = le.AppendUint64(head, unique)
	_, _ = unix.Write(s.fd, append(head, out.Bytes()...)) // fails only when nobody waits any more
}

// attr writes struct fuse_attr.
func (s *share) attr(node uint64, put func(...any)) {
	size, mode, links := uint64(0), uint32(syscall.S_IFDIR|0o755), uint32(2)
	if node >= 2 {
		size, mode, links = uint64(len(s.files[node-2].data)), syscall.S_IFREG|0o644, 1
	}
	put(node, size, (size+511)/512, s.when, s.when, s.when, [3]uint32{}, mode, links,
		uint32(os.Getuid()), uint32(os.Getgid()), uint32(0), uint32(4096), uint32(0))
}
