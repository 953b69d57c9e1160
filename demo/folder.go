package main

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/pkg/xattr"
)

const (
	secretsFile = ".longshore-demo.json" // beside the bucket; no bucket may have such a name
	sealKeySize = 32                     // bytes
)

// folder is the opened --data folder.
type folder struct {
	root    string // absolute: the gateway changes the working directory
	sidecar string // absolute folder for metadata; empty where root has extended attributes
	secrets secrets
}

// secrets are made once per folder and kept in it, so that a restarted demo
// opens the same bucket and the same unfinished uploads.
type secrets struct {
	AccessKey string `json:"accessKey"`
	SecretKey string `json:"secretKey"`
	SealKey   []byte `json:"sealKey"`
}

// openFolder makes the folder if it is missing, checks that it can be used, and
// loads or makes its secrets. Errors are sentences without the path.
func openFolder(dir string) (folder, error) {
	root, err := filepath.Abs(dir)
	if err != nil {
		return folder{}, fmt.Errorf("the current folder is gone; change to another and try again: %w", noPath(err))
	}
	if err := os.MkdirAll(root, 0o700); err != nil {
		return folder{}, fmt.Errorf("the folder given with --data cannot be made (%w); choose one you may write to", noPath(err))
	}
	attrs, err := hasXattrs(root)
	if err != nil {
		return folder{}, fmt.Errorf("the folder given with --data cannot be written (%w); choose one you may write to", noPath(err))
	}
	f := folder{root: root}
	if !attrs {
		f.sidecar = sidecarOf(root)
		if err := os.MkdirAll(f.sidecar, 0o700); err != nil {
			return folder{}, fmt.Errorf("the file system of --data has no extended attributes and no folder can be made beside it (%w); choose a folder on a local disk", noPath(err))
		}
	}
	f.secrets, err = loadSecrets(filepath.Join(root, secretsFile))
	return f, err
}

// sidecarOf is where objects' metadata live on a file system without extended
// attributes: outside the gateway's root, and with a path that does not begin
// with the root's (the gateway compares strings).
func sidecarOf(root string) string {
	return filepath.Join(filepath.Dir(root), "."+filepath.Base(root)+".meta")
}

// hasXattrs writes a file and an attribute to it, which is the only sure way to
// know.
func hasXattrs(root string) (bool, error) {
	probe, err := os.CreateTemp(root, ".longshore-probe-*")
	if err != nil {
		return false, err
	}
	defer os.Remove(probe.Name()) //nolint:errcheck // an empty hidden file at worst.
	if err := probe.Close(); err != nil {
		return false, err
	}
	return xattr.XATTR_SUPPORTED && xattr.Set(probe.Name(), "user.longshore-probe", []byte("1")) == nil, nil
}

func loadSecrets(path string) (secrets, error) {
	var s secrets
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return makeSecrets(path)
	}
	if err != nil {
		return s, fmt.Errorf("the demo's keys (%s in --data) cannot be read: %w", secretsFile, noPath(err))
	}
	if err := json.Unmarshal(raw, &s); err != nil || s.AccessKey == "" || s.SecretKey == "" || len(s.SealKey) < sealKeySize {
		return s, fmt.Errorf("the demo's keys (%s in --data) are damaged; remove that file to get new ones (unfinished uploads then start over)", secretsFile)
	}
	return s, nil
}

// makeSecrets writes the file whole or not at all.
func makeSecrets(path string) (secrets, error) {
	s := secrets{AccessKey: "demo-" + rand.Text()[:12], SecretKey: rand.Text(), SealKey: make([]byte, sealKeySize)}
	if _, err := rand.Read(s.SealKey); err != nil {
		return s, fmt.Errorf("the system has no randomness: %w", err)
	}
	raw, err := json.Marshal(s)
	if err != nil {
		return s, err
	}
	if err := writeWhole(path, raw); err != nil {
		return s, fmt.Errorf("the demo's keys cannot be kept in --data: %w", noPath(err))
	}
	return s, nil
}

// writeWhole makes a file of mode 0600 that is never seen half written.
func writeWhole(path string, raw []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) //nolint:errcheck // gone already if the rename went well.
	_, err = f.Write(raw)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// noPath keeps what went wrong and drops the local path.
func noPath(err error) error {
	if pe, ok := errors.AsType[*fs.PathError](err); ok {
		return pe.Err
	}
	if le, ok := errors.AsType[*os.LinkError](err); ok {
		return le.Err
	}
	return err
}
