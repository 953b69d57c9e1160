package app

import (
	"encoding/pem"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"longshore/internal/vaulttest"
	"longshore/uploader"
)

func TestVaultsThatCannotBeUsedAreRefusedBeforeAnythingIsSaved(t *testing.T) {
	vault := vaulttest.Start(t, vaulttest.Options{SignIn: true})
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>Welcome") }))
	defer web.Close()
	secure := httptest.NewUnstartedServer(http.NotFoundHandler())
	secure.Config.ErrorLog = log.New(io.Discard, "", 0)
	secure.StartTLS()
	defer secure.Close()
	moved := httptest.NewServer(http.RedirectHandler(vault.URL, http.StatusFound))
	defer moved.Close()
	dir := t.TempDir()
	file := func(name, text string) string { return write(t, filepath.Join(dir, name), []byte(text)) }
	s := open(t, Options{StateDir: stateDir(t)})
	for name, c := range map[string]struct {
		spec VaultSpec
		want uploader.Code
	}{
		"no address":     {VaultSpec{}, uploader.CodeBadConfig},
		"plain http":     {VaultSpec{SignerURL: "http://vault.example.org"}, uploader.CodeBadConfig},
		"nobody there":   {VaultSpec{SignerURL: "http://127.0.0.1:1"}, uploader.CodeNetwork},
		"a web page":     {VaultSpec{SignerURL: web.URL}, uploader.CodeWrongAddress},
		"a redirect":     {VaultSpec{SignerURL: moved.URL}, uploader.CodeWrongAddress},
		"wrong path":     {VaultSpec{SignerURL: vault.URL + "/x"}, uploader.CodeWrongAddress},
		"not trusted":    {VaultSpec{SignerURL: secure.URL}, uploader.CodeTLS},
		"no token":       {VaultSpec{SignerURL: vault.URL}, uploader.CodeUnauthorized},
		"wrong token":    {VaultSpec{SignerURL: vault.URL, TokenFile: file("wrong", "wrong-token-wrong-token-wrong")}, uploader.CodeUnauthorized},
		"empty token":    {VaultSpec{SignerURL: vault.URL, TokenFile: file("empty", " \n")}, uploader.CodeUnauthorized},
		"two tokens":     {VaultSpec{SignerURL: vault.URL, TokenFile: file("two", "a b")}, uploader.CodeBadConfig},
		"token missing":  {VaultSpec{SignerURL: vault.URL, TokenFile: filepath.Join(dir, "none")}, uploader.CodeBadConfig},
		"token is a dir": {VaultSpec{SignerURL: vault.URL, TokenFile: dir}, uploader.CodeBadConfig},
		"CA missing":     {VaultSpec{SignerURL: vault.URL, CAFile: filepath.Join(dir, "none")}, uploader.CodeBadConfig},
		"CA without one": {VaultSpec{SignerURL: vault.URL, CAFile: file("ca", "no certificate")}, uploader.CodeBadConfig},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := s.AddVault(t.Context(), c.spec)
			wantCode(t, err, c.want)
		})
	}
	if list, err := s.Vaults(t.Context()); err != nil || len(list) != 0 {
		t.Errorf("saved all the same: %+v, %v", list, err)
	}
}

func TestACertificateFileIsTrustedForItsVault(t *testing.T) {
	vault := vaulttest.Start(t, vaulttest.Options{TLS: true})
	ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: vault.Server.Certificate().Raw})
	path := write(t, filepath.Join(t.TempDir(), "ca.pem"), ca)
	s := open(t, Options{StateDir: stateDir(t)})
	v, err := s.AddVault(t.Context(), VaultSpec{SignerURL: vault.URL, CAFile: path, Name: "Mine"})
	if err != nil || v.CAFile != path || v.Name != "Mine" {
		t.Fatalf("%+v, %v", v, err)
	}
	_, sum := follow(t, s, add(t, s, v, write(t, filepath.Join(t.TempDir(), "x"), []byte("x"))))
	if !sum.Stored() {
		t.Errorf("%+v", sum)
	}
}

func TestAKnownVault(t *testing.T) {
	vault := vaulttest.Start(t, vaulttest.Options{SignIn: true})
	s := open(t, Options{StateDir: stateDir(t)})
	v := addVault(t, s, vault)
	again, err := s.AddVault(t.Context(), VaultSpec{SignerURL: vault.URL + "/"}) // the token is known, too
	if err != nil || again.ID != v.ID || again.TokenFile != v.TokenFile {
		t.Errorf("again: %+v, %v", again, err)
	}
	other := write(t, filepath.Join(t.TempDir(), "token"), []byte(vaulttest.Token))
	second, err := s.AddVault(t.Context(), VaultSpec{SignerURL: vault.URL, TokenFile: other})
	if err != nil || second.ID == v.ID {
		t.Errorf("another token file: %+v, %v", second, err)
	}
	if err := s.RemoveVault(t.Context(), second.ID); err != nil {
		t.Error(err)
	}
	moved, err := s.SetVaultFiles(t.Context(), v.ID, other, "")
	if err != nil || moved.TokenFile != other || moved.ID != v.ID {
		t.Errorf("new token file: %+v, %v", moved, err)
	}
	_, err = s.SetVaultFiles(t.Context(), v.ID, filepath.Join(t.TempDir(), "none"), "")
	wantCode(t, err, uploader.CodeBadConfig)
	_, err = s.SetVaultFiles(t.Context(), "nobody", other, "")
	wantCode(t, err, uploader.CodeBadConfig)

	vault.Before(func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "down", http.StatusBadGateway) })
	away, err := s.AddVault(t.Context(), VaultSpec{SignerURL: vault.URL})
	if err != nil || away.ID != v.ID {
		t.Errorf("while it is away: %+v, %v", away, err)
	}
}

func TestOtherDataOriginsAreNotTakenSilently(t *testing.T) {
	vault := vaulttest.Start(t, vaulttest.Options{})
	s := open(t, Options{StateDir: stateDir(t)})
	v := addVault(t, s, vault)
	vault.Before(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/v1/capabilities" {
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"protocol":1,"name":"Test vault","checksum":"crc64nvme","urlLifetime":900,"maxBatch":100,"maxParts":10000,
			"minPartSize":5242880,"maxPartSize":5368709120,"maxObjectSize":5368709120,"partSize":5242880,
			"dataOrigins":["https://elsewhere.example.org"],"encryption":{"mode":"none"},"auth":{"type":"none"}}`)
	})
	_, err := s.AddVault(t.Context(), VaultSpec{SignerURL: vault.URL})
	wantCode(t, err, uploader.CodeWrongDest)
	caps, err := s.CheckVault(t.Context(), VaultSpec{SignerURL: vault.URL})
	if err != nil || caps.DataOrigins[0] != "https://elsewhere.example.org" {
		t.Errorf("%+v, %v", caps, err)
	}
	_, err = s.AddVault(t.Context(), VaultSpec{SignerURL: vault.URL, Repin: true, Seen: v.DataOrigins})
	wantCode(t, err, uploader.CodeWrongDest) // the user was shown another place than this
	again, err := s.AddVault(t.Context(), VaultSpec{SignerURL: vault.URL, Repin: true, Seen: caps.DataOrigins})
	if err != nil || again.ID != v.ID || again.DataOrigins[0] != "https://elsewhere.example.org" {
		t.Errorf("%+v, %v", again, err)
	}
	// The signer still signs for where it was: bytes must not go there any more.
	path := write(t, filepath.Join(t.TempDir(), "x"), []byte("x"))
	results, _ := follow(t, s, add(t, s, again, path))
	if r := results[path]; r.Error == nil || r.Error.Code != uploader.CodeWrongDest {
		t.Errorf("%+v", r)
	}
}

func TestANewTokenCountsAtOnce(t *testing.T) {
	vault := vaulttest.Start(t, vaulttest.Options{SignIn: true})
	s := open(t, Options{StateDir: stateDir(t)})
	v := addVault(t, s, vault)
	good, err := os.ReadFile(vault.TokenFile)
	if err != nil {
		t.Fatal(err)
	}
	write(t, vault.TokenFile, []byte("over-over-over-over-over-over"))
	path := write(t, filepath.Join(t.TempDir(), "x"), []byte("x"))
	ids := add(t, s, v, path)
	results, sum := follow(t, s, ids)
	if r := results[path]; r.State != uploader.Waiting || r.Error == nil || r.Error.Code != uploader.CodeUnauthorized || sum.Stored() {
		t.Fatalf("with a token that is over: %+v, %+v", r, sum)
	}
	write(t, vault.TokenFile, good)
	if err := s.Do(t.Context(), uploader.Resume, uploader.Target{Entries: ids}); err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	sum, err = Follow(ctx, s, ids, Follower{})
	if err != nil || !sum.Stored() {
		t.Errorf("with a new token: %+v, %v", sum, err)
	}
}

// A vault is put back to what it was, and to nothing that it never was.
func TestAVaultIsPutBack(t *testing.T) {
	vault := vaulttest.Start(t, vaulttest.Options{})
	s := open(t, Options{StateDir: stateDir(t)})
	before := addVault(t, s, vault)
	proxy := "none"
	if _, err := s.EditVault(t.Context(), before.ID, VaultEdit{Proxy: &proxy}); err != nil {
		t.Fatal(err)
	}
	if err := s.RestoreVault(t.Context(), before); err != nil {
		t.Fatal(err)
	}
	if all, err := s.Vaults(t.Context()); err != nil || len(all) != 1 || all[0].Proxy != before.Proxy {
		t.Errorf("%+v, %v", all, err)
	}
	other := before
	other.SignerURL = "https://elsewhere.example.org"
	wantCode(t, s.RestoreVault(t.Context(), other), uploader.CodeBadConfig)
	other = before
	other.ID = "nobody"
	wantCode(t, s.RestoreVault(t.Context(), other), uploader.CodeBadConfig)
}
