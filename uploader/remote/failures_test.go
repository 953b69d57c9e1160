package remote

import (
	"context"
	"crypto/x509"
	"errors"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"longshore/signer/api"
	"longshore/uploader"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const testToken = "s3cret-token"

// serve starts a server and a signer on it.
func serve(t *testing.T, h http.HandlerFunc) *Signer {
	t.Helper()
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	return connect(t, srv.URL, nil)
}

func connect(t *testing.T, base string, roots *x509.CertPool) *Signer {
	t.Helper()
	s, err := New(Config{
		Base: base, Token: func(context.Context, string) (string, error) { return testToken, nil },
		HTTP: &http.Client{Transport: NewTransport(roots, nil)},
	})
	if err != nil {
		t.Fatal(err)
	}
	s.pollEvery = time.Millisecond
	t.Cleanup(s.CloseIdle)
	return s
}

func answer(status int, contentType, body string, headers ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		for i := 0; i < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

func TestEveryAnswerHasItsCode(t *testing.T) {
	const js = "application/json"
	errBody := func(code string) string {
		return `{"error":"` + code + `","message":"A sentence.","requestId":"r1"}`
	}
	for _, c := range []struct {
		name string
		h    http.HandlerFunc
		want uploader.Code
		wait time.Duration
	}{
		{"401 of a signer", answer(401, js, errBody("unauthorized")), uploader.CodeUnauthorized, 0},
		{"401 of something else", answer(401, "text/html", "<html>"), uploader.CodeUnauthorized, 0},
		{"403 of a signer", answer(403, js, errBody("forbidden_key")), uploader.CodeForbidden, 0},
		{"403 of a signer with a code nobody knows", answer(403, js, errBody("from_the_future")), uploader.CodeForbidden, 0},
		{"403, a start page or a filter", answer(403, "text/html", "<html>"), uploader.CodeWrongAddress, 0},
		{"403 with foreign JSON", answer(403, js, `{"message":"Forbidden"}`), uploader.CodeWrongAddress, 0},
		{"404 of a signer", answer(404, js, errBody("no_such_upload")), uploader.CodeNoSuchUpload, 0},
		{"404 of a signer's other route", answer(404, js, errBody("not_found")), uploader.CodeWrongAddress, 0},
		{"404 of a foreign server", answer(404, "text/plain", "404 page not found"), uploader.CodeWrongAddress, 0},
		{"404 with foreign JSON", answer(404, js, `{"detail":"Not Found"}`), uploader.CodeWrongAddress, 0},
		{"405 of a foreign server", answer(405, "text/plain", "no"), uploader.CodeWrongAddress, 0},
		{"407", answer(407, "text/html", "<html>"), uploader.CodeProxySignIn, 0},
		{"408", answer(408, "text/html", ""), uploader.CodeNetwork, 0},
		{"413 of a proxy", answer(413, "text/html", ""), uploader.CodeRefused, 0},
		{"429", answer(429, js, errBody("throttled"), "Retry-After", "7"), uploader.CodeThrottled, 7 * time.Second},
		{"429 of a proxy", answer(429, "text/html", "", "Retry-After", "2"), uploader.CodeThrottled, 2 * time.Second},
		{"503 storage busy", answer(503, js, errBody("storage_busy"), "Retry-After", "3"), uploader.CodeThrottled, 3 * time.Second},
		{"503 of a proxy", answer(503, "text/html", "down"), uploader.CodeThrottled, 0},
		{"503 asks for a year", answer(503, "text/html", "", "Retry-After", "31536000"), uploader.CodeThrottled, maxRetryAfter},
		{"503 not ready", answer(503, js, errBody("not_ready")), uploader.CodeVaultNotReady, 0},
		{"503 unknown outcome", answer(503, js, errBody("unknown_outcome")), uploader.CodeUnknown, 0},
		{"500 of a signer", answer(500, js, errBody("internal")), uploader.CodeServer, 0},
		{"500 of something else", answer(500, "text/plain", "boom"), uploader.CodeServer, 0},
		{"502 of a proxy", answer(502, "text/html", "<html>"), uploader.CodeVaultNotReady, 0},
		{"511, a start page", answer(511, "text/html", "<html>"), uploader.CodeWrongAddress, 0},
		{"a code nobody knows", answer(422, js, errBody("from_the_future")), uploader.CodeRefused, 0},
		{"a redirect", answer(302, "text/html", "", "Location", "/elsewhere"), uploader.CodeWrongAddress, 0},
		{"a permanent redirect", answer(308, "text/html", "", "Location", "https://example.org/"), uploader.CodeWrongAddress, 0},
		{"200 with a web page", answer(200, "text/html", "<html>Welcome to the hotel</html>"), uploader.CodeWrongAddress, 0},
		{"200 with a page called JSON", answer(200, js, "<html>"), uploader.CodeWrongAddress, 0},
		{"200 with a JSON list", answer(200, js, "[]"), uploader.CodeWrongAddress, 0},
		{"200 with nothing", answer(200, js, ""), uploader.CodeWrongAddress, 0},
		{"200 cut short", answer(200, js, `{"parts":[{"PartNumber":1,`), uploader.CodeBadResponse, 0},
		{"200 of the wrong shape", answer(200, js, `{"parts":"none"}`), uploader.CodeBadResponse, 0},
		{"200 with a tail", answer(200, js, `{"parts":[]}{}`), uploader.CodeBadResponse, 0},
		{"200 too large", answer(200, js, `{"parts":[],"x":"`+strings.Repeat("x", maxAnswer)+`"}`), uploader.CodeBadResponse, 0},
		{"201", answer(201, js, `{}`), uploader.CodeBadResponse, 0},
		{"202 unasked", answer(202, js, `{"state":"completing"}`), uploader.CodeBadResponse, 0},
		{"cut in the middle", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", js)
			w.Header().Set("Content-Length", "1000")
			_, _ = io.WriteString(w, `{"parts":[`)
			panic(http.ErrAbortHandler)
		}, uploader.CodeNetwork, 0},
		{"cut before an answer", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, uploader.CodeNetwork, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := serve(t, c.h)
			_, err := s.ListParts(t.Context(), uploader.Upload{UploadID: "u", Key: "k"})
			checkError(t, err, c.want)
			var e *uploader.Error
			if errors.As(err, &e) && e.RetryAfter != c.wait {
				t.Errorf("RetryAfter %v, want %v", e.RetryAfter, c.wait)
			}
		})
	}
}

// checkError holds an error against its code, and sees that it shows nothing it must not.
func checkError(t *testing.T, err error, want uploader.Code) {
	t.Helper()
	if got := uploader.CodeOf(err); got != want {
		t.Errorf("code %q, want %q (%v)", got, want, err)
	}
	var e *uploader.Error
	if err != nil && !errors.As(err, &e) {
		t.Errorf("not an *uploader.Error: %v", err)
	}
	if err != nil && (strings.Contains(err.Error(), testToken) || strings.Contains(err.Error(), "/v1/") || strings.Contains(err.Error(), "?")) {
		t.Errorf("the error shows too much: %v", err)
	}
}

func TestEveryProtocolCodeIsMapped(t *testing.T) {
	left := maps.Clone(codes)
	for _, info := range api.CodeTable() {
		code, ok := codes[info.Code]
		if !ok {
			t.Errorf("%s has no code of the engine's", info.Code)
		}
		if code.Sentence() == uploader.CodeInternal.Sentence() {
			t.Errorf("%s reads as a mistake of ours", info.Code)
		}
		action := code.Info().Action
		if info.Retry && action == uploader.Stop {
			t.Errorf("%s may be retried, but %s stops", info.Code, code)
		}
		delete(left, info.Code)
	}
	if len(left) > 0 {
		t.Errorf("codes the protocol does not have: %v", left)
	}
}

func TestATokenEchoedByAServerIsNotShown(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		answer(401, "application/json", `{"error":"unauthorized","message":"no `+r.Header.Get("Authorization")+
			` for /home/jane/x.dcm at https://h/k?X-Amz-Signature=1\nsecond line","requestId":"r"}`)(w, r)
	})
	_, err := s.ListParts(t.Context(), uploader.Upload{UploadID: "u", Key: "k"})
	checkError(t, err, uploader.CodeUnauthorized)
	if strings.Contains(err.Error(), "jane") || strings.Contains(err.Error(), "\n") {
		t.Errorf("the error shows too much: %q", err)
	}
}

func TestUnreachable(t *testing.T) {
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	_, err = connect(t, "http://"+addr, nil).Capabilities(t.Context())
	checkError(t, err, uploader.CodeNetwork)
}

func TestFailuresOfTheWay(t *testing.T) {
	for _, c := range []struct {
		name string
		err  error
		want uploader.Code
	}{
		{"name unknown", &net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", Name: "x", IsNotFound: true}}, uploader.CodeDNS},
		{"name server away", &net.OpError{Op: "dial", Err: &net.DNSError{Err: "server misbehaving", Name: "x", IsTemporary: true}}, uploader.CodeNetwork},
		{"certificate", &net.OpError{Op: "dial", Err: x509.UnknownAuthorityError{}}, uploader.CodeTLS},
		{"other host's certificate", x509.HostnameError{Certificate: &x509.Certificate{}, Host: "h"}, uploader.CodeTLS},
		{"alert", &net.OpError{Op: "remote error", Err: errors.New("tls: handshake failure")}, uploader.CodeTLS},
		{"proxy unreachable", &net.OpError{Op: "proxyconnect", Err: errors.New("connection refused")}, uploader.CodeProxy},
		{"proxy refuses", errProxy, uploader.CodeProxy},
		{"proxy wants a password", errProxySignIn, uploader.CodeProxySignIn},
		{"cut", io.ErrUnexpectedEOF, uploader.CodeNetwork},
	} {
		t.Run(c.name, func(t *testing.T) {
			checkError(t, transportError(t.Context(), "create", c.err), c.want)
		})
	}
}

func TestCertificateTrustIsTheVaultsOwn(t *testing.T) {
	srv := httptest.NewTLSServer(answer(200, "application/json", `{"parts":[]}`))
	srv.Config.ErrorLog = quiet()
	defer srv.Close()
	up := uploader.Upload{UploadID: "u", Key: "k"}
	_, err := connect(t, srv.URL, nil).ListParts(t.Context(), up)
	checkError(t, err, uploader.CodeTLS)
	roots := x509.NewCertPool()
	roots.AddCert(srv.Certificate())
	if _, err := connect(t, srv.URL, roots).ListParts(t.Context(), up); err != nil {
		t.Errorf("with its certificate: %v", err)
	}
}

func TestHTTPServerOnAnHTTPSAddress(t *testing.T) {
	srv := httptest.NewServer(answer(200, "application/json", `{}`))
	defer srv.Close()
	_, err := connect(t, strings.Replace(srv.URL, "http:", "https:", 1), nil).Capabilities(t.Context())
	checkError(t, err, uploader.CodeWrongAddress)
}

func TestProxyThatRefuses(t *testing.T) {
	proxy := httptest.NewServer(answer(407, "text/plain", "who are you"))
	defer proxy.Close()
	tr := NewTransport(nil, nil)
	tr.Proxy = func(*http.Request) (*url.URL, error) { return url.Parse(proxy.URL) }
	s, err := New(Config{Base: "https://vault.example.org", HTTP: &http.Client{Transport: tr}})
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.Capabilities(t.Context())
	checkError(t, err, uploader.CodeProxySignIn)
}

func TestCancelledCall(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		cancel()
		<-r.Context().Done()
	})
	_, err := s.ListParts(ctx, uploader.Upload{UploadID: "u", Key: "k"})
	checkError(t, err, uploader.CodeCancelled)
}

func TestTokenTroubleKeepsItsCode(t *testing.T) {
	for _, c := range []struct {
		err  error
		want uploader.Code
	}{
		{uploader.E("token", uploader.CodeUnauthorized, errors.New("the token file is empty")), uploader.CodeUnauthorized},
		{errors.New("open /home/jane/token: gone"), uploader.CodeBadConfig},
	} {
		s, err := New(Config{Base: "http://127.0.0.1:1", Token: func(context.Context, string) (string, error) { return "", c.err }})
		if err != nil {
			t.Fatal(err)
		}
		_, err = s.StatObjects(t.Context(), []string{"k"})
		checkError(t, err, c.want)
		if strings.Contains(err.Error(), "jane") {
			t.Errorf("the error shows a path: %v", err)
		}
	}
}

// An error says whether a signer spoke: what else answers in its place may have lost it in the middle of a call.
func TestAnErrorSaysWhetherASignerSpoke(t *testing.T) {
	for _, status := range []int{401, 403, 429, 500, 502, 503} {
		for body, foreign := range map[string]bool{
			`{"error":"storage_busy","message":"A sentence.","requestId":"r1"}`: false,
			`{"error":"from_the_future","message":"A sentence."}`:               false,
			`{"message":"Service Unavailable"}`:                                 true,
		} {
			_, err := serve(t, answer(status, "application/json", body)).ListParts(t.Context(), uploader.Upload{UploadID: "u", Key: "k"})
			if err == nil || errors.Is(err, uploader.ErrNotSigner) != foreign {
				t.Errorf("%d %s: %v", status, body, err)
			}
		}
	}
}
