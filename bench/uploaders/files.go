//go:build linux

package main

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// prepare makes a case's files, unless they are there from an earlier run, and returns the path that is to be uploaded:
// a file, or a folder of files.
func (c testCase) prepare(dir string) (string, error) {
	base := filepath.Join(dir, fmt.Sprintf("%d-x-%d", c.Files, c.Size))
	for i := range c.Files {
		// Folders of 500, as a study has: one with 5,000 files in it is rare.
		if err := fill(filepath.Join(base, fmt.Sprintf("%02d", i/500), fmt.Sprintf("file-%05d.bin", i)), c.Size, uint64(i)); err != nil {
			return "", err
		}
	}
	if c.Files == 1 {
		return filepath.Join(base, "00", "file-00000.bin"), nil
	}
	return base, nil
}

// fill writes a file of bytes that nobody can compress.
func fill(path string, size int64, seed uint64) error {
	if info, err := os.Stat(path); err == nil && info.Size() == size {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	source := rand.NewChaCha8([32]byte{byte(seed), byte(seed >> 8), 1})
	_, err = io.CopyBuffer(f, io.LimitReader(source, size), make([]byte, 64<<10))
	return errors.Join(err, f.Sync(), f.Close())
}

// warm reads all files once, so that they are in the page cache; cool drops them from it.
func warm(path string) error {
	buf := make([]byte, 64<<10)
	return eachFile(path, func(f *os.File) error {
		for {
			if _, err := f.Read(buf); errors.Is(err, io.EOF) {
				return nil
			} else if err != nil {
				return err
			}
		}
	})
}

func cool(path string) error {
	return eachFile(path, func(f *os.File) error {
		return errors.Join(f.Sync(), unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_DONTNEED))
	})
}

func eachFile(root string, do func(*os.File) error) error {
	return filepath.WalkDir(root, func(path string, entry os.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		return errors.Join(do(f), f.Close())
	})
}
