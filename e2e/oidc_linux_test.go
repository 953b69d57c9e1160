package e2e

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"longshore/internal/oidctest"
)

// oidcRig is a vault that people sign in to, and the provider they sign in at: four processes.
type oidcRig struct {
	*rig
	provider *oidctest.Provider
	client   *client
	secrets  map[string]string // tokens that were seen, and what they are
}

func newOIDC(t *testing.T) *oidcRig {
	t.Helper()
	p := oidctest.Start(t, oidctest.Options{EC: true, AudienceOnRequest: true})
	r := newVersity(t, "--auth", "oidc", "--oidc-issuer", p.Issuer, "--oidc-audience", p.Audience, "--oidc-ask-audience", p.Audience,
		"--oidc-client-id", p.ClientID, "--oidc-leeway", "1ms", "--log-level", "debug")
	return &oidcRig{rig: r, provider: p, client: newClient(t), secrets: map[string]string{}}
}

// signIn signs alice in by a code and returns what the program printed.
func (r *oidcRig) signIn(t *testing.T) *proc {
	t.Helper()
	p := r.client.start(t, "sign-in", "--signer", r.URL, "--device", "--json", "--secret-store", "file")
	var step struct{ Direct string }
	waitFor(t, "what to open", func() bool {
		line, _, whole := strings.Cut(p.stdout.String(), "\n")
		return whole && json.Unmarshal([]byte(line), &step) == nil || !p.running()
	})
	if err := r.provider.ApproveDevice(t.Context(), "alice", step.Direct); err != nil {
		t.Fatalf("%v: %s", err, p.stderr.String())
	}
	p.wantExit(t, 0)
	r.note(t)
	return p
}

// withoutKeychain signs in where there is no desktop: it is refused in words, before the person is asked for anything.
func (r *oidcRig) withoutKeychain(t *testing.T) {
	t.Helper()
	if _, err := os.Stat(fmt.Sprintf("/run/user/%d/bus", os.Getuid())); err == nil {
		return // whoever runs this has a keychain, and it is not for tests
	}
	p := r.client.run(t, "sign-in", "--signer", r.URL, "--device")
	p.wantExit(t, 3)
	if said := p.stderr.String(); !strings.Contains(said, "--secret-store file") || strings.Contains(said, "type this code") {
		t.Errorf("without a keychain: %s", said)
	}
}

// note remembers every token that there is by now: those that calls carried, and the one that is kept.
func (r *oidcRig) note(t *testing.T) {
	t.Helper()
	r.control.count(func(x exchange) bool {
		if token, ok := strings.CutPrefix(x.Header.Get("Authorization"), "Bearer "); ok {
			r.secrets[token] = "an access token"
			r.secrets[token[strings.LastIndex(token, ".")+1:]] = "an access token's signature"
		}
		return false
	})
	kept, err := filepath.Glob(filepath.Join(r.client.state, "secrets", "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range kept {
		data, err := os.ReadFile(path)
		var record struct{ Refresh string }
		if err != nil || json.Unmarshal(data, &record) != nil || record.Refresh == "" {
			t.Fatalf("what is kept: %v", err)
		}
		r.secrets[record.Refresh] = "a refresh token"
	}
}

// search looks for every token that was seen.
func (r *oidcRig) search(t *testing.T, where string, text []byte) {
	t.Helper()
	for token, what := range r.secrets {
		if strings.Contains(string(text), token) {
			t.Errorf("%s holds %s", where, what)
		}
	}
}

// A whole life with built programs: signing in by a code, files while tokens that live seconds end, a command line that
// dies with all its goroutines shown, a sign-in that is revoked, one more sign-in. At the end no token is anywhere but in
// the file that the person chose for it.
func TestSignInOfBuiltPrograms(t *testing.T) {
	r := newOIDC(t)
	r.provider.SetTokenLifetime(t, 4*time.Second)
	path := filepath.Join(r.client.home, "film.mov")
	makeFile(t, path, 2*partSize+4321, 93)
	upload := []string{"--signer", r.URL, "--json", path}

	first := r.client.run(t, "upload", upload...)
	first.wantExit(t, 3)
	if !strings.Contains(first.stderr.String(), "You are not signed in") || len(r.client.history(t)) != 0 {
		t.Errorf("without a sign-in: %s", first.stderr.String())
	}
	r.withoutKeychain(t)
	outputs := map[string]*proc{"upload without a sign-in": first, "sign-in": r.signIn(t)}

	// Half a part is sent when the process is looked at from outside, and dies.
	h := newHold()
	r.data.on(partNo(1), 1, fault{holdBodyAt: partSize / 2, holdBody: h})
	dying := r.client.start(t, "upload", upload...)
	h.await(t, "half a part")
	r.note(t)
	for _, name := range []string{"cmdline", "environ", "comm"} {
		data, err := os.ReadFile(fmt.Sprintf("/proc/%d/%s", dying.cmd.Process.Pid, name))
		if err != nil {
			t.Error(err)
		}
		r.search(t, "the process's "+name, data)
	}
	dying.signal(t, syscall.SIGQUIT)
	if code := dying.wait(t); code != 2 || !strings.Contains(dying.stderr.String(), "goroutine ") {
		t.Errorf("exit code %d, want a dump of goroutines", code)
	}
	outputs["the dump"] = dying
	r.data.clear()
	r.settle(t)

	over := time.NewTimer(4 * time.Second) // the token of the process before has ended; this one has none yet
	<-over.C
	resumed := r.client.run(t, "resume", "--json")
	resumed.wantExit(t, 0)
	resumed.result(t).wantDone(t, 2*partSize+4321)
	outputs["resume"] = resumed
	r.note(t)

	r.provider.Revoke(t, "alice")
	again := filepath.Join(r.client.home, "second.mov")
	makeFile(t, again, 4321, 94)
	refused := r.client.run(t, "upload", "--signer", r.URL, again)
	refused.wantExit(t, 3)
	outputs["upload when it is over"], outputs["sign-in again"] = refused, r.signIn(t)
	last := r.client.run(t, "resume")
	last.wantExit(t, 0)
	outputs["the last"], outputs["vaults"] = last, r.client.run(t, "vaults", "--json")
	r.note(t)
	if len(r.secrets) < 6 {
		t.Fatalf("only %d tokens were seen", len(r.secrets))
	}
	for what, p := range outputs {
		r.search(t, "the output of "+what, []byte(p.stdout.String()+p.stderr.String()))
	}
	r.search(t, "the signer's log", []byte(r.signer.stdout.String()+r.signer.stderr.String()))
	r.searchFiles(t)
}

// searchFiles looks into everything under the person's home but what they asked to be kept there.
func (r *oidcRig) searchFiles(t *testing.T) {
	t.Helper()
	looked := map[string]bool{}
	err := filepath.WalkDir(r.client.home, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && d.Name() == "secrets" {
			return fs.SkipDir
		}
		if d.Type().IsRegular() {
			data, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			looked[d.Name()] = true
			r.search(t, d.Name(), data)
		}
		return nil
	})
	if err != nil || !looked["longshore.log"] || len(looked) < 4 {
		t.Errorf("looked into %v, %v", looked, err)
	}
}
