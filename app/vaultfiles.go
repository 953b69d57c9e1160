package app

import (
	"errors"
	"io"
	"os"
	"sync"
	"time"
)

// vaultFiles reads the small files that vaults name: tokens and certificates. They may lie on a share that does not
// answer; nothing may wait for that, neither the engine nor somebody who quits.
type vaultFiles struct {
	mu    sync.Mutex
	reads map[string]*fileRead // those under way, by path
}

// fileRead is one read. Nobody can wait for one that the system never answers, so it has no owner who does; there is at
// most one for each path.
type fileRead struct {
	done chan struct{}
	data []byte
	err  error
}

// fileAnswers is how long a small file may take. The engine waits for it, so it is short.
const fileAnswers = 2 * time.Second

var errFileHangs = errors.New("the file does not answer")

func newVaultFiles() *vaultFiles { return &vaultFiles{reads: make(map[string]*fileRead)} }

// read gives the content of an ordinary file of at most limit bytes, or errFileHangs.
func (f *vaultFiles) read(path string, limit int64) ([]byte, error) {
	r := f.begin(path, func() ([]byte, error) { return readSmall(path, limit) })
	wait := time.NewTimer(fileAnswers)
	defer wait.Stop()
	select {
	case <-r.done:
		return r.data, r.err
	case <-wait.C:
		return nil, errFileHangs
	}
}

// begin starts a read of the path, or joins the one that hangs.
func (f *vaultFiles) begin(path string, read func() ([]byte, error)) *fileRead {
	f.mu.Lock()
	defer f.mu.Unlock()
	if r := f.reads[path]; r != nil {
		return r
	}
	r := &fileRead{done: make(chan struct{})}
	f.reads[path] = r
	go func() {
		r.data, r.err = read()
		f.mu.Lock()
		delete(f.reads, path)
		f.mu.Unlock()
		close(r.done)
	}()
	return r
}

// readSmall reads an ordinary file of at most limit bytes. A pipe or a device is refused: it could block for ever.
func readSmall(path string, limit int64) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() > limit {
		return nil, errors.New("not an ordinary file, or too large")
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, limit))
}
