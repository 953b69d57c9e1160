package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"longshore/internal/vaulttest"
)

func TestAProxyIsSignedInTo(t *testing.T) {
	vault := vaulttest.Start(t, vaulttest.Options{SignIn: true})
	dir, state := t.TempDir(), stateDir(t)
	const proxy = "http://proxy.example.org:3128"
	vaults := func(args ...string) ran {
		return run(t, append(append([]string{"vaults"}, args...), "--state", state, "--secret-store", "file")...)
	}
	run(t, "upload", "--state", state, "--signer", vault.URL, "--token-file", vault.TokenFile, write(t, filepath.Join(dir, "x"), []byte("x"))).want(t, exitStored)
	password := write(t, filepath.Join(dir, "password"), []byte("a-password-of-mine\n"))

	vaults("proxy-sign-in", proxy, "alice").want(t, exitUsage, "--password-file")
	vaults("proxy-sign-in", "socks5://p:1", "alice", "--password-file", password).want(t, exitFailed, "proxy's address")
	vaults("proxy-sign-in", proxy, "alice", "--password-file", password).want(t, exitStored, "Kept for "+proxy)
	if held := readAll(t, filepath.Join(state, "secrets")); !strings.Contains(held, "a-password-of-mine") {
		t.Error("the password is not where it was wanted")
	}
	if held := readAll(t, state); strings.Count(held, "a-password-of-mine") != 1 {
		t.Error("the password is elsewhere, too")
	}

	var out, errOut bytes.Buffer
	asked := ""
	c := &cli{in: strings.NewReader(""), secret: func(p string) (string, error) { asked = p; return "typed", nil }, out: &out, err: &errOut, program: "test"}
	if code := c.run(t.Context(), []string{"vaults", "proxy-sign-in", "--state", state, "--secret-store", "file", proxy, "bob"}); code != exitStored || !strings.Contains(asked, "bob") {
		t.Errorf("%d, asked %q\n%s", code, asked, &errOut)
	}
	vaults("proxy-sign-in", proxy, "").want(t, exitStored, "Nothing is kept")
	if held := readAll(t, state); strings.Contains(held, "typed") {
		t.Error("it is not forgotten")
	}
	if strings.Contains(out.String()+errOut.String(), "typed") {
		t.Error("the password is printed")
	}
}

// readAll is the content of all files in a folder.
func readAll(t *testing.T, folder string) string {
	t.Helper()
	var all strings.Builder
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		path := filepath.Join(folder, e.Name())
		switch {
		case e.IsDir():
			all.WriteString(readAll(t, path))
		case e.Type().IsRegular():
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			all.Write(data)
		}
	}
	return all.String()
}
