package s3

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"longshore/signer"
)

func open(t testing.TB, cfg Config) *Storage {
	t.Helper()
	st, err := New(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	return st
}

func static(bucket, region, endpoint string) Config {
	return Config{Bucket: bucket, Region: region, Endpoint: endpoint, AccessKey: "AKIDEXAMPLE", SecretKey: "secret"}
}

func TestAddresses(t *testing.T) {
	for _, c := range []struct{ bucket, region, endpoint, origin, object string }{
		{"vault", "eu-central-1", "", "https://vault.s3.eu-central-1.amazonaws.com", "https://vault.s3.eu-central-1.amazonaws.com/a%20b/c"},
		{"vault", "cn-north-1", "", "https://vault.s3.cn-north-1.amazonaws.com.cn", "https://vault.s3.cn-north-1.amazonaws.com.cn/a%20b/c"},
		{"my.vault", "us-east-1", "", "https://s3.us-east-1.amazonaws.com", "https://s3.us-east-1.amazonaws.com/my.vault/a%20b/c"},
		{"vault", "us-east-1", "http://127.0.0.1:9000/", "http://127.0.0.1:9000", "http://127.0.0.1:9000/vault/a%20b/c"},
		{"vault", "us-east-1", "https://s3.example:443", "https://s3.example", "https://s3.example/vault/a%20b/c"},
		{"vault", "us-east-1", "http://s3.example:443", "http://s3.example:443", "http://s3.example:443/vault/a%20b/c"},
		{"vault", "us-east-1", "https://[::1]:443", "https://[::1]", "https://[::1]/vault/a%20b/c"},
		{"vault", "us-east-1", "http://[2001:DB8::80]:80", "http://[2001:db8::80]", "http://[2001:db8::80]/vault/a%20b/c"},
		{"vault", "us-east-1", "http://[2001:db8::80]:8080", "http://[2001:db8::80]:8080", "http://[2001:db8::80]:8080/vault/a%20b/c"},
		{"vault", "us-east-1", "https://S3.Example", "https://s3.example", "https://s3.example/vault/a%20b/c"},
	} {
		st := open(t, static(c.bucket, c.region, c.endpoint))
		if got := st.DataOrigins(); !slices.Equal(got, []string{c.origin}) {
			t.Errorf("%+v: origins %v", c, got)
		}
		if got := st.ObjectURL("a b/c"); got != c.object {
			t.Errorf("%+v: object %s", c, got)
		}
		if got := st.ObjectURL("+ %20ü"); !strings.HasSuffix(got, "/%2B%20%2520%C3%BC") {
			t.Errorf("%+v: a plus is %s", c, got)
		}
		signed, err := st.PresignPut(t.Context(), signer.PutInput{CreateInput: signer.CreateInput{Key: "a b/c"}, Lifetime: time.Minute})
		if err != nil || !strings.HasPrefix(signed.URL, c.object+"?") {
			t.Errorf("%+v: signed %s, %v", c, signed.URL, err)
		}
	}
	for name, cfg := range map[string]Config{
		"no bucket":      static("", "us-east-1", ""),
		"no region":      static("vault", "", ""),
		"half a key":     {Bucket: "b", Region: "r", AccessKey: "a"},
		"no scheme":      static("vault", "r", "localhost:9000"),
		"other scheme":   static("vault", "r", "ftp://localhost"),
		"password":       static("vault", "r", "http://u:p@localhost"),
		"endpoint query": static("vault", "r", "http://localhost?x=1"),
	} {
		if _, err := New(t.Context(), cfg); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

func TestSignedHeaders(t *testing.T) {
	st := open(t, static("vault", "us-east-1", ""))
	id := signer.UploadKey{Key: "k", UploadID: "u/+="}
	size := int64(7)
	part := func(in signer.PartInput) signer.SignedRequest {
		in.UploadKey, in.PartNumber, in.Lifetime = id, 3, 90*time.Second
		out, err := st.PresignPart(t.Context(), in)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	put, err := st.PresignPut(t.Context(), signer.PutInput{
		CreateInput: signer.CreateInput{Key: "k", ContentType: "text/plain", Metadata: map[string]string{"upload-ref": "R"}, KMSKeyID: "key"},
		Size:        7, CRC64: "AAAAAAAAAAA=", IfNoneMatch: true, Lifetime: 90 * time.Second,
	})
	if err != nil {
		t.Fatal(err)
	}
	ruled, err := st.PresignPut(t.Context(), signer.PutInput{
		CreateInput: signer.CreateInput{Key: "k", ContentType: "text/plain", KMSKeyID: "key", BucketKey: true, StorageClass: "STANDARD_IA", Tagging: "a=b%20c"},
		Size:        7, MD5: "1B2M2Y8AsgTpgAmY7PhCfg==", Lifetime: 90 * time.Second,
	})
	if err != nil || ruled.Headers.Get("X-Amz-Tagging") != "a=b%20c" || ruled.Headers.Get("X-Amz-Storage-Class") != "STANDARD_IA" {
		t.Fatal(err, ruled.Headers)
	}
	for name, c := range map[string]struct {
		got  signer.SignedRequest
		want string
	}{
		"bare part": {part(signer.PartInput{}), "host"},
		"crc part":  {part(signer.PartInput{Size: &size, CRC64NVME: "AAAAAAAAAAA="}), "content-length;host;x-amz-checksum-crc64nvme"},
		"md5 part":  {part(signer.PartInput{Size: &size, MD5: "1B2M2Y8AsgTpgAmY7PhCfg=="}), "content-length;content-md5;host"},
		"object": {put, "content-length;content-type;host;if-none-match;x-amz-checksum-crc64nvme;x-amz-meta-upload-ref;" +
			"x-amz-server-side-encryption;x-amz-server-side-encryption-aws-kms-key-id"},
		"object by rules": {ruled, "content-length;content-md5;content-type;host;x-amz-server-side-encryption;" +
			"x-amz-server-side-encryption-aws-kms-key-id;x-amz-server-side-encryption-bucket-key-enabled;x-amz-storage-class;x-amz-tagging"},
	} {
		u, err := url.Parse(c.got.URL)
		if err != nil {
			t.Fatal(err)
		}
		q := u.Query()
		if q.Get("X-Amz-SignedHeaders") != c.want || q.Get("X-Amz-Expires") != "90" || c.got.ExpiresIn != 90*time.Second {
			t.Errorf("%s: signs %q, expires %s", name, q.Get("X-Amz-SignedHeaders"), q.Get("X-Amz-Expires"))
		}
		sent := []string{"host"}
		for h := range c.got.Headers {
			sent = append(sent, strings.ToLower(h))
		}
		slices.Sort(sent)
		if strings.Join(sent, ";") != c.want {
			t.Errorf("%s: the client is told to send %v, signed is %s", name, sent, c.want)
		}
		if !strings.HasPrefix(name, "object") && (q.Get("uploadId") != id.UploadID || q.Get("partNumber") != "3") {
			t.Errorf("%s: %v", name, q)
		}
	}
}

func TestURLsEndWithTheCredentials(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	st := open(t, static("vault", "us-east-1", ""))
	st.now = func() time.Time { return now }
	for left, want := range map[time.Duration]time.Duration{
		time.Hour: 15 * time.Minute, 90*time.Second + time.Millisecond: 90 * time.Second, 900 * time.Millisecond: 0, -time.Second: 0,
	} {
		st.creds = aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "a", SecretAccessKey: "b", SessionToken: "session", CanExpire: true, Expires: now.Add(left)}, nil
		})
		out, err := st.PresignPart(t.Context(), signer.PartInput{PartNumber: 1, Lifetime: 15 * time.Minute})
		if (err == nil) != (want > 0) || out.ExpiresIn != want {
			t.Errorf("%v left: %v, %v", left, out.ExpiresIn, err)
		}
		if err == nil && !strings.Contains(out.URL, "X-Amz-Security-Token=session") {
			t.Error("the session token is not in the URL")
		}
	}
	st.creds = aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return aws.Credentials{}, errors.New("no role")
	})
	if _, err := st.PresignPart(t.Context(), signer.PartInput{PartNumber: 1, Lifetime: time.Minute}); failureOf(err) != signer.FailCredentials {
		t.Errorf("without credentials: %v", err)
	}
}

func failureOf(err error) signer.Failure {
	if se, ok := errors.AsType[*signer.StorageError](err); ok {
		return se.Failure
	}
	return ""
}

// answers is an S3 server with one answer for everything.
func answers(t *testing.T, status int, header http.Header, body string) *Storage {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		for k, v := range header {
			w.Header()[k] = v
		}
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}))
	t.Cleanup(srv.Close)
	t.Setenv("AWS_MAX_ATTEMPTS", "1")
	return open(t, static("vault", "us-east-1", srv.URL))
}

func errorXML(code string) string {
	return `<?xml version="1.0" encoding="UTF-8"?><Error><Code>` + code + `</Code><Message>secret key and https://secret</Message></Error>`
}

func TestErrorsOfComplete(t *testing.T) {
	for _, c := range []struct {
		status int
		code   string
		want   signer.Failure
	}{
		{200, "InternalError", signer.FailUnknown},
		{200, "PreconditionFailed", signer.FailPrecondition},
		{500, "InternalError", signer.FailUnknown},
		{503, "SlowDown", signer.FailThrottled},
		{503, "", signer.FailThrottled},
		{404, "NoSuchUpload", signer.FailNoSuchUpload},
		{404, "NoSuchKey", signer.FailNotFound},
		{404, "NoSuchBucket", signer.FailRefused},
		{409, "ConditionalRequestConflict", signer.FailConflict},
		{412, "PreconditionFailed", signer.FailPrecondition},
		{412, "", signer.FailPrecondition},
		{400, "InvalidPart", signer.FailInvalidPart},
		{400, "InvalidPartOrder", signer.FailInvalidPart},
		{400, "EntityTooSmall", signer.FailTooSmall},
		{400, "BadDigest", signer.FailBadDigest},
		{400, "XAmzContentChecksumMismatch", signer.FailBadDigest},
		{400, "InvalidRequest", signer.FailRefused},
		{403, "AccessDenied", signer.FailDenied},
		{400, "ExpiredToken", signer.FailCredentials},
		{403, "ExpiredToken", signer.FailCredentials},
		{403, "RequestTimeTooSkewed", signer.FailCredentials},
		{403, "", signer.FailDenied},
		{501, "NotImplemented", signer.FailRefused},
	} {
		body := ""
		if c.code != "" {
			body = errorXML(c.code)
		}
		st := answers(t, c.status, http.Header{"Retry-After": {"7"}}, body)
		_, err := st.CompleteUpload(t.Context(), signer.CompleteInput{UploadKey: signer.UploadKey{Key: "k", UploadID: "u"}, Size: -1})
		if failureOf(err) != c.want {
			t.Errorf("%d %s: %v, want %s", c.status, c.code, err, c.want)
			continue
		}
		if strings.Contains(err.Error(), "secret") {
			t.Errorf("%d %s: the error quotes the server: %v", c.status, c.code, err)
		}
		if se, _ := errors.AsType[*signer.StorageError](err); c.status != 200 && (se.Status != c.status || se.RetryAfter != 7*time.Second) {
			t.Errorf("%d %s: %+v", c.status, c.code, se)
		}
	}
}

func TestErrorsOfHead(t *testing.T) {
	for status, want := range map[int]signer.Failure{
		404: signer.FailNotFound, 403: signer.FailDenied, 500: signer.FailUnknown, 503: signer.FailThrottled, 400: signer.FailCredentials,
	} {
		_, err := answers(t, status, nil, "").Stat(t.Context(), "secret-key")
		if failureOf(err) != want || strings.Contains(err.Error(), "secret") {
			t.Errorf("%d: %v, want %s", status, err, want)
		}
	}
}

func TestNoAnswerIsUnknown(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		panic(http.ErrAbortHandler) // cuts the connection
	}))
	defer srv.Close()
	t.Setenv("AWS_MAX_ATTEMPTS", "1")
	for name, value := range map[string]string{
		"AWS_EC2_METADATA_DISABLED": "true", "AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "AWS_PROFILE": "",
		"AWS_SHARED_CREDENTIALS_FILE": "/nowhere", "AWS_CONFIG_FILE": "/nowhere",
	} {
		t.Setenv(name, value)
	}
	st := open(t, static("vault", "us-east-1", srv.URL))
	if err := st.AbortUpload(t.Context(), signer.UploadKey{Key: "secret-key", UploadID: "u"}); failureOf(err) != signer.FailUnknown || strings.Contains(err.Error(), "secret") {
		t.Errorf("%v", err)
	}
	srv.Close()
	for name, cfg := range map[string]Config{
		"ConnectionRefused": static("vault", "us-east-1", srv.URL),
		"NoCredentials":     {Bucket: "vault", Region: "us-east-1", Endpoint: srv.URL},
	} {
		want := signer.FailUnknown
		if name == noCredentials {
			want = signer.FailCredentials
		}
		_, err := open(t, cfg).Stat(t.Context(), "secret-key")
		if se, _ := errors.AsType[*signer.StorageError](err); failureOf(err) != want || se.Code != name || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", name, err)
		}
	}
	for want, cause := range map[string]error{
		"HostNotFound":          &net.DNSError{Name: "secret"},
		"CertificateNotTrusted": &tls.CertificateVerificationError{Err: errors.New("secret")},
		"ConnectionCut":         syscall.ECONNRESET,
		"Timeout":               os.ErrDeadlineExceeded,
		"NoAnswer":              errors.New("secret"),
	} {
		if got := noAnswer(fmt.Errorf("wrapped: %w", cause)); got != want {
			t.Errorf("%v: %s, want %s", cause, got, want)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := st.AbortUpload(ctx, signer.UploadKey{Key: "k", UploadID: "u"}); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

// TestCreateIsNotRepeated: an SDK that repeats it can leave uploads open.
func TestCreateIsNotRepeated(t *testing.T) {
	calls := 0
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		calls++
		w.WriteHeader(http.StatusInternalServerError)
	}))
	defer srv.Close()
	if _, err := open(t, static("vault", "us-east-1", srv.URL)).CreateUpload(t.Context(), signer.CreateInput{Key: "k"}); failureOf(err) != signer.FailUnknown {
		t.Errorf("%v", err)
	}
	if calls != 1 {
		t.Errorf("%d calls, want 1", calls)
	}
}

// TestListUploadsPages keeps equal keys of all pages, oldest first, and does
// not turn in circles for a server that repeats its markers.
func TestListUploadsPages(t *testing.T) {
	pages := 0
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		pages++
		item := func(key, id, at string) string {
			return "<Upload><Key>" + key + "</Key><UploadId>" + id + "</UploadId><Initiated>" + at + "</Initiated></Upload>"
		}
		body := item("k", "new", "2026-01-02T00:00:00Z") + item("k2", "other", "2020-01-01T00:00:00Z")
		if r.URL.Query().Get("key-marker") != "" {
			body = item("k", "old", "2026-01-01T00:00:00Z")
		}
		_, _ = w.Write([]byte(`<ListMultipartUploadsResult><IsTruncated>true</IsTruncated><NextKeyMarker>m</NextKeyMarker><NextUploadIdMarker>` +
			strconv.Itoa(min(pages, 2)) + `</NextUploadIdMarker>` + body + `</ListMultipartUploadsResult>`))
	}))
	defer srv.Close()
	ups, err := open(t, static("vault", "us-east-1", srv.URL)).ListUploads(t.Context(), "k")
	if err != nil {
		t.Fatal(err)
	}
	if pages != 3 || len(ups) != 3 || ups[0].UploadID != "old" || ups[2].UploadID != "new" {
		t.Errorf("%d pages, %+v", pages, ups)
	}
}

func TestTheAbortDateIsWhatS3Says(t *testing.T) {
	const list = `<ListPartsResult><Key>k</Key><UploadId>u</UploadId><IsTruncated>false</IsTruncated></ListPartsResult>`
	at := time.Date(2026, 11, 26, 0, 0, 0, 0, time.UTC)
	st := answers(t, 200, http.Header{"X-Amz-Abort-Date": {at.Format(http.TimeFormat)}}, list)
	if date, err := st.AbortDate(t.Context(), signer.UploadKey{Key: "k", UploadID: "u"}); err != nil || !date.Equal(at) {
		t.Errorf("%v, %v", date, err)
	}
	st = answers(t, 200, nil, list)
	if date, err := st.AbortDate(t.Context(), signer.UploadKey{Key: "k", UploadID: "u"}); err != nil || !date.IsZero() {
		t.Errorf("%v, %v", date, err)
	}
	st = answers(t, 404, nil, errorXML("NoSuchUpload"))
	if _, err := st.AbortDate(t.Context(), signer.UploadKey{Key: "k", UploadID: "u"}); failureOf(err) != signer.FailNoSuchUpload {
		t.Errorf("%v", err)
	}
}
