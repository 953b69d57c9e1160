package archtest

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// repository loads the tree this test is part of.
func repository(t *testing.T) []File {
	t.Helper()
	root, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	files, err := Load(os.DirFS(root))
	if err != nil {
		t.Fatal(err)
	}
	self := func(f File) bool { return f.Path == "internal/archtest/archtest_test.go" }
	if !slices.ContainsFunc(files, self) {
		t.Fatalf("the %d files found do not include this one: not the whole tree was read", len(files))
	}
	return files
}

func report(t *testing.T, found []string) {
	t.Helper()
	for _, sentence := range found {
		t.Error(sentence)
	}
}

func TestImports(t *testing.T)         { report(t, CheckImports(repository(t), Rules())) }
func TestFileLengths(t *testing.T)     { report(t, CheckLines(repository(t))) }
func TestPackageNames(t *testing.T)    { report(t, CheckNames(repository(t))) }
func TestPackageComments(t *testing.T) { report(t, CheckComments(repository(t))) }

func load(t *testing.T, sources map[string]string) []File {
	t.Helper()
	tree := fstest.MapFS{}
	for name, src := range sources {
		tree[name] = &fstest.MapFile{Data: []byte(src)}
	}
	files, err := Load(tree)
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// TestEachImportRuleCatches puts one import into one file and says whether the
// rules must forbid it.
func TestEachImportRuleCatches(t *testing.T) {
	for _, c := range []struct {
		file, imports string
		forbidden     bool
	}{
		{"app/x.go", "fyne.io/fyne/v2", true},
		{"app/x_test.go", "fyne.io/fyne/v2/test", true},
		{"internal/platform/power/x.go", "fyne.io/systray", true},
		{"ui/queue/x.go", "fyne.io/fyne/v2/widget", false},
		{"main.go", "fyne.io/fyne/v2", false},
		{"cmd/longshore-cli/main.go", "fyne.io/fyne/v2", true},
		{"assets/x.go", "fyne.io/fyne/v2", true},

		{"internal/platform/sleep/x.go", "C", true},
		{"ui/x.go", "C", false},

		{"uploader/x.go", "go.etcd.io/bbolt", true},
		{"app/x_test.go", "go.etcd.io/bbolt", true},
		{"store/x.go", "go.etcd.io/bbolt", false},
		{"store/x.go", "go.etcd.io/bbolt/errors", false},

		{"signer/x.go", "github.com/aws/aws-sdk-go-v2/aws", true},
		{"signer/x_test.go", "github.com/aws/aws-sdk-go-v2/aws", false},
		{"app/x_test.go", "github.com/aws/aws-sdk-go-v2/aws", true},
		{"cmd/longshore-signer/main.go", "github.com/aws/aws-sdk-go-v2/config", true},
		{"signer/s3/x.go", "github.com/aws/aws-sdk-go-v2/service/s3", false},
		{"internal/s3test/x.go", "github.com/aws/aws-sdk-go-v2/service/s3", false},
		{"e2e/x_test.go", "github.com/aws/aws-sdk-go-v2/service/s3", false},
		{"demo/x.go", "github.com/aws/aws-sdk-go-v2/service/s3", false},

		{"app/signin/x.go", "github.com/coreos/go-oidc/v3/oidc", false},
		{"app/signin/x.go", "golang.org/x/oauth2", false},
		{"signer/x.go", "github.com/coreos/go-oidc/v3/oidc", false},
		{"app/x.go", "golang.org/x/oauth2", true},
		{"uploader/remote/x_test.go", "github.com/coreos/go-oidc/v3/oidc", true},
		{"cmd/longshore-cli/x.go", "golang.org/x/oauth2", true},
		{"app/signin/x.go", "github.com/zalando/go-keyring", true},
		{"internal/platform/keychain/x.go", "github.com/zalando/go-keyring", false},
		{"app/signin/x.go", "longshore/uploader", true},
		{"app/signin/x.go", "longshore/internal/redact", false},
		{"app/signin/x_test.go", "longshore/internal/oidctest", false},
		{"app/x.go", "longshore/app/signin", false},

		{"uploader/x.go", "longshore/store", true},
		{"uploader/x.go", "longshore/signer/api", true},
		{"uploader/x.go", "golang.org/x/sys/unix", true},
		{"uploader/x.go", "github.com/oklog/ulid/v2", true},
		{"uploader/x.go", "golang.org/x/sync/semaphore", false},
		{"uploader/x.go", "golang.org/x/time/rate", false},
		{"uploader/x.go", "github.com/minio/crc64nvme", false},
		{"uploader/x.go", "net/http", false},
		{"uploader/x_test.go", "longshore/internal/fault", false},
		{"uploader/remote/x.go", "longshore/signer/api", false},
		{"uploader/remote/x.go", "longshore/uploader", false},
		{"uploader/remote/x.go", "longshore/signer", true},
		{"uploader/remote/x.go", "longshore/internal/redact", false},
		{"uploader/disk/x.go", "golang.org/x/sys/windows", false},
		{"uploader/disk/x.go", "longshore/signer/api", true},
		{"uploader/plan/x.go", "longshore/uploader", false},
		{"uploader/plan/x.go", "longshore/store", true},

		{"store/x.go", "longshore/uploader", false},
		{"store/x.go", "longshore/uploader/remote", true},
		{"store/x.go", "longshore/app", true},

		{"ui/x.go", "longshore/uploader", false},
		{"ui/x.go", "longshore/assets", false},
		{"ui/queue/x.go", "longshore/ui/bridge", false},
		{"ui/x.go", "longshore/app", true},
		{"ui/x.go", "longshore/store", true},

		{"app/x.go", "longshore/ui", true},
		{"app/x.go", "longshore/signer", true},
		{"app/x.go", "longshore/signer/api", false},
		{"app/x.go", "longshore/store", false},
		{"main.go", "longshore/signer/s3", true},
		{"main.go", "longshore/ui", false},
		{"cmd/longshore-cli/main.go", "longshore/ui/bridge", true},

		{"signer/x.go", "longshore/uploader", true},
		{"signer/x.go", "longshore/signer/s3", true},
		{"signer/s3/x.go", "longshore/signer", false},
		{"cmd/longshore-signer/main.go", "longshore/signer/s3", false},
		{"cmd/longshore-signer/main.go", "longshore/app", true},
		{"demo/x.go", "longshore/signer", false},
		{"demo/x.go", "longshore/uploader", true},

		{"signer/api/x.go", "golang.org/x/text/unicode/norm", true},
		{"signer/api/x.go", "encoding/json", false},

		{"internal/platform/owner/x.go", "longshore/uploader", true},
		{"internal/platform/owner/x.go", "longshore/internal/redact", false},

		{"uploader/x.go", "longshore/internal/fault", true},
		{"signer/x.go", "longshore/internal/s3test", true},
		{"signer/s3/x_test.go", "longshore/internal/s3test", false},
		{"store/x.go", "testing", true},
		{"e2e/harness/x.go", "longshore/internal/s3test", false},
	} {
		src := "package p\n\nimport _ \"" + c.imports + "\"\n"
		found := CheckImports(load(t, map[string]string{c.file: src}), Rules())
		if (len(found) > 0) != c.forbidden {
			t.Errorf("%s importing %s: found %q, forbidden should be %v", c.file, c.imports, found, c.forbidden)
		}
		for _, sentence := range found {
			if !strings.HasPrefix(sentence, c.file+":3 imports ") || !strings.Contains(sentence, ": ") || len(sentence) < 60 {
				t.Errorf("the sentence names no place or no reason: %q", sentence)
			}
		}
	}
}

func TestShapesAreCaught(t *testing.T) {
	long := "// Package long is.\npackage long\n" + strings.Repeat("\n", MaxLines-2)
	files := load(t, map[string]string{
		"fits/x.go":       long,
		"long/x.go":       long + "\n",
		"utils/x.go":      "// Package utils is.\npackage utils\n",
		"bare/x.go":       "//go:build linux\n\npackage bare\n",
		"bare/x_test.go":  "// Package bare is documented in the wrong place.\npackage bare\n",
		"e2e/x_test.go":   "// Package e2e has tests only.\npackage e2e\n",
		"tests/x_test.go": "package tests\n",
	})
	expect := func(check string, found []string, places ...string) {
		if len(found) != len(places) {
			t.Fatalf("%s found %q, want one for each of %q", check, found, places)
		}
		for i, place := range places {
			if !strings.HasPrefix(found[i], place) {
				t.Errorf("%s found %q, want it about %s", check, found[i], place)
			}
		}
	}
	expect("CheckLines", CheckLines(files), "long/x.go")
	expect("CheckNames", CheckNames(files), "utils/x.go")
	expect("CheckComments", CheckComments(files), "bare:", "tests:")
}

func TestLoadSkipsWhatIsNotOurs(t *testing.T) {
	files := load(t, map[string]string{
		"a/x.go":              "package a\n",
		".tools/x.go":         "package tools\n",
		"a/testdata/x.go":     "package broken",
		"bin/x.go":            "package bin\n",
		"a/_old/x.go":         "package old\n",
		"demo/inner/x.go":     "package inner\n",
		"a/notes.txt":         "package notes\n",
		"artifacts/run/x.go":  "package run\n",
		"demo-vault/vault.go": "package vault\n",
	})
	var paths []string
	for _, f := range files {
		paths = append(paths, f.Path)
	}
	if want := []string{"a/x.go", "demo/inner/x.go"}; !slices.Equal(paths, want) {
		t.Fatalf("loaded %q, want %q", paths, want)
	}
}

func TestLoadRefusesWhatItCannotParse(t *testing.T) {
	if _, err := Load(fstest.MapFS{"a/x.go": {Data: []byte("no package clause")}}); err == nil {
		t.Fatal("a file that does not parse was accepted")
	}
}
