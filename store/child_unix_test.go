//go:build !windows

package store

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"longshore/uploader"
)

// script is a program that is not ours, or one of ours in trouble.
func script(t *testing.T, body string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "program")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+body+"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	return path
}

const greets = "echo " + greeting + "\n"

// A child that dies over a file says that bbolt would have died here. The file is set aside, and since the same child
// cannot salvage it, an empty one with a loud Recovery takes its place.
func TestAChildThatDiesMeansDamage(t *testing.T) {
	_, raw := sample(t, 20)
	for name, body := range map[string]string{"exit": greets + "exit 2", "signal": greets + "kill -SEGV $$", "nonsense": greets + "echo hello"} {
		t.Run(name, func(t *testing.T) {
			db := mustOpenWith(t, unclean(t, raw), Options{Executable: script(t, body)})
			r := db.Recovered()
			if r == nil || !r.Unknown || r.Jobs != 0 {
				t.Fatalf("recovery is %+v", r)
			}
			if aside := read(t, string(db.folder), r.SetAside); !bytes.Equal(aside, raw) {
				t.Error("the file was not kept")
			}
		})
	}
}

// A check that never ends is stopped, but an empty queue is no answer to a slow disk: everything stays as it is.
func TestASlowCheckChangesNothing(t *testing.T) {
	q, raw := sample(t, 20)
	dir := unclean(t, raw)
	slow := script(t, greets+"exec sleep 600")
	_, err := Open(context.Background(), dir, Options{Executable: slow, CheckTimeout: 200 * time.Millisecond})
	wantCode(t, err, uploader.CodeJournalBroken)
	same(t, read(t, dir, fileQueue), raw)
	same(t, mustLoad(t, mustOpen(t, dir)), q)
}

func TestACheckEndsWithItsContext(t *testing.T) {
	_, raw := sample(t, 20)
	dir := unclean(t, raw)
	ctx, cancel := context.WithTimeout(context.Background(), 200*time.Millisecond)
	defer cancel()
	_, err := Open(ctx, dir, Options{Executable: script(t, greets+"exec sleep 600")})
	wantCode(t, err, uploader.CodeCancelled)
	same(t, read(t, dir, fileQueue), raw)
}

// Without a child (the program was replaced under our feet) the check that cannot crash is made here.
func TestWithoutAChildTheCheckIsMadeHere(t *testing.T) {
	q, raw := sample(t, 20)
	bad := flipped(raw)
	for name, exe := range map[string]string{"missing": filepath.Join(t.TempDir(), "none"), "another program": script(t, "exec sleep 600 >/dev/null"),
		"talkative": script(t, "echo usage")} {
		t.Run(name, func(t *testing.T) {
			sound := mustOpenWith(t, unclean(t, raw), Options{Executable: exe})
			same(t, mustLoad(t, sound), q)
			db := mustOpenWith(t, unclean(t, bad), Options{Executable: exe})
			if r := db.Recovered(); r == nil || r.Jobs != 19 || r.Lost != 1 {
				t.Errorf("recovery is %+v", r)
			}
		})
	}
}

func TestACheckChildOpensNoStore(t *testing.T) {
	t.Setenv(childEnv, "1")
	_, err := Open(context.Background(), t.TempDir(), Options{})
	wantCode(t, err, uploader.CodeInternal)
}

// A file that is cut off under an open store is a fault in its memory map, not the end of the program; the next start
// checks it.
func TestAFaultInTheMapIsAnError(t *testing.T) {
	_, raw := sample(t, 160)
	dir := unclean(t, raw)
	db := mustOpen(t, dir)
	if err := os.Truncate(filepath.Join(dir, fileQueue), int64(2*os.Getpagesize())); err != nil {
		t.Fatal(err)
	}
	_, err := db.Load(context.Background())
	wantCode(t, err, uploader.CodeJournalBroken)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, fileClean)); err == nil {
		t.Error("the file is marked clean")
	}
	if db = mustOpen(t, dir); db.Recovered() == nil {
		t.Error("the next start noticed nothing")
	}
}

// A child that outlived its parent would write beside the next one.
func TestACheckChildEndsWithItsParent(t *testing.T) {
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	waits := filepath.Join(t.TempDir(), fileQueue) // opening it for reading blocks
	if err := syscall.Mkfifo(waits, 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe)
	cmd.Env = append(os.Environ(), childEnv+"=1")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	order, err := json.Marshal(request{Folder: filepath.Dir(waits)})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := in.Write(order); err != nil {
		t.Fatal(err)
	}
	if err := in.Close(); err != nil { // what the system does when a parent dies
		t.Fatal(err)
	}
	if err := cmd.Wait(); err == nil {
		t.Error("the child ended as if it had checked something")
	}
}
