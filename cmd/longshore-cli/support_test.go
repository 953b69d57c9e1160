package main

import (
	"archive/zip"
	"path/filepath"
	"strings"
	"testing"
)

func TestSupportBundle(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	state := filepath.Join(dir, "s")
	r := run(t, "support-bundle", "--state", state)
	r.want(t, exitStored, "no file names")
	name := strings.TrimSpace(r.out)
	z, err := zip.OpenReader(name)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	if len(z.File) < 4 {
		t.Errorf("only %d parts", len(z.File))
	}
	run(t, "support-bundle", "--state", state, "--output", name).want(t, exitFailed, "of that name")
	run(t, "support-bundle", "--state", state, "--output", filepath.Join(dir, "none", "x.zip")).want(t, exitFailed, "folder")
	run(t, "support-bundle", "--state", state, "a path").want(t, exitUsage, "no paths")
}
