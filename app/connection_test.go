package app

import (
	"encoding/pem"
	"path/filepath"
	"strings"
	"testing"

	"longshore/internal/connfile"
	"longshore/internal/vaulttest"
	"longshore/uploader"
)

// connectionTo writes a connection file for a vault, as changed.
func connectionTo(t *testing.T, v *vaulttest.Vault, origins []string, change func(*connfile.File)) string {
	t.Helper()
	f := connfile.File{Name: "Radiology North", Operator: "Hospital IT", Signer: v.URL, DataOrigins: origins, SignIn: connfile.SignIn{How: connfile.SignInToken}}
	if v.Server.TLS != nil {
		f.CA = string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: v.Server.Certificate().Raw}))
	}
	change(&f)
	data, err := f.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return write(t, filepath.Join(t.TempDir(), "north.longshore"), data)
}

func TestAVaultFromAConnectionFile(t *testing.T) {
	vault := vaulttest.Start(t, vaulttest.Options{SignIn: true, TLS: true})
	s := open(t, Options{StateDir: stateDir(t)})
	ca := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: vault.Server.Certificate().Raw}))
	caps, err := s.CheckVault(t.Context(), VaultSpec{SignerURL: vault.URL, TokenFile: vault.TokenFile, CA: ca})
	if err != nil {
		t.Fatal(err)
	}
	read := func(origins []string, change func(*connfile.File)) Connection {
		c, err := ReadConnection(connectionTo(t, vault, origins, change))
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	same := func(*connfile.File) {}

	for name, c := range map[string]Connection{
		"other storage": read([]string{"https://other.example.org"}, same),
		"more storage":  read(append([]string{"https://other.example.org"}, caps.DataOrigins...), same),
		"other sign-in": read(caps.DataOrigins, func(f *connfile.File) { f.SignIn.How = connfile.SignInNone }),
		"other issuer": read(caps.DataOrigins, func(f *connfile.File) {
			f.SignIn = connfile.SignIn{How: connfile.SignInOIDC, Issuer: "https://login.example.org"}
		}),
	} {
		for _, try := range []func() error{
			func() error { _, err := s.CheckVault(t.Context(), c.Spec(vault.TokenFile)); return err },
			func() error { _, err := s.AddVault(t.Context(), c.Spec(vault.TokenFile)); return err },
		} {
			err := try()
			if uploader.CodeOf(err) != uploader.CodeWrongDest || !strings.Contains(Explain(err).Sentence, "connection file says") {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	if list, err := s.Vaults(t.Context()); err != nil || len(list) != 0 {
		t.Fatalf("saved all the same: %+v, %v", list, err)
	}

	c := read(caps.DataOrigins, func(f *connfile.File) {
		f.Proxy, f.Defaults = "none", connfile.Defaults{Parallel: 12, Limit: "20 MB/s"}
	})
	if c.Name != "Radiology North" || c.Operator != "Hospital IT" || c.Signer != vault.URL || c.SignIn != uploader.SignInBearer {
		t.Errorf("%+v", c)
	}
	v, err := s.AddVault(t.Context(), c.Spec(vault.TokenFile))
	if err != nil {
		t.Fatal(err)
	}
	if v.Name != "Radiology North" || v.Proxy != uploader.ProxyNone || v.CA != ca && strings.TrimSpace(v.CA) != strings.TrimSpace(ca) || v.CAFile != "" {
		t.Errorf("%+v", v)
	}
	if err := c.Settle(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	limits, _ := s.Limits(t.Context())
	line, _ := s.Bandwidth(t.Context())
	if limits.Parts != 12 || line.Limit.String() != "20 MB/s" {
		t.Errorf("%+v, %s", limits, line.Limit)
	}
	c.Parallel, c.Limit = 3, nil // what is set stays
	if err := c.Settle(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	if again, _ := s.Limits(t.Context()); again != limits {
		t.Errorf("the file changed what was set: %+v", again)
	}
	_, sum := follow(t, s, add(t, s, v, write(t, filepath.Join(t.TempDir(), "x"), []byte("x"))))
	if !sum.Stored() {
		t.Errorf("%+v", sum)
	}
}

func TestConnectionFilesThatCannotBeUsed(t *testing.T) {
	const good = "longshore=1\nname=\"N\"\nsigner=\"https://v.example.org\"\ndata-origins=[\"https://s.example.org\"]\nsign-in={how=\"none\"}\n"
	for text, key := range map[string]string{
		"":       "connection-missing",
		"<html>": "connection-line",
		strings.Replace(good, "longshore=1", "longshore=9", 1):                          "connection-newer",
		strings.Replace(good, "https://v.", "http://v.", 1):                             "connection-bad",
		strings.Replace(good, "https://s.example.org", "http://s.example.org", 1):       "connection-bad",
		strings.Replace(good, "https://s.example.org", "https://s.example.org/a", 1):    "connection-bad",
		strings.Replace(good, "https://s.example.org", "https://x:y@s.example.org", 1):  "connection-bad",
		"proxy=\"http://a:b@p\"\n" + good:                                               "connection-secret",
		"select=true\n" + good:                                                          "connection-unknown",
		good + "defaults={limit=\"pause\"}\n":                                           "connection-bad",
		strings.Replace(good, `{how="none"}`, `{how="oidc", issuer="http://x.org"}`, 1): "connection-bad",
	} {
		_, err := ReadConnection(write(t, filepath.Join(t.TempDir(), "x.longshore"), []byte(text)))
		if p := Explain(err); err == nil || p.Key != key || p.Code != uploader.CodeBadConfig || strings.Contains(p.Sentence, "{") {
			t.Errorf("%q: %+v, want %s", text, p, key)
		}
	}
	if _, err := ReadConnection(write(t, filepath.Join(t.TempDir(), "x.longshore"), []byte(good))); err != nil {
		t.Errorf("the file that the others are made of: %v", err)
	}
	for path, key := range map[string]string{
		filepath.Join(t.TempDir(), "none.longshore"): "connection-gone",
		t.TempDir(): "connection-unreadable",
		write(t, filepath.Join(t.TempDir(), "l"), make([]byte, connfile.MaxSize+1)): "connection-unreadable",
	} {
		if _, err := ReadConnection(path); Explain(err).Key != key {
			t.Errorf("%v, want %s", err, key)
		}
	}
	for path, want := range map[string]bool{"/a/b.longshore": true, "B.LONGSHORE": true, "longshore": false, ".longshore": false, "a.longshore.txt": false} {
		if IsConnection(path) != want {
			t.Errorf("%s: %v", path, !want)
		}
	}
}

func TestVaultsAreRenamedAndRemoved(t *testing.T) {
	vault := vaulttest.Start(t, vaulttest.Options{})
	dir := stateDir(t)
	s := open(t, Options{StateDir: dir})
	other := open(t, Options{StateDir: dir})
	v := addVault(t, s, vault)
	own, proxy := "Mine", "none"
	got, err := other.EditVault(t.Context(), v.ID, VaultEdit{Name: &own, Proxy: &proxy})
	if err != nil || got.Name != own || got.Proxy != proxy {
		t.Fatalf("%+v, %v", got, err)
	}
	if again := addVault(t, s, vault); again.Name != own || again.ID != v.ID { // asking the vault again does not undo it
		t.Errorf("%+v", again)
	}
	empty, secret := "", "http://me:pw@proxy"
	if _, err := s.EditVault(t.Context(), v.ID, VaultEdit{Proxy: &secret}); Explain(err).Key != "proxy-password" {
		t.Errorf("%v", err)
	}
	if _, err := s.EditVault(t.Context(), v.ID, VaultEdit{Name: &empty}); err != nil {
		t.Fatal(err)
	}
	if again := addVault(t, s, vault); again.Name != v.Name {
		t.Errorf("%+v, want its own name %s back", again, v.Name)
	}
	ids := add(t, s, v, write(t, filepath.Join(t.TempDir(), "x"), []byte("x")))
	if err := other.RemoveVault(t.Context(), v.ID); Explain(err).Key != "vault-in-use" {
		t.Errorf("removed while it is needed: %v", err)
	}
	follow(t, s, ids)
	if err := s.Do(t.Context(), uploader.Remove, uploader.Target{Entries: ids}); err != nil {
		t.Fatal(err)
	}
}
