package discard

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// call asks the server and gives its answer.
func call(t *testing.T, s *Server, method, path string, header http.Header, body string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	for name, values := range header {
		r.Header[name] = values
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

const crc = "X-Amz-Checksum-Crc64nvme"

func TestAnUploadFromItsBeginningToItsEnd(t *testing.T) {
	s := New()
	began := call(t, s, http.MethodPost, "/vault/a/b?uploads", http.Header{"X-Amz-Meta-Who": {"me"}}, "")
	if !strings.Contains(began.Body.String(), "<UploadId>upload-1</UploadId>") {
		t.Fatal(began.Body.String())
	}
	for n := 1; n <= listPage+1; n++ {
		got := call(t, s, http.MethodPut, fmt.Sprintf("/vault/a/b?partNumber=%d&uploadId=upload-1", n), http.Header{crc: {"sum"}}, "12345")
		if got.Code != http.StatusOK || got.Header().Get("ETag") == "" || got.Header().Get(crc) != "sum" {
			t.Fatal(got.Code, got.Header())
		}
	}
	first := call(t, s, http.MethodGet, "/vault/a/b?uploadId=upload-1", nil, "").Body.String()
	if strings.Count(first, "<Part>") != listPage || !strings.Contains(first, "<IsTruncated>true</IsTruncated><NextPartNumberMarker>1000<") {
		t.Errorf("the first page has %d parts", strings.Count(first, "<Part>"))
	}
	second := call(t, s, http.MethodGet, "/vault/a/b?uploadId=upload-1&part-number-marker=1000", nil, "").Body.String()
	if strings.Count(second, "<Part>") != 1 || !strings.Contains(second, "<Size>5</Size>") {
		t.Errorf("the second page: %s", second)
	}
	if done := call(t, s, http.MethodPost, "/vault/a/b?uploadId=upload-1", http.Header{crc: {"whole"}}, "<xml/>").Body.String(); !strings.Contains(done, "<ChecksumCRC64NVME>whole<") {
		t.Error(done)
	}
	h := call(t, s, http.MethodHead, "/vault/a/b", nil, "").Header()
	if h.Get("Content-Length") != "5005" || h.Get(crc) != "whole" || h.Get("X-Amz-Meta-Who") != "me" {
		t.Error(h)
	}
	if got := s.Totals(); got.Objects != 1 || got.Bytes != 5005 {
		t.Errorf("%+v", got)
	}
	if again := call(t, s, http.MethodPost, "/vault/a/b?uploadId=upload-1", nil, ""); again.Code != http.StatusNotFound {
		t.Error("an upload that is over is known still")
	}
}

// Clients compare: rclone wants the MD5s of what it sent, aws-chunked bodies count by what is in them.
func TestWhatClientsCompare(t *testing.T) {
	s := New()
	const sum, hexSum = "XUFAKrxLKna5cZ2REBfFkg==", "5d41402abc4b2a76b9719d911017c592" // of "hello"
	if got := call(t, s, http.MethodPut, "/vault/one", http.Header{"Content-Md5": {sum}}, "hello").Header().Get("ETag"); got != `"`+hexSum+`"` {
		t.Error(got)
	}
	call(t, s, http.MethodPost, "/vault/two?uploads", nil, "")
	call(t, s, http.MethodPut, "/vault/two?partNumber=1&uploadId=upload-1", http.Header{"Content-Md5": {sum}}, "hello")
	const whole = `<ETag>"62109206880d38a4010a98e11243924a-1"</ETag>`
	if got := call(t, s, http.MethodPost, "/vault/two?uploadId=upload-1", nil, "").Body.String(); !strings.Contains(got, whole) {
		t.Error(got)
	}
	call(t, s, http.MethodPut, "/vault/three", http.Header{"X-Amz-Decoded-Content-Length": {"5"}}, "5\r\nhello\r\n0\r\n")
	if got := call(t, s, http.MethodHead, "/vault/three", nil, "").Header().Get("Content-Length"); got != "5" {
		t.Error(got)
	}
	s.Forget()
	if got := call(t, s, http.MethodHead, "/vault/three", nil, ""); got.Code != http.StatusNotFound {
		t.Error("what was forgotten is there")
	}
}

func TestLatency(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New()
		s.Latency = func(*http.Request) time.Duration { return 40 * time.Millisecond }
		for expect, want := range map[string]time.Duration{"": 40 * time.Millisecond, "100-continue": 80 * time.Millisecond} {
			begun := time.Now()
			header := http.Header{}
			if expect != "" {
				header.Set("Expect", expect)
			}
			if got := call(t, s, http.MethodPut, "/vault/x", header, "x"); got.Code != http.StatusOK || time.Since(begun) != want {
				t.Errorf("%q: %d after %v", expect, got.Code, time.Since(begun))
			}
		}
	})
}

func TestABodyThatBreaksOffIsNoObject(t *testing.T) {
	s := New()
	r := httptest.NewRequest(http.MethodPut, "/vault/x", io.MultiReader(strings.NewReader("half"), broken{}))
	s.ServeHTTP(httptest.NewRecorder(), r)
	if s.Totals().Objects != 0 {
		t.Error("it is stored")
	}
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }
