package keychain

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Files keeps each secret in a file of its own, as it is, mode 0600 in a folder of mode 0700. Whoever can read this
// user's files can read them: it is for machines without a keychain, and never chosen by a program.
type Files struct{ dir string }

// NewFiles makes a store in a folder, which is made when it is first needed.
func NewFiles(dir string) Files { return Files{dir} }

const maxSecret = 64 << 10 // bytes

var (
	errName = errors.New("not a name for a secret")
	errOpen = errors.New("the secret's file can be read by others")
	errBig  = errors.New("the secret is too large")
)

func (f Files) path(account string) (string, error) {
	if account == "" || strings.ContainsFunc(account, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9')
	}) {
		return "", errName
	}
	return filepath.Join(f.dir, account), nil
}

// Get returns the secret of an account, ErrNone if there is none. A file that others could have read is refused.
func (f Files) Get(ctx context.Context, account string) (string, error) {
	path, err := f.path(account)
	if err != nil {
		return "", err
	}
	if err := ctx.Err(); err != nil {
		return "", err
	}
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", ErrNone
	case err != nil:
		return "", err
	case !info.Mode().IsRegular() || !private(info):
		return "", errOpen
	}
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, maxSecret+1))
	if err == nil && len(data) > maxSecret {
		err = errBig
	}
	return string(data), err
}

// Set replaces the secret of an account; a kill or a power cut leaves the old one or the new one.
func (f Files) Set(ctx context.Context, account, secret string) error {
	path, err := f.path(account)
	if err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if len(secret) > maxSecret {
		return errBig
	}
	if err := os.MkdirAll(f.dir, 0o700); err != nil {
		return err
	}
	file, err := os.CreateTemp(f.dir, ".new-*") // mode 0600
	if err != nil {
		return err
	}
	_, err = file.WriteString(secret)
	err = errors.Join(err, file.Sync(), file.Close())
	if err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(file.Name()))
	}
	return syncDir(f.dir)
}

// Delete removes the secret of an account; nil also when there is none.
func (f Files) Delete(ctx context.Context, account string) error {
	path, err := f.path(account)
	if err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	switch err := os.Remove(path); {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	}
	return syncDir(f.dir)
}
