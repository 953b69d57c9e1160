package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"testing"

	"longshore/uploader"
)

// The tests of this file need a disk of their own: a small or read-only tmpfs in a mount namespace of a child, which
// works for root and wherever users may have namespaces. Where they may not, a file size limit and a folder of
// somebody else take its place.

// platformChildren are the test children of this system alone.
var platformChildren = map[string]func(args []string) int{"full": fillTheDisk, "full-steps": growTheDisk, "readonly": openReadOnly}

// namespaced runs the test child with mounts of its own. It reports false when the system does not allow it.
func namespaced(t *testing.T, name string, args ...string) bool {
	t.Helper()
	cmd := testChild(t, name, args...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS}
	if os.Getuid() != 0 {
		cmd.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{HostID: os.Getuid(), Size: 1}}
		cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{HostID: os.Getgid(), Size: 1}}
	}
	out, err := cmd.Output()
	if bytes.Contains(out, []byte("no mount")) || err != nil && len(out) == 0 {
		t.Logf("no mount namespace: %v", err)
		return false
	}
	if err != nil || string(out) != "ok\n" {
		t.Errorf("%s", out)
	}
	return true
}

// plain runs the test child without mounts; it finds that out from its last argument.
func plain(t *testing.T, name string, attr *syscall.SysProcAttr, args ...string) {
	t.Helper()
	cmd := testChild(t, name, append(args, "plain")...)
	cmd.SysProcAttr = attr
	if out, err := cmd.Output(); err != nil || string(out) != "ok\n" {
		t.Errorf("%v: %s", err, out)
	}
}

func TestAFullDiskIsAnErrorAndNoLoss(t *testing.T) {
	if !namespaced(t, "full", t.TempDir()) {
		t.Log("with a file size limit instead")
	}
	plain(t, "full", nil, t.TempDir())
}

func TestAReadOnlyFolderIsAnError(t *testing.T) {
	dir := t.TempDir()
	if !namespaced(t, "readonly", dir) {
		t.Log("with a folder of somebody else instead")
	}
	if os.Getuid() == 0 {
		openAsNobody(t)
		return
	}
	if err := os.Chmod(dir, 0o500); err != nil {
		t.Fatal(err)
	}
	plain(t, "readonly", nil, dir)
}

// openAsNobody opens a folder of root's as somebody who may only look. The program must lie where nobody can run it.
func openAsNobody(t *testing.T) {
	t.Helper()
	open, err := os.MkdirTemp("", "store")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(open)
	if err := os.Chmod(open, 0o755); err != nil {
		t.Fatal(err)
	}
	exe, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(open, "test"), exe, 0o755); err != nil {
		t.Fatal(err)
	}
	cmd := testChild(t, "readonly", open, "plain")
	cmd.Path, cmd.Dir = filepath.Join(open, "test"), "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	if out, err := cmd.Output(); err != nil || string(out) != "ok\n" {
		t.Errorf("%v: %s", err, out)
	}
}

// mountHere mounts a tmpfs that nobody else sees.
func mountHere(dir, options string) error {
	if err := syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("no mount: %w", err)
	}
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, options); err != nil {
		return fmt.Errorf("no mount: %w", err)
	}
	return nil
}

func fillTheDisk(args []string) int {
	dir, limit := args[0], func() error { return nil }
	if args[len(args)-1] == "plain" {
		signal.Ignore(syscall.SIGXFSZ)
		limit = func() error {
			return syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 1 << 20, Max: 1 << 30})
		}
	} else if err := mountHere(dir, "size=1m"); err != nil {
		return verdict(err)
	}
	return verdict(writeUntilFull(dir, limit, func() error {
		if args[len(args)-1] == "plain" {
			return syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 1 << 30, Max: 1 << 30})
		}
		return syscall.Mount("", dir, "", syscall.MS_REMOUNT, "size=64m")
	}))
}

// writeUntilFull writes until there is no room, makes room, and goes on.
func writeUntilFull(dir string, limit, makeRoom func() error) error {
	ctx := context.Background()
	db, err := Open(ctx, dir, Options{})
	if err != nil {
		return err
	}
	if err := errors.Join(limit(), db.Apply(ctx, []uploader.Record{uploader.AddBatch{Batch: aBatch(1)}})); err != nil {
		return err
	}
	n := 0
	for err == nil && n < 100_000 {
		var group []uploader.Record
		for range 64 {
			n++
			group = append(group, uploader.AddJob{Job: aJob(1, 1, n)})
		}
		err = db.Apply(ctx, group)
	}
	if uploader.CodeOf(err) != uploader.CodeDiskFull {
		return fmt.Errorf("after %d jobs: %w", n, err)
	}
	n -= 64
	for range 3 { // it stays so, and nothing is lost
		again := db.Apply(ctx, []uploader.Record{uploader.AddBatch{Batch: aBatch(2), Entries: manyEntries(2, 4000)}})
		if uploader.CodeOf(again) != uploader.CodeDiskFull {
			return fmt.Errorf("again: %w", again)
		}
		if q, err := db.Load(ctx); err != nil || len(q.Jobs) != n || len(q.Batches) != 1 {
			return fmt.Errorf("%d jobs, not %d: %w", len(q.Jobs), n, err)
		}
	}
	if err := makeRoom(); err != nil {
		return fmt.Errorf("making room: %w", err)
	}
	if err := db.Apply(ctx, []uploader.Record{uploader.AddJob{Job: aJob(1, 1, n+1)}}); err != nil {
		return fmt.Errorf("with room again: %w", err)
	}
	if err := db.Close(); err != nil {
		return err
	}
	if db, err = Open(ctx, dir, Options{}); err != nil {
		return err
	}
	if q, err := db.Load(ctx); err != nil || len(q.Jobs) != n+1 {
		return fmt.Errorf("reopened: %d jobs, not %d: %w", len(q.Jobs), n+1, err)
	}
	if err := checkPages(db.folder.path(fileQueue)); err != nil {
		return err
	}
	return db.Close()
}

func manyEntries(batch, n int) []uploader.Entry {
	var es []uploader.Entry
	for i := range n {
		es = append(es, anEntry(batch, i))
	}
	return es
}

func openReadOnly(args []string) int {
	dir := args[0]
	if args[len(args)-1] == "plain" {
		return verdict(wantReadOnly(dir))
	}
	if err := mountHere(dir, "size=4m"); err != nil {
		return verdict(err)
	}
	ctx := context.Background()
	db, err := Open(ctx, dir, Options{})
	if err != nil {
		return verdict(err)
	}
	if err := db.Close(); err != nil {
		return verdict(err)
	}
	if err := syscall.Mount("", dir, "", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err != nil {
		return verdict(err)
	}
	before, err := os.ReadFile(filepath.Join(dir, fileQueue))
	if err != nil {
		return verdict(err)
	}
	if err := wantReadOnly(dir); err != nil {
		return verdict(err)
	}
	after, err := os.ReadFile(filepath.Join(dir, fileQueue))
	if err == nil && !bytes.Equal(before, after) {
		err = errors.New("the file changed")
	}
	return verdict(err)
}

func wantReadOnly(dir string) error {
	_, err := Open(context.Background(), dir, Options{})
	if uploader.CodeOf(err) != uploader.CodeReadOnly {
		return fmt.Errorf("opened a read-only folder: %v", err)
	}
	if _, err = Open(context.Background(), filepath.Join(dir, "sub"), Options{}); uploader.CodeOf(err) != uploader.CodeReadOnly {
		return fmt.Errorf("made a folder in a read-only one: %v", err)
	}
	return nil
}
