package store

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// The files of a state folder.
const (
	fileQueue    = "queue.db"
	fileLock     = "queue.lock"        // locked while a store is open, so that check and salvage are covered too; not empty once there was a queue.db
	fileClean    = "queue.db.clean"    // what queue.db was like as Close left it; see clean.go
	fileTemp     = "queue.db.tmp"      // being written; worthless after a crash
	fileSalvaged = "queue.db.salvaged" // complete, about to become queue.db
	setAside     = "queue.db.damaged-" // and the time
)

// errLocked means that another process has the folder.
var errLocked = errors.New("store: locked")

// folder is the state folder's path.
type folder string

func (f folder) path(name string) string { return filepath.Join(string(f), name) }

func (f folder) sync() error { return syncDir(string(f)) }

func (f folder) exists(name string) (bool, error) {
	_, err := os.Lstat(f.path(name))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

// remove is content when there is nothing.
func (f folder) remove(name string) error {
	if err := os.Remove(f.path(name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// rename is durable when it returns nil.
func (f folder) rename(from, to string) error {
	if err := os.Rename(f.path(from), f.path(to)); err != nil {
		return err
	}
	return f.sync()
}

// lock returns the open lock file; closing it, or the end of the process, gives the folder back.
func (f folder) lock() (*os.File, error) {
	l, err := os.OpenFile(f.path(fileLock), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := tryLock(l); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
}

// hadQueue tells whether there ever was a queue.db: the marker goes when a store is opened, the lock's note never does.
func (f folder) hadQueue() bool {
	if there, err := f.exists(fileClean); err == nil && there {
		return true
	}
	info, err := os.Stat(f.path(fileLock))
	return err == nil && info.Size() > 0
}

// noteQueue makes hadQueue true for good.
func noteQueue(lock *os.File) error {
	if info, err := lock.Stat(); err != nil || info.Size() > 0 {
		return err
	}
	_, err := lock.WriteAt([]byte("used\n"), 0)
	return errors.Join(err, lock.Sync())
}

func writeDurably(path string, content []byte) error {
	w, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = w.Write(content)
	return errors.Join(err, w.Sync(), w.Close())
}

// copyDurably copies a file of the folder; a copy that failed is removed.
func (f folder) copyDurably(from, to string) (err error) {
	r, err := os.Open(f.path(from))
	if err != nil {
		return err
	}
	defer r.Close()
	w, err := os.OpenFile(f.path(fileTemp), os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(w, r)
	if err = errors.Join(err, w.Sync(), w.Close()); err != nil {
		return errors.Join(err, f.remove(fileTemp))
	}
	return f.rename(fileTemp, to)
}
