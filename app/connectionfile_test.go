package app

import (
	"path/filepath"
	"strings"
	"testing"

	"longshore/uploader"
)

func TestConnectionFiles(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"plain.longshore": "signer = \"https://vault.example.org\"\n", "More.LONGSHORE": "name = \"North\"\nsigner = \"https://vault.example.org\"\nca = \"\"\"x\"\"\"\n"} {
		path := write(t, filepath.Join(dir, name), []byte(text))
		spec, err := ReadConnection(path)
		if err != nil || spec.SignerURL != "https://vault.example.org" || !IsConnection(path) {
			t.Errorf("%s: %+v, %v", name, spec, err)
		}
	}
	for name, text := range map[string]string{
		"empty": "", "no address": "name = \"x\"", "no TOML": "https://vault.example.org", "not https": "signer = \"http://vault.example.org\"",
		"a number": "signer = 7", "long": "signer = \"https://vault.example.org\"\n" + strings.Repeat("# x\n", 20_000),
	} {
		_, err := ReadConnection(write(t, filepath.Join(dir, name), []byte(text)))
		if uploader.CodeOf(err) != uploader.CodeBadConfig {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := ReadConnection(filepath.Join(dir, "none")); uploader.CodeOf(err) != uploader.CodeBadConfig {
		t.Error(err)
	}
	if IsConnection("/x/scan.dcm") {
		t.Error("a scan is none")
	}
}
