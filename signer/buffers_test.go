package signer_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"longshore/signer"
	"longshore/signer/api"
)

// TestAnswersDoNotMix: bodies and answers lie in buffers that are used again, and
// each caller gets its own.
func TestAnswersDoNotMix(t *testing.T) {
	v := fakeVault(t, newFake(), func(c *signer.Config) { c.Rate = -1 })
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			init := initRequest(nil)
			init.Size = ptr(int64(1 << 30))
			up := mustCall[api.InitResponse](v, api.PathInitUpload, init)
			for round := range 40 {
				req := api.PartURLsRequest{UploadID: up.UploadID, ObjectKey: up.ObjectKey}
				for n := range 1 + round%7 {
					req.Parts = append(req.Parts, api.PartToSign{PartNumber: 1 + (round+n)%9, Checksum: crc([]byte{byte(n)})})
				}
				got := mustCall[api.PartURLsResponse](v, api.PathGetPartURLs, req)
				if len(got.URLs) != len(req.Parts) || len(got.Headers) != len(req.Parts) {
					t.Errorf("%d parts were asked for, %d URLs and %d headers came", len(req.Parts), len(got.URLs), len(got.Headers))
				}
				for _, p := range req.Parts {
					n := fmt.Sprint(p.PartNumber)
					if !strings.Contains(got.URLs[n], up.ObjectKey) || got.Headers[n]["x-amz-checksum-crc64nvme"] != p.Checksum {
						t.Errorf("part %s of %s: %s, %v", n, up.ObjectKey, got.URLs[n], got.Headers[n])
					}
				}
			}
		})
	}
	all.Wait()
}

// keeping is a ResponseWriter whose client has reset the stream: Write fails, and
// what it was given is still on its way out, as with HTTP/2.
type keeping struct {
	http.ResponseWriter
	held []byte
}

func (w *keeping) Write(b []byte) (int, error) {
	w.held = b
	return 0, errors.New("stream closed")
}

// TestWhatAWriterHoldsIsNotUsedAgain: who resets a stream in time must not see
// the next caller's URLs.
func TestWhatAWriterHoldsIsNotUsedAgain(t *testing.T) {
	v := fakeVault(t, newFake(), func(c *signer.Config) { c.Rate = -1 })
	for range 20 { // a pool may forget a buffer
		w := &keeping{ResponseWriter: httptest.NewRecorder()}
		v.signer.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "http://127.0.0.1:1"+api.PathCapabilities, nil))
		before := bytes.Clone(w.held)
		v.wantCode(api.CodeBadRequest, api.PathStatObjects, []byte("{}"))
		if !bytes.Equal(w.held, before) {
			t.Fatalf("another caller's answer is sent to the first:\n%s", w.held)
		}
	}
}

// TestABatchIsSignedWholeOrNotAtAll: what was written before the storage failed is
// in no answer, neither this one nor the next.
func TestABatchIsSignedWholeOrNotAtAll(t *testing.T) {
	fake := newFake()
	fake.before = func(op string, n int) error {
		if op == "presign-part" && n%3 == 2 {
			return storageErr(op, signer.FailDenied)
		}
		return nil
	}
	v := fakeVault(t, fake, func(c *signer.Config) { c.Rate = -1 })
	init := initRequest(nil)
	init.Size = ptr(int64(1 << 30))
	up := mustCall[api.InitResponse](v, api.PathInitUpload, init)
	sign := func(numbers ...int) answer {
		req := api.PartURLsRequest{UploadID: up.UploadID, ObjectKey: up.ObjectKey}
		for _, n := range numbers {
			req.Parts = append(req.Parts, api.PartToSign{PartNumber: n, Checksum: crc([]byte("x"))})
		}
		return v.post(api.PathGetPartURLs, req)
	}
	for range 10 {
		if got := sign(1, 2, 3, 4); got.status < 400 || bytes.Contains(got.body, []byte("urls")) || got.header.Get("Content-Length") != fmt.Sprint(len(got.body)) {
			t.Errorf("of a batch that failed: %d, %s", got.status, got.body)
		}
		var urls api.PartURLsResponse
		if got := sign(7, 9); got.status != http.StatusOK || json.Unmarshal(got.body, &urls) != nil || len(urls.URLs) != 2 || urls.URLs["9"] == "" {
			t.Errorf("of the next one: %d, %s", got.status, got.body)
		}
		sign(5) // the third, which fails
	}
}
