//go:build unix

package keychain

import (
	"errors"
	"io/fs"
	"os"
)

// private tells whether only the owner may read a file.
func private(info fs.FileInfo) bool { return info.Mode().Perm()&0o077 == 0 }

// syncDir makes a rename survive a power cut.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
