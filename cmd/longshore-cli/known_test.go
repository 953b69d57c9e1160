package main

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"longshore/app"
	"longshore/internal/vaulttest"
	"longshore/uploader"
)

// A file that the vault has already is sent again, and that is said; with a flag it is left out, and that is said too.
func TestWhatTheVaultHasIsSaid(t *testing.T) {
	vault := vaulttest.Start(t, vaulttest.Options{})
	state, src := stateDir(t), t.TempDir()
	write(t, filepath.Join(src, "a"), []byte("a"))
	upload := func(flags ...string) ran {
		return run(t, append([]string{"upload", src, "--signer", vault.URL, "--state", state, "--json"}, flags...)...)
	}
	upload().want(t, exitStored, "Stored: 1 file")
	upload().want(t, exitStored, "Already in the vault, and sent again: 1 file.", "Stored: 1 file", "--skip-stored")
	write(t, filepath.Join(src, "b"), []byte("b"))
	r := upload("--skip-stored")
	r.want(t, exitStored, "Already in the vault, and left out: 1 file.", "Stored: 1 file", "In the vault already: 1 file.")
	if err := os.Mkdir(filepath.Join(src, "hollow"), 0o700); err != nil {
		t.Fatal(err)
	}
	if results := r.results(t); len(results) != 1 || results[filepath.Join(src, "b")] == nil {
		t.Errorf("sent: %v", results)
	}
	upload("--skip-stored").want(t, exitStored, "Found: 2 files.", "Empty folders, of which nothing is stored: 1.", "There was no new file to store.", "In the vault already: 2 files.",
		"There is no manifest of these files: some are in the vault from before", `"state":"left","leftOut":2,"emptyFolders":1,"gone":0}`)
	run(t, "status", "--state", state).want(t, exitStored, "The queue is empty.")
}

// held leaves in the queue what a window's drop asks about.
func held(t *testing.T, state string, vault *vaulttest.Vault, path string) {
	t.Helper()
	s, err := app.Open(t.Context(), app.Options{StateDir: state, Agent: "test"})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	v, err := s.AddVault(t.Context(), app.VaultSpec{SignerURL: vault.URL})
	if err == nil {
		_, err = s.Add(t.Context(), v.ID, []string{path}, uploader.KnownAsk)
	}
	if err != nil {
		t.Fatal(err)
	}
	changed, cancel := s.Subscribe()
	defer cancel()
	late := time.After(patience)
	for s.Snapshot().Totals.FilesAsked == 0 {
		select {
		case <-changed:
		case <-late:
			t.Fatal("nothing is held")
		}
	}
}

// resume sends and drops nothing that waits for a word, says so and ends; the word is a flag.
func TestResumeAndWhatWaitsForAWord(t *testing.T) {
	vault := vaulttest.Start(t, vaulttest.Options{})
	state := stateDir(t)
	path := write(t, filepath.Join(t.TempDir(), "a"), []byte("a"))
	run(t, "upload", path, "--signer", vault.URL, "--state", state).want(t, exitStored)
	held(t, state, vault, path)
	run(t, "resume", "--state", state).want(t, exitFailed, "Already in the vault, and not sent before you say so: 1 file.")
	run(t, "status", "--state", state).want(t, exitStored, "--send-stored")
	run(t, "resume", "--state", state, "--skip-stored", "--send-stored").want(t, exitUsage)
	run(t, "resume", "--state", state, "--skip-stored").want(t, exitStored, "left out: 1 file")
	held(t, state, vault, path)
	run(t, "resume", "--state", state, "--send-stored").want(t, exitStored, "Stored: 1 file")
}
