package e2e

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/prometheus/common/expfmt"

	"longshore/internal/s3test"
	"longshore/signer/api"
)

// TestRecord: the built program's metrics are what Prometheus reads, its audit
// log is a file that logrotate may move, and the request id that a person is
// shown is in it.
func TestRecord(t *testing.T) {
	dir := t.TempDir()
	policy, log := filepath.Join(dir, "policy.toml"), filepath.Join(dir, "audit.log")
	writeFile(t, policy, []byte("[defaults]\ncontent_types = [\"application/dicom\"]\n"))
	metrics := s3test.FreeAddr(t)
	r := newVersity(t, "--policy", policy, "--audit-log", log, "--metrics-listen", metrics)
	cl := newClient(t)
	path := filepath.Join(cl.home, "MUELLER^ANNA.bin")
	makeFile(t, path, 100, 94)
	p := cl.run(t, "upload", "--signer", r.URL, "--json", path)
	p.wantExit(t, 1)
	got := p.result(t)
	if got.Error == nil {
		t.Fatalf("no error: %s", p.stdout.String())
	}
	shown := requestID.FindStringSubmatch(got.Error.Detail)
	if shown == nil || !strings.Contains(p.stderr.String(), shown[1]) {
		t.Fatalf("no request id in %q and %q", got.Error.Detail, p.stderr.String())
	}
	if code := auditCode(t, log, shown[1]); code != "ok" && code != string(api.CodeTypeNotAllowed) {
		t.Errorf("the audit line of the shown request has code %q", code)
	}

	check(t, os.Rename(log, log+".1")) // as logrotate does
	r.signer.signal(t, syscall.SIGHUP)
	waitFor(t, "the log to be opened again", func() bool { _, err := os.Stat(log); return err == nil })
	if a := post(t, r.direct, api.PathListParts, []byte("{}")); auditCode(t, log, a.header.Get(api.HeaderRequestID)) != string(api.CodeBadRequest) {
		t.Error("the call is not in the new file")
	}
	for _, file := range []string{log, log + ".1"} {
		text, err := os.ReadFile(file)
		check(t, err)
		if strings.Contains(string(text), "ANNA") || strings.Contains(string(text), "X-Amz") {
			t.Errorf("%s holds a name or a URL", filepath.Base(file))
		}
		if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v %v", filepath.Base(file), info.Mode(), err)
		}
	}
	if strings.Contains(r.signer.stderr.String(), `"msg":"call"`) {
		t.Error("calls are in the log too")
	}

	a := get(t, "http://"+metrics+"/metrics")
	families, err := new(expfmt.TextParser).TextToMetricFamilies(strings.NewReader(string(a.body)))
	if err != nil || a.status != http.StatusOK {
		t.Fatalf("metrics: %d %v", a.status, err)
	}
	for _, want := range []string{"calls_total", "call_seconds", "storage_seconds", "ready", "connections", "build_info", "probe", "audit_lines_lost"} {
		if families["longshore_signer_"+want] == nil {
			t.Errorf("%s is missing", want)
		}
	}
	if f := families["process_resident_memory_bytes"]; f == nil || f.GetMetric()[0].GetGauge().GetValue() < 1<<20 {
		t.Error("the process' memory is missing")
	}
	for _, private := range []string{"ANNA", "alice", shown[1], "uploads/"} {
		if strings.Contains(string(a.body), private) {
			t.Errorf("the metrics hold %q", private)
		}
	}
}

var requestID = regexp.MustCompile(`\(request ([A-Z0-9]{26})\)`)

// auditCode gives the code of the one line of a request.
func auditCode(t testing.TB, file, id string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	check(t, err)
	code := ""
	for line := range strings.Lines(string(text)) {
		var l struct{ Msg, RequestID, Code string }
		check(t, json.Unmarshal([]byte(line), &l))
		if l.RequestID == id && l.Msg == "call" {
			if code != "" {
				t.Errorf("two lines of request %s", id)
			}
			code = l.Code
		}
	}
	return code
}
