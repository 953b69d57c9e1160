package signer_test

import (
	"bytes"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"longshore/signer"
	"longshore/signer/api"
)

// TestPanicsTellNoNames: a panic in a call, or in a Complete that runs apart
// from its call, is an internal error of that call alone. The log says where,
// and nothing of what it was about; the signer goes on.
func TestPanicsTellNoNames(t *testing.T) {
	const patient = "MUELLER^ANNA_19630412"
	for _, op := range []string{"upload-part", "create", "complete", "list-parts", "abort"} {
		t.Run(op, func(t *testing.T) {
			var log syncBuffer
			fake, fired := newFake(), 0
			fake.before = func(did string, n int) error {
				if did == op && n == map[string]int{"create": 1, "abort": 1, "list-parts": 1}[op] { // the probe's comes first
					fired++
					panic("storage died of " + patient)
				}
				return nil
			}
			v := openVault(t, signer.Config{
				Storage: fake, PartSize: partSize, Logger: slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})),
			})
			data := randomBytes(10)
			req := initRequest(data)
			req.FileName = patient
			if op == "create" {
				v.wantCode(api.CodeInternal, api.PathInitUpload, req)
			}
			up := mustCall[api.InitResponse](v, api.PathInitUpload, req)
			id := api.UploadRequest{UploadID: up.UploadID, ObjectKey: up.ObjectKey}
			switch op {
			case "list-parts":
				v.wantCode(api.CodeInternal, api.PathListParts, id)
				mustCall[api.ListPartsResponse](v, api.PathListParts, id)
			case "abort":
				v.wantCode(api.CodeInternal, api.PathAbortUpload, id)
				mustCall[api.AbortResponse](v, api.PathAbortUpload, id)
			case "complete":
				parts := []api.Part{{PartNumber: 1, ETag: `"e"`, Checksum: crc(data)}}
				v.wantCode(api.CodeInternal, api.PathCompleteUpload, completeRequest(up, parts, data))
			case "upload-part": // the probe's own: the vault became ready after it
			}
			if fired != 1 {
				t.Fatalf("the panic came %d times: the test tests nothing", fired)
			}
			text := log.String()
			if !strings.Contains(text, "panic") || strings.Contains(text, patient) || strings.Contains(text, "ANNA") {
				t.Errorf("the log should say where it panicked and nothing else:\n%s", text)
			}
			if !strings.Contains(text, "panic_test.go") && !strings.Contains(text, "TestPanicsTellNoNames") {
				t.Errorf("the log does not say where it panicked:\n%s", text)
			}
		})
	}
}

// syncBuffer is a log that several goroutines write.
type syncBuffer struct {
	mu   sync.Mutex
	buf  bytes.Buffer
	past strings.Builder // what reset took away
}

// reset empties the log for the next thing to look at.
func (b *syncBuffer) reset() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.past.Write(b.buf.Bytes())
	b.buf.Reset()
}

// all is everything that was ever written.
func (b *syncBuffer) all() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.past.String() + b.buf.String()
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}
