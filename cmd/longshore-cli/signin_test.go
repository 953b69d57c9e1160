package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"longshore/internal/oidctest"
	"longshore/internal/vaulttest"
	"longshore/signer"
)

// oidc is a vault that people sign in to at a provider, and the provider.
func oidc(t *testing.T) (*vaulttest.Vault, *oidctest.Provider) {
	t.Helper()
	t.Setenv("DISPLAY", "") // no browser opens in a test
	t.Setenv("WAYLAND_DISPLAY", "")
	t.Setenv("BROWSER", "")
	p := oidctest.Start(t, oidctest.Options{EC: true, AudienceOnRequest: true})
	v := vaulttest.Start(t, vaulttest.Options{SignIn: true, OIDC: &signer.OIDCConfig{
		Issuer: p.Issuer, Audiences: []string{p.Audience}, ClientID: p.ClientID, AskAudience: p.Audience, Leeway: time.Millisecond,
	}})
	return v, p
}

// signIn runs a sign-in and lets the person decide when it says what to open.
func signIn(t *testing.T, person func(step map[string]any), args ...string) (ran, map[string]any) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	read, write := io.Pipe()
	var out, errOut bytes.Buffer
	c := &cli{out: write, err: &errOut, program: "test"}
	code := make(chan int, 1)
	go func() {
		code <- c.run(ctx, args)
		_ = write.Close()
	}()
	lines := bufio.NewScanner(io.TeeReader(read, &out))
	var last map[string]any
	for lines.Scan() {
		last = nil
		if err := json.Unmarshal(lines.Bytes(), &last); err != nil {
			t.Errorf("%q: %v", lines.Text(), err)
		}
		if last["event"] == "sign-in" {
			person(last)
		}
	}
	return ran{<-code, out.String(), errOut.String()}, last
}

func TestSignInByCode(t *testing.T) {
	vault, p := oidc(t)
	state := stateDir(t)
	path := write(t, filepath.Join(t.TempDir(), "x.bin"), []byte("x"))
	at := []string{"--state", state, "--secret-store", "file"}
	upload := append([]string{"upload", "--signer", vault.URL, path}, at...)
	run(t, upload...).want(t, exitSignIn, "not signed in", "sign-in --signer", "--token-file")

	allow := func(step map[string]any) {
		if step["userCode"] == "" || step["issuer"] != p.Issuer {
			t.Errorf("%v", step)
		}
		if err := p.ApproveDevice(t.Context(), "alice", step["direct"].(string)); err != nil {
			t.Error(err)
		}
	}
	r, done := signIn(t, allow, append([]string{"sign-in", "--json"}, at...)...) // the one vault that is known
	r.want(t, exitStored, "type this code there", strings.TrimPrefix(p.Issuer, "http://"), "as alice", "kept in a file")
	if done["event"] != "signed-in" || done["signedIn"] != true || done["who"] != "alice" || done["store"] != "file" {
		t.Errorf("%v", done)
	}
	run(t, "vaults", "--state", state).want(t, exitStored, "Test vault", vault.S3.Endpoint, "Signed in to Test vault as alice")
	run(t, upload...).want(t, exitStored, "1 file")
	status := run(t, "status", "--state", state, "--json")
	var view statusView
	if err := json.Unmarshal([]byte(status.out), &view); err != nil || len(view.SignIns) != 1 || !view.SignIns[0].SignedIn || view.SignIns[0].Who != "alice" {
		t.Errorf("%s: %v", status.out, err)
	}
	var known vaultView
	if err := json.Unmarshal([]byte(run(t, "vaults", "--state", state, "--json").out), &known); err != nil || known.SignIn.Kind != "oidc" || known.SignIn.Issuer != p.Issuer {
		t.Errorf("%+v, %v", known, err)
	}

	run(t, "sign-out", "--state", state, "--vault", "Test vault").want(t, exitStored, "signed out")
	run(t, upload...).want(t, exitSignIn, "not signed in")
	run(t, "status", "--state", state).want(t, exitStored, "Not signed in to Test vault")
	// A machine has its token file, at the same vault.
	run(t, append(upload, "--token-file", vault.TokenFile)...).want(t, exitStored, "1 file")
}

func TestSignInThatIsRefused(t *testing.T) {
	vault, p := oidc(t)
	deny := func(step map[string]any) {
		if err := p.DenyDevice(t.Context(), "alice", step["direct"].(string)); err != nil {
			t.Error(err)
		}
	}
	r, _ := signIn(t, deny, "sign-in", "--json", "--device", "--signer", vault.URL, "--state", stateDir(t), "--secret-store", "file")
	r.want(t, exitSignIn, "refused the sign-in")
}

func TestSignInInTheBrowserOfThisComputer(t *testing.T) {
	vault, p := oidc(t)
	shown := make(chan error, 1)
	login := func(step map[string]any) {
		if step["userCode"] != "" {
			t.Errorf("%v", step)
		}
		go func() {
			_, err := p.Login(t.Context(), "bob", step["url"].(string))
			shown <- err
		}()
	}
	r, done := signIn(t, login, "sign-in", "--json", "--browser", "--signer", vault.URL, "--state", stateDir(t), "--secret-store", "file")
	r.want(t, exitStored, "open this link on this computer", "No browser could be opened", "as bob")
	if err := <-shown; err != nil || done["who"] != "bob" {
		t.Errorf("%v, %v", err, done)
	}
}

// On a terminal, an upload to a vault that nobody is signed in to asks for the sign-in first.
func TestUploadOnATerminalSignsInFirst(t *testing.T) {
	vault, p := oidc(t)
	t.Setenv(storeEnv, "file")
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	read, errOut := io.Pipe()
	c := &cli{out: io.Discard, err: errOut, program: "test", width: func() int { return 100 }}
	code := make(chan int, 1)
	path := write(t, filepath.Join(t.TempDir(), "x.bin"), []byte("x"))
	go func() {
		code <- c.run(ctx, []string{"upload", "--signer", vault.URL, path, "--state", stateDir(t)})
		_ = errOut.Close()
	}()
	var said strings.Builder
	lines := bufio.NewScanner(read)
	for lines.Scan() {
		said.WriteString(lines.Text() + "\n")
		if _, userCode, ok := strings.Cut(lines.Text(), "type this code there:  "); ok {
			if err := p.ApproveDevice(ctx, "alice", p.Issuer+"/device?user_code="+userCode); err != nil {
				t.Error(err)
			}
		}
	}
	if got := <-code; got != exitStored || !strings.Contains(said.String(), "Signed in to Test vault as alice") {
		t.Errorf("exit code %d\n%s", got, said.String())
	}
}

// A sign-in that is over in the middle ends the command with its own exit code, and everything can be resumed.
func TestASignInThatIsOver(t *testing.T) {
	vault, p := oidc(t)
	p.SetTokenLifetime(t, 2*time.Second)
	state := stateDir(t)
	at := []string{"--state", state, "--secret-store", "file"}
	path := write(t, filepath.Join(t.TempDir(), "x.bin"), []byte("x"))
	allow := func(step map[string]any) {
		if err := p.ApproveDevice(t.Context(), "alice", step["direct"].(string)); err != nil {
			t.Error(err)
		}
	}
	signIn(t, allow, append([]string{"sign-in", "--json", "--device", "--signer", vault.URL}, at...)...)
	p.Revoke(t, "alice")
	r := run(t, append([]string{"upload", "--signer", vault.URL, path}, at...)...)
	r.want(t, exitSignIn, "longshore-cli sign-in", "resume")
	run(t, append([]string{"resume"}, at...)...).want(t, exitSignIn, "not signed in")
	signIn(t, allow, append([]string{"sign-in", "--json", "--device"}, at...)...)
	run(t, append([]string{"resume"}, at...)...).want(t, exitStored, "1 file")
	log, err := os.ReadFile(filepath.Join(state, "longshore.log"))
	if err != nil || bytes.Contains(log, []byte("eyJ")) {
		t.Errorf("a token is in the log, or there is no log: %v", err)
	}
}

func TestWrongUsageOfSignIn(t *testing.T) {
	state := "--state=" + stateDir(t)
	for _, c := range []struct {
		args []string
		says string
	}{
		{[]string{"sign-in", state, "x"}, "no paths"},
		{[]string{"sign-in", state, "--device", "--browser"}, "either"},
		{[]string{"sign-in", state, "--vault", "a", "--signer", "https://b.example.org"}, "either"},
		{[]string{"sign-in", state, "--signer", "http://vault.example.org"}, "https://"},
		{[]string{"sign-in", state, "--ca", "x"}, "--signer"},
		{[]string{"sign-in", state, "--secret-store", "cloud"}, "keychain or file"},
		{[]string{"sign-in", state}, "No vault with a sign-in"},
		{[]string{"sign-in", state, "--vault", "nobody"}, "No vault is called nobody"},
		{[]string{"sign-out", state, "x"}, "no paths"},
		{[]string{"sign-out", state, "--vault", "nobody"}, "No vault is called nobody"},
		{[]string{"vaults", state, "x"}, "There is no vaults x"},
		{[]string{"upload", state, "--signer=http://127.0.0.1:1", "--secret-store", "cloud", "x"}, "keychain or file"},
	} {
		run(t, c.args...).want(t, exitUsage, c.says)
	}
}
