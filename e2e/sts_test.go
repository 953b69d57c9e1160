package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"longshore/internal/s3test"
	"longshore/signer/api"
)

// shortSessions stands where a container's credentials service and the clock of
// a real STS would: it hands out real sessions of MinIO's, says that they end in
// seconds, and lets nothing of theirs through to MinIO after that. MinIO's own
// shortest session lives a quarter of an hour.
type shortSessions struct {
	life time.Duration
	gate *httptest.Server // in front of MinIO
	give *httptest.Server // the credentials service

	mu      sync.Mutex
	spare   []*s3test.Server
	ends    map[string]time.Time // by access key
	given   int
	refused int
	down    bool
}

// everything is what the signer's session may do; the bucket is the only one.
const everything = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:*"],"Resource":["arn:aws:s3:::*"]},{"Effect":"Allow","Action":["kms:*"]}]}`

func newShortSessions(t *testing.T, srv *s3test.Server, life time.Duration, most int) *shortSessions {
	t.Helper()
	s := &shortSessions{life: life, ends: map[string]time.Time{}}
	for range most {
		s.spare = append(s.spare, srv.Limited(t, everything))
	}
	target, err := url.Parse(srv.Endpoint)
	if err != nil {
		t.Fatal(err)
	}
	forward := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(target)
		r.Out.Host = r.In.Host // it is signed
	}}
	s.gate = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.over(accessKeyOf(r)) {
			w.Header().Set("Content-Type", "application/xml")
			w.WriteHeader(http.StatusForbidden)
			_, _ = fmt.Fprint(w, `<?xml version="1.0"?><Error><Code>ExpiredToken</Code><Message>The provided token has expired.</Message></Error>`)
			return
		}
		forward.ServeHTTP(w, r)
	}))
	t.Cleanup(s.gate.Close)
	s.give = httptest.NewServer(http.HandlerFunc(s.hand))
	t.Cleanup(s.give.Close)
	return s
}

// accessKeyOf is who signed a request, in its header or its URL.
func accessKeyOf(r *http.Request) string {
	scope := r.URL.Query().Get("X-Amz-Credential")
	if _, in, ok := strings.Cut(r.Header.Get("Authorization"), "Credential="); ok {
		scope = in
	}
	key, _, _ := strings.Cut(scope, "/")
	return key
}

func (s *shortSessions) over(key string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if end, known := s.ends[key]; known && time.Now().Before(end) {
		return false
	}
	s.refused++
	return true
}

// hand is the answer of a container's credentials service (AWS docs, "Container
// credential provider").
func (s *shortSessions) hand(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.down || len(s.spare) == 0 {
		http.Error(w, `{"code":"Down","message":"later"}`, http.StatusInternalServerError)
		return
	}
	next := s.spare[0]
	s.spare = s.spare[1:]
	end := time.Now().Add(s.life).Truncate(time.Second)
	s.ends[next.AccessKey] = end
	s.given++
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]string{
		"AccessKeyId": next.AccessKey, "SecretAccessKey": next.SecretKey, "Token": next.SessionToken, "Expiration": end.UTC().Format(time.RFC3339),
	})
}

func (s *shortSessions) set(down bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.down = down
}

func (s *shortSessions) counts() (given, refused int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.given, s.refused
}

// startOnSessions runs the built signer with nothing but the container's
// credentials, and gives its address and the proxy on the way of the bytes.
func startOnSessions(t *testing.T, srv *s3test.Server, s *shortSessions) (string, *proxy) {
	t.Helper()
	data := newProxy(t, s.gate.URL)
	env := []string{"AWS_CONTAINER_CREDENTIALS_FULL_URI=" + s.give.URL, "AWS_EC2_METADATA_DISABLED=true", "HOME=" + t.TempDir()}
	_, address := startSigner(t, env, "serve", "--listen", "127.0.0.1:0", "--bucket", srv.Bucket, "--region", srv.Region,
		"--s3-endpoint", data.URL, "--kms-key-id", srv.KMSKeyID, "--part-size", fmt.Sprint(5*mib), "--rate", "-1")
	return address, data
}

// TestUploadOutlastsSessions sends a file for longer than several sessions live.
func TestUploadOutlastsSessions(t *testing.T) {
	const life = 6 * time.Second
	srv := s3test.MinIO(t)
	sessions := newShortSessions(t, srv, life, 60)
	signer, data := startOnSessions(t, srv, sessions)
	data.pace(6 * mib)
	c := newClient(t)
	path := filepath.Join(c.home, "camera.mov")
	makeFile(t, path, 128*mib, 7)
	before, _ := sessions.counts()
	p := c.run(t, "upload", "--signer", signer, "--concurrency", "1", "--json", path)
	p.wantExit(t, 0)
	got := p.result(t)
	got.wantDone(t, 128*mib)
	if stored := srv.Objects(t)[got.Key]; stored != 128*mib {
		t.Errorf("the vault holds %d bytes", stored)
	}
	given, refused := sessions.counts()
	if given-before < 3 {
		t.Errorf("the upload lasted for %d sessions only", given-before)
	}
	if given > 40 {
		t.Errorf("%d sessions were fetched: one for each call", given)
	}
	t.Logf("%d sessions of %v, %d requests came too late", given, life, refused)
}

// TestSignerWithoutSessions: while no new session can be had the old one signs,
// for as long as it lives and no longer; then the signer says when to come back.
func TestSignerWithoutSessions(t *testing.T) {
	const life = 12 * time.Second
	srv := s3test.MinIO(t)
	sessions := newShortSessions(t, srv, life, 20)
	signer, _ := startOnSessions(t, srv, sessions)
	size := int64(5 * mib)
	sign := func() (a answer, urls api.PutURLsResponse) {
		a = post(t, signer, api.PathPutURLs, api.PutURLsRequest{Objects: []api.ObjectToPut{{
			UploadRef: "01ARZ3NDEKTSV4RRFFQ69G5FAV", FileName: "f", MimeType: "text/plain", Size: size, Checksum: "AAAAAAAAAAA=",
		}}})
		_ = json.Unmarshal(a.body, &urls) // an error has none
		return a, urls
	}
	sessions.set(true)
	last := int(life/time.Second) + 1
	waitFor(t, "the end of the last session", func() bool {
		a, urls := sign()
		if a.status != http.StatusOK {
			var e api.Error
			if err := json.Unmarshal(a.body, &e); err != nil || e.Code != api.CodeNotReady || a.header.Get("Retry-After") == "" {
				t.Fatalf("without a session: %d %s %v", a.status, a.body, a.header)
			}
			return true
		}
		in := urls.Objects[0].ExpiresIn
		if in < 1 || in > last {
			t.Fatalf("a URL that lives %d s, after one of %d s", in, last)
		}
		last = in
		return false
	})
	if last > 3 {
		t.Errorf("the last URL was to live %d s", last)
	}
	sessions.set(false)
	waitFor(t, "the next session", func() bool {
		a, _ := sign()
		return a.status == http.StatusOK
	})
}
