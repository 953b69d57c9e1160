package s3

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/minio/crc64nvme"

	"longshore/internal/s3test"
	"longshore/signer"
)

// TestServersShowTheSameToAQuickLook: what a quick look says of an object is what the SDK says of it, for keys with all
// that paths escape, and it asks the server once.
func TestServersShowTheSameToAQuickLook(t *testing.T) {
	body := []byte("some bytes")
	crc := base64.StdEncoding.EncodeToString(binary.BigEndian.AppendUint64(nil, crc64nvme.Checksum(body)))
	for name, start := range map[string]func(testing.TB) *s3test.Server{
		"versitygw": s3test.VersityGW,
		"MinIO":     s3test.MinIO,
		"MinIO, a session": func(t testing.TB) *s3test.Server {
			return s3test.MinIO(t).Limited(t, `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::*"}]}`)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := start(t)
			st := open(t, Config{Bucket: srv.Bucket, Region: srv.Region, Endpoint: srv.Endpoint, AccessKey: srv.AccessKey, SecretKey: srv.SecretKey, SessionToken: srv.SessionToken})
			for _, key := range []string{"a b/c d", "plus+and%2Bpercent%", "~!*'()&$@=;:,?#[]<>|^`\"", "Grüße/日本/😀", "dots.../.x..y/end.", "tab\there"} {
				if _, err := st.quickLook(t.Context(), key); failureOf(err) != signer.FailNotFound {
					t.Errorf("%q before it is stored: %v", key, err)
				}
				in := signer.PutInput{CreateInput: signer.CreateInput{Key: key, ContentType: "text/plain", Metadata: map[string]string{"a-b": "x y", "upload-ref": "R"}}, CRC64: crc}
				if err := st.PutObject(t.Context(), in, body); err != nil {
					t.Fatal(err)
				}
				want, err := st.askSDK(t.Context(), key)
				if err != nil || want.Metadata["a-b"] != "x y" || want.Size != int64(len(body)) || want.CRC64NVME != crc {
					t.Fatalf("%q: the SDK sees %+v, %v", key, want, err)
				}
				if got, err := st.quickLook(t.Context(), key); err != nil || !reflect.DeepEqual(got, want) {
					t.Errorf("%q: a quick look sees %+v, %v; the SDK %+v", key, got, err, want)
				}
			}
		})
	}
}

// stored answers as Amazon does for an object with all that a look reads.
func stored(w http.ResponseWriter) {
	for name, value := range map[string]string{
		"ETag": `"abc"`, "Content-Length": "7", "x-amz-version-id": "v1", "x-amz-checksum-crc64nvme": "AAAAAAAAAAA=", "x-amz-checksum-type": "FULL_OBJECT",
		"x-amz-server-side-encryption": "aws:kms", "x-amz-server-side-encryption-aws-kms-key-id": "arn:key", "x-amz-meta-Upload-Ref": "R", "x-amz-meta-empty": "",
	} {
		w.Header().Set(name, value)
	}
}

// TestAQuickLookIsWhatTheSDKSays: each answer means the same with and without the quick look, and what is not a plain
// yes is the SDK's to judge and to ask again.
func TestAQuickLookIsWhatTheSDKSays(t *testing.T) {
	for name, c := range map[string]struct {
		answer func(w http.ResponseWriter, r *http.Request, n int)
		quick  bool
	}{
		"stored": {func(w http.ResponseWriter, _ *http.Request, _ int) { stored(w) }, true},
		"no version": {func(w http.ResponseWriter, _ *http.Request, _ int) {
			stored(w)
			w.Header().Set("x-amz-version-id", "null")
		}, true},
		"of parts": {func(w http.ResponseWriter, _ *http.Request, _ int) {
			stored(w)
			w.Header().Set("x-amz-checksum-type", "COMPOSITE")
		}, true},
		"no length": {func(w http.ResponseWriter, _ *http.Request, _ int) {
			stored(w)
			w.Header().Del("Content-Length")
			w.Header().Set("Transfer-Encoding", "chunked")
		}, false},
		"not there":     {func(w http.ResponseWriter, _ *http.Request, _ int) { w.WriteHeader(http.StatusNotFound) }, true},
		"not allowed":   {func(w http.ResponseWriter, _ *http.Request, _ int) { w.WriteHeader(http.StatusForbidden) }, false},
		"session over":  {func(w http.ResponseWriter, _ *http.Request, _ int) { w.WriteHeader(http.StatusBadRequest) }, false},
		"nothing to do": {func(w http.ResponseWriter, _ *http.Request, _ int) { stored(w); w.WriteHeader(http.StatusNoContent) }, false},
		"elsewhere":     {func(w http.ResponseWriter, _ *http.Request, _ int) { w.WriteHeader(http.StatusMovedPermanently) }, false},
		"busy, then stored": {func(w http.ResponseWriter, _ *http.Request, n int) {
			if n < 2 {
				w.WriteHeader(http.StatusServiceUnavailable)
				return
			}
			stored(w)
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var asked atomic.Int64
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Method != http.MethodHead || r.URL.EscapedPath() != "/vault/a%20k%2By" || r.Header.Get("X-Amz-Checksum-Mode") != "ENABLED" ||
					!strings.HasPrefix(r.Header.Get("Authorization"), "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/") {
					t.Errorf("asked %s %s with %v", r.Method, r.URL.EscapedPath(), r.Header)
				}
				c.answer(w, r, int(asked.Add(1)))
			}))
			t.Cleanup(srv.Close)
			st := open(t, static("vault", "us-east-1", srv.URL))
			if _, err := st.quickLook(t.Context(), "a k+y"); errors.Is(err, errAskSDK) == c.quick {
				t.Errorf("the quick look: %v", err)
			}
			asked.Store(0)
			want, wantErr := st.askSDK(t.Context(), "a k+y")
			asked.Store(0)
			got, err := st.Stat(t.Context(), "a k+y")
			if !reflect.DeepEqual(got, want) || told(err) != told(wantErr) {
				t.Errorf("a look says %+v, %v; the SDK %+v, %v", got, err, want, wantErr)
			}
			if n := asked.Load(); c.quick && n != 1 {
				t.Errorf("asked %d times", n)
			}
		})
	}
}

// told is all that is used of an error.
func told(err error) signer.StorageError {
	if se, ok := errors.AsType[*signer.StorageError](err); ok {
		told := *se
		told.Err = nil
		return told
	}
	return signer.StorageError{}
}

// TestWhatALookCosts guards what a manifest of thousands of objects is made of: one request each, and little garbage.
func TestWhatALookCosts(t *testing.T) {
	var asked atomic.Int64
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		stored(w)
	}))
	t.Cleanup(srv.Close)
	st := open(t, static("vault", "us-east-1", srv.URL))
	allocs := testing.AllocsPerRun(100, func() {
		if _, err := st.Stat(t.Context(), "k"); err != nil {
			t.Error(err)
		}
	})
	// It was 163, of which the server in this process has a part; with the SDK's layers 496.
	if allocs > 250 || asked.Load() != 101 {
		t.Errorf("%v allocations a look, %d requests for 101", allocs, asked.Load())
	}
}
