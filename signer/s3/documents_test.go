package s3

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"hash/crc32"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"longshore/signer/bucket"
)

// recorder is an S3 that answers GETs with a document and keeps what is PUT.
type recorder struct {
	body    string
	header  http.Header // sent with every answer
	status  int
	put     []byte
	request *http.Request
}

func (rec *recorder) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	for name, v := range rec.header {
		w.Header()[name] = v
	}
	if r.Method == http.MethodPut {
		rec.put, _ = io.ReadAll(r.Body)
		rec.request = r
		return
	}
	if rec.status != 0 {
		w.WriteHeader(rec.status)
	}
	_, _ = io.WriteString(w, rec.body)
}

func recorded(t *testing.T, rec *recorder) *Admin {
	t.Helper()
	srv := httptest.NewServer(rec)
	t.Cleanup(srv.Close)
	a, err := NewAdmin(t.Context(), static("vault", "eu-central-1", srv.URL))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// TestDocumentsAreBytes: what the SDK does not know must survive.
func TestDocumentsAreBytes(t *testing.T) {
	for doc, body := range map[bucket.Document]string{
		bucket.Lifecycle:  `<LifecycleConfiguration><Rule><ID>x</ID><FromTheFuture a="b">1</FromTheFuture><Status>Enabled</Status></Rule></LifecycleConfiguration>`,
		bucket.Encryption: `<ServerSideEncryptionConfiguration><Rule><New>1</New></Rule></ServerSideEncryptionConfiguration>`,
		bucket.CORS:       `<CORSConfiguration><CORSRule><New/></CORSRule></CORSConfiguration>`,
		bucket.Policy:     `{"Version" : "2012-10-17", "Statement":[ {"Sid":"x"} ]}`,
	} {
		rec := &recorder{body: body}
		a := recorded(t, rec)
		got, err := a.Read(t.Context(), doc)
		if err != nil || string(got) != body {
			t.Errorf("%s: read %s, %v", doc, got, err)
		}
		if err := a.Write(t.Context(), doc, got); err != nil || !bytes.Equal(rec.put, got) {
			t.Errorf("%s: wrote %s, %v", doc, rec.put, err)
		}
		// S3 refuses these without a checksum of what is really sent.
		sum := base64.StdEncoding.EncodeToString(binary.BigEndian.AppendUint32(nil, crc32.ChecksumIEEE(got)))
		if rec.request.Header.Get("X-Amz-Checksum-Crc32") != sum || rec.request.ContentLength != int64(len(got)) {
			t.Errorf("%s: sent with %v", doc, rec.request.Header)
		}
	}
}

// TestTransitionMinimumIsKept: S3 keeps it in a header beside the rules.
func TestTransitionMinimumIsKept(t *testing.T) {
	const header = "X-Amz-Transition-Default-Minimum-Object-Size"
	rec := &recorder{body: "<LifecycleConfiguration/>", header: http.Header{header: {"varies_by_storage_class"}}}
	a := recorded(t, rec)
	if err := a.Write(t.Context(), bucket.Lifecycle, []byte("<LifecycleConfiguration/>")); err != nil || rec.request.Header.Get(header) != "varies_by_storage_class" {
		t.Errorf("%v, sent %q", err, rec.request.Header.Get(header))
	}
}

func TestNotSetIsNotAnError(t *testing.T) {
	rec := &recorder{status: 404, body: `<Error><Code>NoSuchBucketPolicy</Code></Error>`}
	if body, err := recorded(t, rec).Read(t.Context(), bucket.Policy); err != nil || body != nil {
		t.Errorf("%s %v", body, err)
	}
	rec = &recorder{status: 404, body: `<Error><Code>NoSuchBucket</Code></Error>`}
	if _, err := recorded(t, rec).Read(t.Context(), bucket.Policy); err == nil {
		t.Error("a missing bucket is taken for one without a policy")
	}
	if _, err := recorded(t, &recorder{}).Read(t.Context(), "nonsense"); err == nil {
		t.Error("there is a document called nonsense")
	}
}

// TestLook reads region, clock and server, of a refusal too.
func TestLook(t *testing.T) {
	date := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for _, status := range []int{200, 403, 301} {
		rec := &recorder{status: status, header: http.Header{
			"Date": {date.Format(http.TimeFormat)}, "Server": {"AmazonS3"}, "X-Amz-Bucket-Region": {"us-east-1"},
		}}
		sight, err := recorded(t, rec).Look(t.Context())
		if (err == nil) != (status == 200) || !sight.Date.Equal(date) || sight.Server != "AmazonS3" || sight.Region != "us-east-1" {
			t.Errorf("%d: %+v %v", status, sight, err)
		}
	}
	for server, want := range map[string]string{"MinIO": "MinIO", "nginx/1.2": "nginx", "Apache (secret host)": "Apache", "a:b": ""} {
		if got := cleanServer(server); got != want {
			t.Errorf("%q: %q", server, got)
		}
	}
}

func TestAdminCredentials(t *testing.T) {
	a := recorded(t, &recorder{})
	c, err := a.Credentials(t.Context())
	if err != nil || c.Source != "StaticCredentials" || !c.Ends.IsZero() {
		t.Errorf("%+v %v", c, err)
	}
}
