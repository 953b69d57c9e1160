package signer_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"longshore/signer"
	"longshore/signer/api"
)

// TestNothingSecretIsLogged makes calls that succeed and fail in every way the
// other tests know, and looks for what must not be in the log.
func TestNothingSecretIsLogged(t *testing.T) {
	var log bytes.Buffer
	fake := newFake()
	v := tokenVault(t, fake, func(c *signer.Config) {
		c.Logger = slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	})
	v.token = eveToken
	req := initRequest([]byte("x"))
	req.FileName = "secret-patient.dcm"
	req.Metadata = map[string]string{"note": "secret-note"}
	up := mustCall[api.InitResponse](v, api.PathInitUpload, req)
	v.post(api.PathGetPartURL, api.PartURLRequest{UploadID: up.UploadID, ObjectKey: up.ObjectKey, PartNumber: 1, Checksum: crc([]byte("x"))})
	v.post(api.PathStatObjects, api.StatObjectsRequest{ObjectKeys: []string{"secret-key"}})
	v.post("/secret-path?secret-query", []byte("secret-body"))
	v.post(api.PathInitUpload, []byte(`{"secret-field":1}`))
	v.post(api.PathListParts, []byte("{}"), func(r *http.Request) { r.Header.Set("Authorization", "Bearer secret-token") })
	fake.before = func(op string, _ int) error {
		if op == "list-parts" {
			panic("secret-panic")
		}
		return storageErr(op, signer.FailDenied)
	}
	v.wantCode(api.CodeInternal, api.PathListParts, api.UploadRequest{UploadID: up.UploadID, ObjectKey: up.ObjectKey})
	v.wantCode(api.CodeStorageDenied, api.PathInitUpload, initRequest([]byte("x")))

	lines := strings.Split(strings.TrimSpace(log.String()), "\n")
	seen := false
	for _, line := range lines {
		var entry map[string]any
		if err := json.Unmarshal([]byte(line), &entry); err != nil {
			t.Fatalf("not JSON: %s", line)
		}
		seen = seen || entry["uploadRef"] == req.UploadRef && entry["route"] == "init-upload" && entry["code"] == "ok"
		for _, no := range []string{"secret", eveToken, "ward-7", up.UploadID, up.ObjectKey, "patient"} {
			if strings.Contains(line, no) {
				t.Errorf("the log holds %q: %s", no, line)
			}
		}
	}
	if !seen {
		t.Errorf("no audit line of the init in %s", log.String())
	}
}
