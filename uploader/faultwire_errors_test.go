package uploader_test

import (
	"net/http"
	"testing"

	"longshore/signer/api"
)

// storageSays is an error as S3 sends it.
func storageSays(code int, name, message string) striker {
	return status(code, "application/xml", `<?xml version="1.0" encoding="UTF-8"?><Error><Code>`+name+`</Code><Message>`+message+
		`</Message><RequestId>FAULT</RequestId></Error>`)
}

// signerSays is an error as a signer sends it.
func signerSays(code api.Code) striker {
	return func(w http.ResponseWriter, _ *http.Request, _ http.Handler) { says(w, code) }
}

// TestErrorAnswersCut, at every third byte (fewer with the race detector on): what a refusal means stands in its body. A refusal that a whole answer would let the
// engine get over must not end the job because half of it was lost. (Regression: a cut 404 NoSuchUpload read as
// "refused" and failed the file, and so did a cut 403 of the signer.)
func TestErrorAnswersCut(t *testing.T) {
	for _, c := range []struct {
		name string
		op   string
		do   striker
	}{
		{"404 NoSuchUpload", put, storageSays(404, "NoSuchUpload", "The specified upload does not exist.")},
		{"400 RequestTimeout", put, storageSays(400, "RequestTimeout", "Your socket connection was not read from.")},
		{"403 expired", put, storageSays(403, "AccessDenied", "Request has expired")},
		{"503 SlowDown", put, storageSays(503, "SlowDown", "Please reduce your request rate.")},
		{"bad_upload_id", api.PathGetPartURLs, signerSays(api.CodeBadUploadID)},
		{"no_such_upload", api.PathCompleteUpload, signerSays(api.CodeNoSuchUpload)},
		{"unknown_outcome", api.PathCompleteUpload, signerSays(api.CodeUnknownOutcome)},
		{"ref_conflict", api.PathInitUpload, signerSays(api.CodeRefConflict)},
	} {
		t.Run(c.name, func(t *testing.T) {
			length := 1
			for k := 0; k <= length; k += 3 * cutStride {
				inWire(t, partSize, func(w *wired) {
					f := w.signer
					if c.op == put {
						f = w.storage
					}
					f.on(c.op, 1, func(rw http.ResponseWriter, r *http.Request, _ http.Handler) {
						raw := wholeAnswer(r, http.HandlerFunc(func(rec http.ResponseWriter, r *http.Request) {
							c.do(rec, r, nil)
						}))
						length = len(raw)
						conn, _ := hijack(rw)
						_, _ = conn.Write(raw[:min(k, length)])
						_ = conn.Close()
					})
					data := w.write("/file.bin", inParts)
					w.add("/file.bin")
					w.settled()
					if f.hits() != 1 {
						t.Errorf("byte %d: the cut came %d times", k, f.hits())
					}
					w.stored("file.bin", data)
					w.sentOnce()
					w.nothingOpen()
				})
				if t.Failed() {
					t.Fatalf("cut after byte %d of %d", k, length)
				}
			}
			if length < 100 {
				t.Errorf("an answer of %d bytes: the test tests nothing", length)
			}
			t.Logf("%d bytes", length)
		})
	}
}
