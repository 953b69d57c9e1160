package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"longshore/internal/connfile"
	"longshore/internal/vaulttest"
)

// A connection file is added only by who has agreed to it, and what it set up can be tested, changed and removed.
func TestVaultsFromAConnectionFile(t *testing.T) {
	vault := vaulttest.Start(t, vaulttest.Options{SignIn: true})
	dir, state := t.TempDir(), stateDir(t)
	at := []string{"--state", state}
	vaults := func(args ...string) ran { return run(t, append(append([]string{"vaults"}, args...), at...)...) }

	// Where the bytes go is what the vault says itself.
	probe := stateDir(t)
	run(t, "upload", "--state", probe, "--signer", vault.URL, "--token-file", vault.TokenFile, write(t, filepath.Join(dir, "x"), []byte("x"))).want(t, exitStored)
	var known vaultView
	if err := json.Unmarshal([]byte(run(t, "vaults", "--json", "--state", probe).out), &known); err != nil {
		t.Fatal(err)
	}
	file := func(name string, origins ...string) string {
		f := connfile.File{Name: "North", Operator: "Hospital IT", Signer: vault.URL, DataOrigins: origins, SignIn: connfile.SignIn{How: connfile.SignInToken}}
		data, err := f.Encode()
		if err != nil {
			t.Fatal(err)
		}
		return write(t, filepath.Join(dir, name), data)
	}
	good, moved := file("good.longshore", known.DataOrigins...), file("moved.longshore", "https://elsewhere.example.org")

	vaults("add", good, "--token-file", vault.TokenFile).want(t, exitUsage, "Hospital IT", known.DataOrigins[0], "Say --yes")
	vaults("add", moved, "--yes", "--token-file", vault.TokenFile).want(t, exitFailed, "the connection file says https://elsewhere.example.org")
	vaults("add", filepath.Join(dir, "none.longshore"), "--yes").want(t, exitFailed, "no longer there")
	for answer, code := range map[string]int{"no\n": exitUsage, "": exitUsage, "yes\n": exitStored} {
		var out, errOut bytes.Buffer
		c := &cli{in: strings.NewReader(answer), out: &out, err: &errOut, program: "test"}
		if got := c.run(t.Context(), append([]string{"vaults", "add", good, "--token-file", vault.TokenFile}, at...)); got != code {
			t.Errorf("%q: %d\n%s", answer, got, &errOut)
		}
	}

	vaults("add", good, "--token-file", vault.TokenFile).want(t, exitUsage, "You have this vault already, as North", "Say --yes")
	vaults("add", good, "--yes", "--token-file", vault.TokenFile).want(t, exitStored, "Changed North")

	vaults("test", "North").want(t, exitStored, "its name is found", "storage can be reached")
	vaults("rename", "North", "Ours").want(t, exitStored, "Renamed")
	vaults("proxy", "Ours", "http://me:hunter2@proxy").want(t, exitFailed, "name and a password")
	vaults("proxy", "Ours", "none").want(t, exitStored)
	if text := vaults().out; !strings.Contains(text, "Ours") || !strings.Contains(text, "proxy none") {
		t.Error(text)
	}
	if err := os.WriteFile(vault.TokenFile, []byte("a-token-that-nobody-knows-at-all"), 0o600); err != nil {
		t.Fatal(err)
	}
	vaults("test", "Ours").want(t, exitFailed, "does not take the token")
	vaults("remove", "Ours").want(t, exitStored, "stays there")
	vaults("test", "Ours").want(t, exitUsage, "No vault is called")
	vaults("sell", "Ours").want(t, exitUsage, "There is no vaults sell")
}
