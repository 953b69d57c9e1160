package e2e

import (
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"longshore/signer/api"
)

// look reads a process's arguments and environment. The signer's environment
// holds the AWS credentials: the SDK's chain takes them from there.
func (s *secretRun) look(t *testing.T, what string, p *proc) {
	t.Helper()
	for _, file := range []string{"cmdline", "environ"} {
		raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/%s", p.cmd.Process.Pid, file))
		if err != nil || len(raw) == 0 {
			t.Fatalf("%s of %s cannot be read: %v", file, what, err)
		}
		secrets := []secret{{what: "the token", value: s.token}}
		if file == "cmdline" || p != s.signer {
			secrets = append(secrets, secret{what: "the AWS secret key", value: s.s3.SecretKey})
		}
		search(t, file+" of "+what, raw, secrets)
	}
}

// searchEverything looks through what is left.
func (s *secretRun) searchEverything(t *testing.T) {
	keys := s.storageSecrets(t)
	everywhere := slices.Concat(s.planted, keys, s.uploadIDs())
	wantAllUsed(t, everywhere)
	if s.excused < 10 {
		t.Errorf("only %d names were shown to their user: what is excused is not what is printed", s.excused)
	}
	for what, text := range s.outputs {
		if len(text) == 0 && what != "status" && what != "cancel" {
			t.Errorf("%s: nothing was printed", what)
		}
		search(t, what, text, everywhere)
	}
	search(t, "the signer's log", []byte(s.signer.stderr.String()+s.signer.stdout.String()), everywhere)
	s.searchFiles(t, everywhere, keys)
	s.searchWire(t)
}

// storageSecrets are what gives access to storage.
func (s *secretRun) storageSecrets(t *testing.T) []secret {
	t.Helper()
	always := func() bool { return true }
	all := []secret{{"the AWS secret key", s.s3.SecretKey, always}}
	for i, arg := range s.args {
		if arg == "--seal-key-file" {
			all = append(all, secret{"the seal key", string(readAll(t, s.args[i+1])), always})
		}
	}
	for _, x := range s.data.exchanges(isOp(opPart, opPut)) {
		_, query, _ := strings.Cut(x.URL, "?")
		q, err := url.ParseQuery(query)
		if err != nil {
			t.Fatal(err)
		}
		if sig := q.Get("X-Amz-Signature"); sig != "" {
			all = append(all, secret{"a signature", sig, always}, secret{"a signed query", query, always},
				secret{"the credential of a signed URL", q.Get("X-Amz-Credential"), always})
		}
	}
	if len(all) < 8 {
		t.Errorf("only %d secrets of storage were seen: hardly anything was signed", len(all))
	}
	slices.SortFunc(all, func(a, b secret) int { return strings.Compare(a.value, b.value) })
	return append(slices.CompactFunc(all, func(a, b secret) bool { return a.value == b.value }),
		secret{"a signed URL", "X-Amz-Signature", always}, secret{"a signed URL", "X-Amz-Credential", always})
}

// uploadIDs are the sealed ids of the wire.
func (s *secretRun) uploadIDs() []secret {
	seen := map[string]bool{}
	var all []secret
	for _, x := range s.control.exchanges(isOp(api.PathGetPartURLs, api.PathListParts, api.PathCompleteUpload, api.PathAbortUpload)) {
		var body struct{ UploadID string }
		if json.Unmarshal(x.Request, &body) == nil && body.UploadID != "" && !seen[body.UploadID] {
			seen[body.UploadID] = true
			all = append(all, secret{"a sealed upload id", body.UploadID, func() bool { return true }})
		}
	}
	return all
}

// searchFiles: a state folder holds the journal, which has paths and names,
// keys and upload ids, and nothing that opens a door; all else in it is clean,
// and nothing else is left in the home folder.
func (s *secretRun) searchFiles(t *testing.T, everywhere, keys []secret) {
	doors := append(slices.Clone(keys), secret{what: "the token", value: s.token}, secret{what: "a wrong token", value: s.wrong},
		secret{what: "a token in the address", value: s.inAddress}, secret{what: "a token in a query", value: s.inQuery},
		secret{what: "a broken token", value: s.broken}, secret{what: "a quoted signature", value: s.quoted})
	journals, logs := 0, 0
	err := filepath.WalkDir(s.home, func(path string, d os.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		rel, _ := filepath.Rel(s.home, path)
		name := filepath.Base(path)
		switch {
		case !strings.HasPrefix(rel, "state"):
			if !strings.HasPrefix(path, s.folder) && !strings.HasSuffix(name, "token") {
				t.Errorf("%q was left in the home folder", rel)
			}
		case name == "queue.db":
			journals++
			search(t, "the journal "+rel, readAll(t, path), doors)
		default:
			if strings.HasPrefix(name, "longshore.log") {
				logs++
			}
			search(t, rel, readAll(t, path), everywhere)
		}
		return nil
	})
	if err != nil || journals < 3 || logs < 3 {
		t.Errorf("%d journals and %d logs were searched (%v), want several", journals, logs, err)
	}
}

// searchWire: the token goes to the signer alone, in one header alone.
func (s *secretRun) searchWire(t *testing.T) {
	token := []secret{{what: "the token", value: s.token}, {what: "a wrong token", value: s.wrong}}
	for _, x := range s.data.exchanges(func(exchange) bool { return true }) {
		if strings.HasPrefix(x.Header.Get("Authorization"), "Bearer") {
			t.Errorf("%s at storage carries a bearer token", x.Op)
		}
		search(t, x.Op+" at storage", fmt.Appendf(nil, "%s %v", x.URL, x.Header), token)
	}
	for _, x := range s.control.exchanges(func(exchange) bool { return true }) {
		x.Header.Del("Authorization")
		search(t, x.Op+" at the signer", fmt.Appendf(x.Request, "%s %v", x.URL, x.Header), token)
	}
}
