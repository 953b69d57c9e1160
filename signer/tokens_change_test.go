package signer_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"longshore/signer"
	"longshore/signer/api"
)

// TestTheLastTokenCanBeTakenBack: whoever stole the only token of a file is out
// once its line is, however the line was taken out. A file that is empty for a
// moment, because an editor is about to write it, locks nobody out.
func TestTheLastTokenCanBeTakenBack(t *testing.T) {
	for name, without := range map[string]string{"a comment": "# " + aliceToken + " alice\n", "a blank line": "\n", "nothing": ""} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				path := filepath.Join(t.TempDir(), "tokens")
				write := func(text string) {
					if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
						t.Fatal(err)
					}
				}
				write(aliceToken + " alice\n")
				tokens, err := signer.OpenTokenFile(path, nil)
				if err != nil {
					t.Fatal(err)
				}
				write("")
				if _, err := authenticate(tokens, aliceToken); err != nil {
					t.Errorf("an editor's empty moment: %v", err)
				}
				write(aliceToken + " alice\n")
				if _, err := authenticate(tokens, aliceToken); err != nil {
					t.Errorf("written: %v", err)
				}
				write(without)
				_, _ = authenticate(tokens, aliceToken) // it is seen to be empty
				time.Sleep(3 * time.Second)
				if c, err := authenticate(tokens, aliceToken); codeOf(err) != api.CodeUnauthorized {
					t.Errorf("the token still is %+v, %v", c, err)
				}
				write(bobToken + " bob\n")
				if _, err := authenticate(tokens, bobToken); err != nil {
					t.Errorf("the next token: %v", err)
				}
			})
		})
	}
}

// TestAFileInThePlaceOfAnother: tools that unpack images and trees give every
// file the same time, and tokens have the same length.
func TestAFileInThePlaceOfAnother(t *testing.T) {
	dir := t.TempDir()
	path, then := filepath.Join(dir, "tokens"), time.Unix(1, 0)
	place := func(text string) {
		next := filepath.Join(dir, "next")
		if err := os.WriteFile(next, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(next, then, then); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(next, path); err != nil {
			t.Fatal(err)
		}
	}
	place("token-of-16-chars-1 robot\n")
	tokens, err := signer.OpenTokenFile(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	place("token-of-16-chars-2 robot\n")
	if _, err := authenticate(tokens, "token-of-16-chars-1"); codeOf(err) != api.CodeUnauthorized {
		t.Errorf("the token of the file before: %v", err)
	}
	if _, err := authenticate(tokens, "token-of-16-chars-2"); err != nil {
		t.Errorf("the new one: %v", err)
	}
}

// TestAnEmptyPolicyIsNone: an empty file would give everybody the defaults.
func TestAnEmptyPolicyIsNone(t *testing.T) {
	policy, write := policyFile(t, "require_group = true\n[groups.ward]\n")
	v := openVault(t, signer.Config{Storage: newFake(), Policy: policy})
	for _, text := range []string{"", "\n", " \n\t\n"} {
		write(text)
		v.wantCode(api.CodeForbiddenGroup, api.PathInitUpload, initRequest([]byte("x")))
	}
	empty := filepath.Join(t.TempDir(), "policy.toml")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := signer.OpenPolicyFile(empty, nil); err == nil || !strings.Contains(err.Error(), "empty") {
		t.Errorf("at the start: %v", err)
	}
}

// TestFilesThatCannotBeUsedAreSeen: a token whose line was taken out of a file
// with a mistake in it still works; somebody must be told.
func TestFilesThatCannotBeUsedAreSeen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tokens")
	write := func(text string) {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(aliceToken + " alice\n" + bobToken + " bob\n")
	tokens, err := signer.OpenTokenFile(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	policy, writePolicy := policyFile(t, "[groups.ward]\n")
	v := openVault(t, signer.Config{Storage: newFake(), Auth: tokens, Policy: policy})
	wants := func(tokens, policy string) {
		t.Helper()
		text := scrape(v)
		for name, want := range map[string]string{"tokens": tokens, "policy": policy} {
			if !strings.Contains(text, "longshore_signer_"+name+"_file_unusable "+want+"\n") {
				t.Errorf("the %s file should count as %s", name, want)
			}
		}
	}
	wants("0", "0")
	write("short\n")
	writePolicy("[groups")
	wants("1", "1")
	wants("1", "1")
	write(bobToken + " bob\n")
	writePolicy("[groups.ward]\n")
	wants("0", "0")
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	wants("1", "0")
}

func TestReservedAlias(t *testing.T) {
	if _, err := tokensOf(t, "token-of-16-chars-1 eve longshore-probe\n"); err == nil || !strings.Contains(err.Error(), "line 1") {
		t.Errorf("the probe's own name as an alias: %v", err)
	}
}
