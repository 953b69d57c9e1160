package support

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"longshore/app"
	"longshore/internal/vaulttest"
	"longshore/store"
	"longshore/uploader"
)

func TestMain(m *testing.M) {
	if store.IsCheckChild() {
		os.Exit(store.CheckMain())
	}
	if err := os.Setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent/bus"); err != nil { // no test keeps the developer's machine awake
		os.Exit(1)
	}
	goleak.VerifyTestMain(m)
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func write(t *testing.T, path, text string) string {
	t.Helper()
	check(t, os.MkdirAll(filepath.Dir(path), 0o700))
	check(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

func appendTo(t *testing.T, path, text string) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	check(t, err)
	_, err = f.WriteString(text)
	check(t, errors.Join(err, f.Close()))
}

// parts unpacks a bundle.
func parts(t *testing.T, data []byte) map[string]string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	check(t, err)
	found := map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		check(t, err)
		text, err := io.ReadAll(r)
		check(t, err)
		found[f.Name] = string(text)
	}
	return found
}

// What is planted everywhere a name or a secret can come from.
const (
	study  = "Schmidt Anna 1970-01-01"
	slice  = "Müller^Hans^Peter.dcm"
	absent = "Doe_Jane_MRT.nii"
	token  = "hunter2hunter2hunter2"
)

func TestABundleNamesNobody(t *testing.T) {
	vault := vaulttest.Start(t, vaulttest.Options{SignIn: true})
	temp, err := os.MkdirTemp("", "lss")
	check(t, err)
	t.Cleanup(func() { check(t, os.RemoveAll(temp)) })
	state, clinic := filepath.Join(temp, "state"), filepath.Join(temp, "Praxis-Dr-Weber")
	write(t, filepath.Join(clinic, study, slice), "slice")
	s, err := app.Open(t.Context(), app.Options{StateDir: state})
	check(t, err)
	defer s.Close()
	v, err := s.AddVault(t.Context(), app.VaultSpec{SignerURL: vault.URL, TokenFile: vault.TokenFile})
	check(t, err)
	added, err := s.Add(t.Context(), v.ID, []string{filepath.Join(clinic, study), filepath.Join(clinic, absent)}, uploader.KnownSend)
	check(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	_, err = app.Follow(ctx, s, added.Entries, app.Follower{})
	check(t, err)
	secret, err := os.ReadFile(vault.TokenFile)
	check(t, err)

	line, err := json.Marshal(map[string]any{
		"time": "2026-01-01T00:00:00Z", "level": "INFO", "msg": "read " + slice + " of Schmidt Anna 1970-01-01 and " + clinic + "/x",
		"err": map[string]any{"deep": []string{"Authorization: Bearer " + token, "M%C3%BCller%5EHans%5EPeter.dcm", absent}}, "kept": "status 503",
	})
	check(t, err)
	appendTo(t, filepath.Join(state, "longshore.log"), string(line)+"\nno record, of "+slice+"\n")
	write(t, filepath.Join(state, "crash.last.log"), "panic: cannot read "+slice+" for Müller^Hans^Peter\n\ngoroutine 7 [running]:\nlongshore/uploader.boom(...)\n\t"+clinic+"/x.go:12\n")

	var out bytes.Buffer
	check(t, Write(t.Context(), &out, Options{Session: s, StateDir: state, Program: "longshore 1.0"}))
	found := parts(t, out.Bytes())
	all := ""
	for name, text := range found {
		all += name + "\n" + text
	}
	for _, planted := range []string{
		study, slice, absent, token, "Müller", "M%C3%BCller", "Hans", "Anna", "Doe_Jane", "Praxis", "Weber", clinic, temp,
		strings.TrimSpace(string(secret)), vault.TokenFile, "uploads/",
	} {
		if i := strings.Index(all, planted); i >= 0 {
			t.Errorf("%q is in the bundle: … %s", planted, all[max(0, i-200):min(len(all), i+100)])
		}
	}
	for name, texts := range map[string][]string{
		"about.json":          {`"Program": "longshore 1.0"`, `"System"`},
		"settings.json":       {`"KeepAwake": true`, `"TokenFile": true`, vault.URL},
		"checks.json":         {`"Reached": true`, `"FreeBytes"`, `"Owner": true`, `"queue.db"`},
		"queue.json":          {string(uploader.CodeSourceMissing), `"State": "done"`, `"FilesDone": 1`},
		"longshore.log.jsonl": {`"kept":"status 503"`, `"level":"INFO"`, hiddenName, `"msg":"opened"`},
		"crash.last.log.txt":  {"goroutine 7 [running]", "longshore/uploader.boom"},
		"README.txt":          {"before you pass it on"},
	} {
		for _, text := range texts {
			if !strings.Contains(found[name], text) {
				t.Errorf("%s does not say %q:\n%s", name, text, found[name])
			}
		}
	}
}

// A bundle is wanted most when nothing works.
func TestABundleWithoutAQueue(t *testing.T) {
	dir := t.TempDir()
	var out bytes.Buffer
	broken := uploader.E("open", uploader.CodeJournalBroken, errors.New("page 7 of "+slice))
	check(t, Write(t.Context(), &out, Options{OpenErr: broken, StateDir: filepath.Join(dir, "none"), Program: "longshore 1.0"}))
	found := parts(t, out.Bytes())
	if !strings.Contains(found["checks.json"], string(uploader.CodeJournalBroken)) || strings.Contains(found["checks.json"], "Hans") {
		t.Errorf("%s", found["checks.json"])
	}
	if _, ok := found["queue.json"]; ok {
		t.Error("there is a queue")
	}
}

func TestSaveLeavesWhatIsThere(t *testing.T) {
	path := write(t, filepath.Join(t.TempDir(), "x.zip"), "mine")
	if err := Save(t.Context(), path, Options{StateDir: t.TempDir()}); !errors.Is(err, fs.ErrExist) {
		t.Errorf("%v", err)
	}
	if data, err := os.ReadFile(path); err != nil || string(data) != "mine" {
		t.Errorf("%q, %v", data, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	gone := filepath.Join(t.TempDir(), "y.zip")
	if err := Save(ctx, gone, Options{StateDir: t.TempDir()}); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	if _, err := os.Stat(gone); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("half a bundle was left: %v", err)
	}
}

// A bundle that cannot be finished costs nobody the one they have.
func TestAnOldBundleGoesWhenTheNewOneIsWhole(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "bundle.zip")
	if err := os.WriteFile(path, []byte("the old one"), 0o644); err != nil {
		t.Fatal(err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := Replace(ended, path, Options{StateDir: t.TempDir()}); !errors.Is(err, context.Canceled) {
		t.Errorf("an aborted one: %v", err)
	}
	if data, err := os.ReadFile(path); string(data) != "the old one" {
		t.Errorf("the old one is %q, %v", data, err)
	}
	if err := Replace(t.Context(), path, Options{StateDir: t.TempDir()}); err != nil {
		t.Fatal(err)
	}
	z, err := zip.OpenReader(path)
	if err != nil {
		t.Fatal(err)
	}
	_ = z.Close()
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != 1 {
		t.Errorf("%v left, %v", files, err)
	}
	if info, err := os.Stat(path); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
}
