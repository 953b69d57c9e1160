package e2e

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"longshore/signer/api"
)

// secretRun is a vault with sign-in and everything in it that nobody may find
// where it does not belong.
type secretRun struct {
	*rig
	home, folder string
	large, small string // arrive, after faults
	refused      string // storage says no for good
	gone         string // is not there
	tokens       string // the signer's file

	token, wrong, inAddress, inQuery, broken string
	quoted                                   string // a signature that a server repeats in its errors

	planted []secret // beside those that the run itself brings about
	rules   []*rule  // faults that must come
	outputs map[string][]byte
	excused int // names that were shown to their own user
}

func newSecretRun(t *testing.T) *secretRun {
	t.Helper()
	word := func(what string) string {
		raw := make([]byte, 12)
		_, _ = rand.Read(raw) // never fails
		return what + "." + hex.EncodeToString(raw)
	}
	base := t.TempDir()
	s := &secretRun{
		home: filepath.Join(base, "dr-jekyll-private"), tokens: filepath.Join(base, "tokens"),
		token: word("good"), wrong: word("wrong"), inAddress: word("address"), inQuery: word("query"), broken: word("broken"),
		quoted: hex.EncodeToString([]byte(word("sig"))), outputs: map[string][]byte{},
	}
	s.folder = filepath.Join(s.home, "MUELLER^ANNA_19630412")
	s.large = filepath.Join(s.folder, "Müller, Anna MRN 4711-0815.dcm")
	s.small = filepath.Join(s.folder, "Geheim-Befund.txt")
	s.refused = filepath.Join(s.folder, "Abgelehnt-Karzinom.dcm")
	s.gone = filepath.Join(s.folder, "Verschwunden-Psychose.dcm")
	makeFile(t, s.large, 2*partSize+4321, 91)
	writeFile(t, s.small, seeded(200_000, 92))
	writeFile(t, s.refused, seeded(30_000, 93))
	for name, text := range map[string]string{"token": s.token, "wrong-token": s.wrong, "broken-token": s.broken + " with blanks"} {
		writeFile(t, filepath.Join(s.home, name), []byte(text+"\n"))
	}
	writeFile(t, s.tokens, []byte(s.token+" clinic\n"))
	s.rig = newVersity(t, "--auth", "tokens:"+s.tokens, "--log-level", "debug")
	return s
}

// plant adds a secret and how to tell that it was used.
func (s *secretRun) plant(what, value string, used func() bool) {
	s.planted = append(s.planted, secret{what, value, used})
}

func (s *secretRun) tokenFile(name string) []string {
	return []string{"--token-file", filepath.Join(s.home, name)}
}

// sees tells whether a request with this in its key came to storage.
func (s *secretRun) sees(part string) func() bool {
	return func() bool {
		return s.data.count(func(x exchange) bool {
			key, err := url.PathUnescape(x.Key)
			return err == nil && strings.Contains(key, part)
		}) > 0
	}
}

func (s *secretRun) saysBearer(token string) func() bool {
	return func() bool {
		return s.control.count(func(x exchange) bool { return x.Header.Get("Authorization") == "Bearer "+token }) > 0
	}
}

// ownRow takes out of a --json row, and of the entries of status, the columns
// that name the user's own file.
func (s *secretRun) ownRow(row map[string]any) {
	for _, column := range []string{"path", "key"} {
		if _, has := row[column]; has {
			delete(row, column)
			s.excused++
		}
	}
	entries, _ := row["entries"].([]any)
	for _, e := range entries {
		if entry, ok := e.(map[string]any); ok {
			s.ownRow(entry)
		}
	}
}

// keep notes what a program printed. Of the CLI's output for its own user these
// are the only exceptions, and nothing else may hold a name: the columns path
// and key of a --json row (or of an entry of status --json), and the path that
// begins a line about a file.
func (s *secretRun) keep(t *testing.T, what string, p *proc) {
	t.Helper()
	var out strings.Builder
	for line := range strings.Lines(p.stdout.String()) {
		var row map[string]any
		if json.Unmarshal([]byte(line), &row) == nil {
			s.ownRow(row)
			raw, err := json.Marshal(row)
			if err != nil {
				t.Fatal(err)
			}
			line = string(raw) + "\n"
		}
		out.WriteString(line)
	}
	for line := range strings.Lines(p.stderr.String()) {
		for _, path := range []string{s.large, s.small, s.refused, s.gone} {
			if rest, ok := strings.CutPrefix(line, path+": "); ok {
				line = rest
				s.excused++
			}
		}
		out.WriteString(line)
	}
	s.outputs[what] = []byte(out.String())
}

// TestRunsTellNoSecrets takes files with names of patients through everything
// that goes wrong, with programs that die in the middle, and searches all that
// the programs left behind for tokens, signatures, keys, names and paths.
func TestRunsTellNoSecrets(t *testing.T) {
	s := newSecretRun(t)
	s.uploadWithFaults(t)
	s.badSignIns(t)
	s.askTheSigner(t)
	s.dumpClients(t)
	s.dumpSigner(t)
	for i, r := range s.rules {
		if s.data.hits(r)+s.control.hits(r) == 0 {
			t.Errorf("planned fault %d never came", i)
		}
	}
	s.searchEverything(t)
}

// uploadWithFaults: servers quote in their errors what they were sent, and more.
func (s *secretRun) uploadWithFaults(t *testing.T) {
	quote := fmt.Sprintf("cannot store %s of %s, token %s, see http://127.0.0.1:9/vault/%s?X-Amz-Credential=AKIAQUOTED&X-Amz-Signature=%s",
		filepath.Base(s.large), s.folder, s.token, url.PathEscape(filepath.Base(s.large)), s.quoted)
	status, code, message := 500, api.CodeInternal, quote
	body, err := json.Marshal(map[string]any{"error": code, "message": message, "requestId": quote})
	if err != nil {
		t.Fatal(err)
	}
	signerSaysAll := &canned{status: status, header: http.Header{"Content-Type": {"application/json"}}, body: string(body)}
	mine := func(path string) func(exchange) bool {
		return func(x exchange) bool {
			key, _ := url.PathUnescape(x.Key)
			return x.Op == opPut && strings.HasSuffix(key, filepath.Base(path))
		}
	}
	s.rules = append(s.rules,
		s.data.on(partNo(1), 1, fault{answer: s3Says(500, "InternalError", quote)}),
		s.data.on(partNo(2), 1, fault{dropAnswer: true}),
		s.data.on(partNo(3), 1, fault{cutAt: 1000}),
		s.data.on(mine(s.small), 1, fault{corruptAt: 5}),
		s.data.on(mine(s.small), 1, fault{answer: s3Says(403, quote, quote)}),
		s.data.on(mine(s.refused), -1, fault{answer: s3Says(400, "InvalidRequest", quote)}),
		s.data.on(isOp(opComplete), 1, fault{answer: s3Says(500, "InternalError", quote)}),
		s.control.on(isOp(api.PathGetPartURLs), 1, fault{answer: signerSaysAll}),
		s.control.on(isOp(api.PathInitUpload), 1, fault{answer: signerSaysAll}),
		s.control.on(isOp(api.PathCompleteUpload), 1, fault{answer: &canned{status: 200, header: http.Header{"Content-Type": {"application/json"}}, body: `{"objectKey":"` + filepath.Base(s.large) + ``}}),
		s.control.on(isOp(api.PathPutURLs), 1, fault{answer: &canned{status: 502, body: "<html>" + quote}}),
	)
	c := &client{state: filepath.Join(s.home, "state"), home: s.home}
	p := c.run(t, "upload", append(s.tokenFile("token"), "--signer", s.URL, "--json", s.large, s.small, s.refused, s.gone)...)
	p.wantExit(t, 1)
	states := map[string]string{}
	for _, got := range p.results(t) {
		states[got.Path] = got.State
	}
	if states[s.large] != "done" || states[s.small] != "done" || states[s.refused] != "failed" || states[s.gone] != "failed" {
		t.Fatalf("the run ended as %v: %s", states, p.stderr.String())
	}
	s.keep(t, "upload with faults", p)
	s.keep(t, "status", c.run(t, "status", "--json"))
	s.keep(t, "cancel", c.run(t, "cancel", "--all"))
	s.plant("the token", s.token, s.saysBearer(s.token))
	s.plant("a signature that servers quote", s.quoted, func() bool { return s.control.hits(s.rules[7]) > 0 })
	for _, name := range []string{"MUELLER^ANNA_19630412", "Müller, Anna", "4711-0815", "Geheim-Befund", "Karzinom"} {
		part := name
		if name == "MUELLER^ANNA_19630412" { // a single file's key has its name alone; the folder is in the path
			s.plant("a folder's name", name, func() bool { return strings.Contains(states2paths(states), part) })
			continue
		}
		s.plant("a file's name", name, s.sees(part))
	}
	s.plant("a missing file's name", "Verschwunden-Psychose", func() bool { return states[s.gone] == "failed" })
	s.plant("the home folder", s.home, func() bool { return states[s.large] == "done" })
	s.plant("the home folder's name", "dr-jekyll-private", func() bool { return states[s.large] == "done" })
}

func states2paths(states map[string]string) string {
	var all []string
	for path := range states {
		all = append(all, path)
	}
	return strings.Join(all, "\n")
}

// badSignIns: tokens where they do not belong, or that are none.
func (s *secretRun) badSignIns(t *testing.T) {
	host := strings.TrimPrefix(s.URL, "http://")
	for _, x := range []struct {
		what, token, address string
		file                 []string
		used                 func() bool
	}{
		{"a wrong token", s.wrong, s.URL, s.tokenFile("wrong-token"), s.saysBearer(s.wrong)},
		{"a token in the address", s.inAddress, "http://nurse:" + s.inAddress + "@" + host, nil, nil},
		{"a token in the address's query", s.inQuery, s.URL + "/?token=" + s.inQuery, nil, nil},
		{"a broken token file", s.broken, s.URL, s.tokenFile("broken-token"), nil},
	} {
		c := &client{state: filepath.Join(s.home, "state-"+strings.ReplaceAll(x.what, " ", "-")), home: s.home}
		p := c.run(t, "upload", append(x.file, "--signer", x.address, "--json", s.small)...)
		if p.exitCode() == 0 || p.stderr.size() == 0 {
			t.Errorf("%s: exit code %d and nothing said", x.what, p.exitCode())
		}
		s.keep(t, x.what, p)
		used := x.used
		if used == nil {
			used = func() bool { return p.exitCode() != 0 }
		}
		s.plant(x.what, x.token, used)
	}
}

// askTheSigner makes calls with names and metadata, good ones and bad ones. No
// refusal repeats what was sent.
func (s *secretRun) askTheSigner(t *testing.T) {
	const patient = "Schmidt^Xaver_1950"
	bearer := map[string]string{"Authorization": "Bearer " + s.token}
	req := initRequest(patient+".dcm", []byte("some bytes"))
	req.Metadata = map[string]string{"patient": patient}
	up := call[api.InitResponse](t, s.URL, api.PathInitUpload, req, bearer)
	bad := map[string]any{
		"unknown field": map[string]any{"fileName": "a", "mimeType": "b", patient: patient},
		"wrong type":    map[string]any{"fileName": []string{patient}, "mimeType": "b"},
		"bad name":      map[string]any{"fileName": patient + "/../x", "mimeType": "b", "size": 1},
		"bad metadata":  map[string]any{"fileName": "a", "mimeType": "b", "size": 1, "metadata": map[string]string{patient: "x"}},
		"bad ref":       map[string]any{"fileName": "a", "mimeType": "b", "size": 1, "uploadRef": patient},
		"bad type":      map[string]any{"fileName": "a", "mimeType": patient + "\n", "size": 1},
	}
	for what, body := range bad {
		a := post(t, s.URL, api.PathInitUpload, body, bearer)
		if a.status < 400 {
			t.Errorf("%s: %d %s", what, a.status, a.body)
		}
		s.outputs["the signer's answer to "+what] = a.body
	}
	a := post(t, s.URL, api.PathCompleteUpload, map[string]any{
		"uploadId": up.UploadID, "objectKey": up.ObjectKey + patient, "parts": []map[string]any{{"PartNumber": 1, "ETag": patient}},
	}, bearer)
	s.outputs["the signer's answer to a forged pair"] = a.body
	a = post(t, s.URL, api.PathStatObjects, map[string]any{"objectKeys": []string{"uploads/foreign/" + patient}}, bearer)
	if !strings.Contains(string(a.body), `"error"`) {
		t.Errorf("a foreign key: %s", a.body)
	}
	call[api.AbortResponse](t, s.URL, api.PathAbortUpload, uploadOf(up), bearer)
	s.plant("a name in metadata", patient, s.sees(patient))
}

// dumpClients makes command lines die with all their goroutines shown, in the
// middle of a part, and looks at them before that as `ps` would.
func (s *secretRun) dumpClients(t *testing.T) {
	for _, sig := range []syscall.Signal{syscall.SIGQUIT, syscall.SIGABRT} {
		h := newHold()
		s.data.on(partNo(1), 1, fault{holdBodyAt: partSize / 2, holdBody: h})
		c := &client{state: filepath.Join(s.home, "state-"+sig.String()), home: s.home}
		p := c.start(t, "upload", append(s.tokenFile("token"), "--signer", s.URL, s.large)...)
		h.await(t, "half a part")
		s.look(t, "the command line", p)
		p.signal(t, sig)
		if code := p.wait(t); code != 2 || !strings.Contains(p.stderr.String(), "goroutine ") {
			t.Errorf("%v: exit code %d, want a dump of goroutines: %s", sig, code, tail(p.stderr.String()))
		}
		s.keep(t, "the dump of "+sig.String(), p)
		s.data.clear()
		s.settle(t)
	}
}

// dumpSigner does the same to the signer, in the middle of a call.
func (s *secretRun) dumpSigner(t *testing.T) {
	h := newHold()
	s.data.on(isOp(opCreate), 1, fault{holdBefore: h})
	c := &client{state: filepath.Join(s.home, "state-signer"), home: s.home}
	p := c.start(t, "upload", append(s.tokenFile("token"), "--signer", s.URL, s.large)...)
	h.await(t, "create")
	s.look(t, "the signer", s.signer)
	s.signer.signal(t, syscall.SIGQUIT)
	if code := s.signer.wait(t); code != 2 || !strings.Contains(s.signer.stderr.String(), "goroutine ") {
		t.Errorf("exit code %d, want a dump of goroutines", code)
	}
	s.data.clear()
	waitFor(t, "the command line to notice", func() bool { return p.stderr.size() > 0 || !p.running() })
	p.kill()
	s.keep(t, "without a signer", p)
}
