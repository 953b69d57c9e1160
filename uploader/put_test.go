package uploader

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
)

// roundTrip is a transport made of a function.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// testPut puts data to a server with a transport of its own.
func testPut(t *testing.T, server *httptest.Server, data []byte, header http.Header) (string, error) {
	t.Helper()
	tr := NewTransport(TransportOptions{})
	t.Cleanup(tr.CloseIdleConnections)
	conn := Connection{Transport: tr, Origins: []string{server.URL}}
	signed := SignedRequest{URL: server.URL + "/vault/key?X-Amz-Signature=secret", Header: header}
	got, err := put(t.Context(), conn, signed, putBody{r: bytes.NewReader(data), size: int64(len(data))})
	return got.etag, err
}

func serve(t *testing.T, h http.HandlerFunc) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s
}

func TestPutSendsExactlyTheRange(t *testing.T) {
	data := bytes.Repeat([]byte("0123456789abcdef"), 200<<10) // 3.2 MB: above the Expect limit
	for _, c := range []struct{ off, size int64 }{
		{0, 0}, {5, 0}, {0, 1}, {7, 1000}, {3, expectAbove}, {3, expectAbove + 1}, {0, int64(len(data))},
	} {
		t.Run(fmt.Sprint(c.off, "+", c.size), func(t *testing.T) {
			var got []byte
			var seen *http.Request
			s := serve(t, func(w http.ResponseWriter, r *http.Request) {
				got, _ = io.ReadAll(r.Body)
				seen = r
				w.Header().Set("ETag", `"an etag"`)
			})
			tr := NewTransport(TransportOptions{})
			defer tr.CloseIdleConnections()
			var totals []int64
			answer, err := put(t.Context(), Connection{Transport: tr, Origins: []string{"http://elsewhere.invalid", s.URL}},
				SignedRequest{URL: s.URL + "/vault/key?a=b", Header: http.Header{
					"x-amz-checksum-crc64nvme": {"AAAAAAAAAAA="}, "Content-Type": {"application/dicom"}, "If-None-Match": {"*"},
					"Content-Length": {fmt.Sprint(c.size)}, "Authorization": {"stolen"}, "Cookie": {"x"}, "Host": {"evil"},
				}},
				putBody{bytes.NewReader(data), c.off, c.size, func(n int64) { totals = append(totals, n) }})
			if err != nil || answer.etag != `"an etag"` {
				t.Fatalf("%+v, %v", answer, err)
			}
			if !bytes.Equal(got, data[c.off:c.off+c.size]) {
				t.Errorf("the server got %d other bytes", len(got))
			}
			if seen.Method != "PUT" || seen.ContentLength != c.size || len(seen.TransferEncoding) > 0 {
				t.Errorf("%s, length %d, %v", seen.Method, seen.ContentLength, seen.TransferEncoding)
			}
			if (seen.Header.Get("Expect") != "") != (c.size > expectAbove) {
				t.Errorf("Expect is %q", seen.Header.Get("Expect"))
			}
			if h := seen.Header; h.Get("X-Amz-Checksum-Crc64nvme") == "" || h.Get("Content-Type") == "" || h.Get("If-None-Match") != "*" {
				t.Errorf("a signed header is missing: %v", h)
			}
			if h := seen.Header; h.Get("Authorization") != "" || h.Get("Cookie") != "" || seen.Host == "evil" {
				t.Errorf("a header that is none of S3's went out: %v", h)
			}
			for i, n := range totals {
				if i > 0 && n <= totals[i-1] {
					t.Errorf("sent went from %d to %d", totals[i-1], n)
				}
			}
			if c.size > 0 && (len(totals) == 0 || totals[len(totals)-1] != c.size) {
				t.Errorf("sent ended at %v", totals)
			}
		})
	}
}

func TestPutKeepsItsConnection(t *testing.T) {
	var conns atomic.Int32
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		w.Header().Set("ETag", `"e"`)
		w.Write(make([]byte, 1000))
	}))
	s.Config.ConnState = func(_ net.Conn, st http.ConnState) {
		if st == http.StateNew {
			conns.Add(1)
		}
	}
	s.Start()
	defer s.Close()
	tr := NewTransport(TransportOptions{})
	defer tr.CloseIdleConnections()
	conn := Connection{Transport: Compose(tr, TransportOptions{}), Origins: []string{s.URL}}
	for range 20 {
		if _, err := put(t.Context(), conn, SignedRequest{URL: s.URL}, putBody{r: strings.NewReader("abc"), size: 3}); err != nil {
			t.Fatal(err)
		}
	}
	if conns.Load() != 1 {
		t.Errorf("%d connections for 20 parts in a row", conns.Load())
	}
}

func TestPutGoesOnlyWhereItWasAgreed(t *testing.T) {
	asked := false
	tr := roundTrip(func(r *http.Request) (*http.Response, error) {
		asked = true
		return &http.Response{StatusCode: 200, Header: http.Header{"Etag": {`"e"`}}, Body: http.NoBody}, nil
	})
	pins := []string{"https://vault.example", "https://s3.example:9000", "http://127.0.0.1:7000", "http://[::1]:7000", "http://localhost", "http://plain.example"}
	for _, c := range []struct {
		url string
		ok  bool
	}{
		{"https://vault.example/k?x=1", true},
		{"https://vault.example:443/k", true},
		{"https://VAULT.example/k", true},
		{"HTTPS://vault.example/k", true},
		{"https://s3.example:9000/k", true},
		{"http://127.0.0.1:7000/k", true},
		{"http://[::1]:7000/k", true},
		{"http://localhost:80/k", true},
		{"http://vault.example/k", false},
		{"https://vault.example:444/k", false},
		{"https://vault.example.evil.example/k", false},
		{"https://evil.example/https://vault.example", false},
		{"https://vault.example@evil.example/k", false},
		{"https://user:pass@vault.example/k", false},
		{"https://s3.example/k", false},
		{"http://127.0.0.1:7001/k", false},
		{"http://plain.example/k", false},
		{"https:vault.example/k", false},
		{"//vault.example/k", false},
		{"ftp://vault.example/k", false},
		{"", false},
		{"https://vault.example/\x7f", false},
	} {
		asked = false
		_, err := put(t.Context(), Connection{Transport: tr, Origins: pins}, SignedRequest{URL: c.url}, putBody{})
		if c.ok && err != nil {
			t.Errorf("%q: %v", c.url, err)
		}
		if !c.ok && (CodeOf(err) != CodeWrongDest || asked) {
			t.Errorf("%q: asked %v, %v", c.url, asked, err)
		}
	}
}

func TestPutRefusesAURLForAnotherLength(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) { t.Error("the request went out") })
	if _, err := testPut(t, s, []byte("abc"), http.Header{"content-length": {"4"}}); CodeOf(err) != CodeBadResponse {
		t.Errorf("got %v", err)
	}
}

func TestPutFollowsNoRedirect(t *testing.T) {
	other := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("the redirect was followed") })
	for _, status := range []int{301, 302, 303, 307, 308} {
		s := serve(t, func(w http.ResponseWriter, r *http.Request) {
			io.Copy(io.Discard, r.Body)
			http.Redirect(w, r, other.URL, status)
		})
		if _, err := testPut(t, s, []byte("abc"), nil); CodeOf(err) != CodeWrongAddress {
			t.Errorf("%d: %v", status, err)
		}
	}
}

func TestPutBelievesOnlyARealAnswer(t *testing.T) {
	for name, c := range map[string]struct {
		etag, body string
		status     int
		want       Code
	}{
		"no etag":       {"", "", 200, CodeBadResponse},
		"a web page":    {`"e"`, "<!DOCTYPE html><title>Welcome</title>", 200, CodeWrongAddress},
		"error in 200":  {`"e"`, "<Error><Code>InternalError</Code></Error>", 200, CodeServer},
		"another 2xx":   {`"e"`, "", 204, CodeBadResponse},
		"endless error": {"", strings.Repeat("x", 1<<20), 500, CodeServer},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, func(w http.ResponseWriter, r *http.Request) {
				io.Copy(io.Discard, r.Body)
				if c.etag != "" {
					w.Header().Set("ETag", c.etag)
				}
				w.WriteHeader(c.status)
				io.WriteString(w, c.body)
			})
			if _, err := testPut(t, s, []byte("abc"), nil); CodeOf(err) != c.want {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
	t.Run("200 before the last byte", func(t *testing.T) {
		tr := roundTrip(func(r *http.Request) (*http.Response, error) {
			r.Body.Read(make([]byte, 2))
			return &http.Response{StatusCode: 200, Header: http.Header{"Etag": {`"e"`}}, Body: http.NoBody}, nil
		})
		_, err := put(t.Context(), Connection{Transport: tr, Origins: []string{"https://v"}}, SignedRequest{URL: "https://v"}, putBody{r: strings.NewReader("abc"), size: 3})
		if CodeOf(err) != CodeBadResponse {
			t.Errorf("got %v", err)
		}
	})
}

// hijacked serves one connection by hand.
func hijacked(t *testing.T, by func(net.Conn, *http.Request, io.Reader)) *httptest.Server {
	return serve(t, func(w http.ResponseWriter, r *http.Request) {
		conn, buf, err := w.(http.Hijacker).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Close()
		by(conn, r, buf)
	})
}

func TestPutWithoutAnAnswer(t *testing.T) {
	t.Run("cut in the middle", func(t *testing.T) {
		s := hijacked(t, func(c net.Conn, _ *http.Request, body io.Reader) {
			io.WriteString(c, "HTTP/1.1 100 Continue\r\n\r\n")
			io.CopyN(io.Discard, body, 100)
			c.(*net.TCPConn).SetLinger(0)
		})
		if _, err := testPut(t, s, make([]byte, 64<<20), nil); CodeOf(err) != CodeNetwork {
			t.Errorf("got %v", err)
		}
	})
	t.Run("cut after the last byte", func(t *testing.T) {
		s := hijacked(t, func(_ net.Conn, _ *http.Request, body io.Reader) { io.CopyN(io.Discard, body, 1000) })
		if _, err := testPut(t, s, make([]byte, 1000), nil); CodeOf(err) != CodeUnknown {
			t.Errorf("got %v", err)
		}
	})
	t.Run("an empty object", func(t *testing.T) {
		s := hijacked(t, func(net.Conn, *http.Request, io.Reader) {})
		if _, err := testPut(t, s, nil, nil); CodeOf(err) != CodeUnknown {
			t.Errorf("got %v", err)
		}
	})
	t.Run("nobody listens", func(t *testing.T) {
		s := serve(t, nil)
		s.Close()
		for _, size := range []int{0, 1000} {
			_, err := testPut(t, s, make([]byte, size), nil)
			if CodeOf(err) != CodeNetwork || strings.Contains(err.Error(), "127.0.0.1") {
				t.Errorf("%d bytes: %v", size, err)
			}
		}
	})
}

func TestPutOfASourceThatFails(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.Copy(io.Discard, r.Body); err == nil {
			t.Error("the server got a whole body")
		}
	})
	for _, size := range []int64{1000, 4 << 20} {
		for cause, want := range map[error]Code{io.EOF: CodeSourceChanged, syscall.EIO: CodeSourceUnreadable, syscall.ENODEV: CodeDriveMissing} {
			tr := NewTransport(TransportOptions{})
			src := failingReader{bytes.NewReader(make([]byte, size)), size / 2, cause}
			_, err := put(t.Context(), Connection{Transport: tr, Origins: []string{s.URL}}, SignedRequest{URL: s.URL}, putBody{r: src, size: size})
			if CodeOf(err) != want {
				t.Errorf("%d bytes, %v: got %v, want %s", size, cause, err, want)
			}
			tr.CloseIdleConnections()
		}
	}
}

// closedReader tells when it is read after it should have been left alone.
type closedReader struct {
	t    *testing.T
	over *atomic.Bool
}

func (c closedReader) ReadAt(p []byte, _ int64) (int, error) {
	if c.over.Load() {
		c.t.Error("the source was read after put returned")
	}
	return len(p), nil
}

func TestPutCancelledLeavesTheSourceAlone(t *testing.T) {
	for range 20 {
		ctx, cancel := context.WithCancel(t.Context())
		s := hijacked(t, func(c net.Conn, _ *http.Request, body io.Reader) {
			io.WriteString(c, "HTTP/1.1 100 Continue\r\n\r\n")
			io.CopyN(io.Discard, body, 1<<20)
			cancel()
			io.Copy(io.Discard, body)
		})
		tr := NewTransport(TransportOptions{})
		var over atomic.Bool
		_, err := put(ctx, Connection{Transport: tr, Origins: []string{s.URL}}, SignedRequest{URL: s.URL},
			putBody{r: closedReader{t, &over}, size: 1 << 40, sent: func(int64) {
				if over.Load() {
					t.Error("sent was called after put returned")
				}
			}})
		over.Store(true)
		if CodeOf(err) != CodeCancelled || !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
		tr.CloseIdleConnections()
		s.Close()
	}
}

// A server may close an idle connection at the moment it is used again; net/http then rewinds the body by itself.
func TestPutRewinds(t *testing.T) {
	tries := 0
	tr := roundTrip(func(r *http.Request) (*http.Response, error) {
		old := r.Body
		old.Read(make([]byte, 4))
		again, err := r.GetBody()
		if err != nil {
			return nil, err
		}
		if _, err := old.Read(make([]byte, 4)); err == nil {
			t.Error("the old body can still be read")
		}
		got, err := io.ReadAll(again)
		if tries++; err != nil || string(got) != "bcdefgh" {
			t.Errorf("after the rewind: %q, %v", got, err)
		}
		return &http.Response{StatusCode: 200, Header: http.Header{"Etag": {`"e"`}}, Body: http.NoBody}, nil
	})
	var totals []int64
	_, err := put(t.Context(), Connection{Transport: tr, Origins: []string{"https://v"}}, SignedRequest{URL: "https://v"},
		putBody{strings.NewReader("abcdefghi"), 1, 7, func(n int64) { totals = append(totals, n) }})
	if err != nil || tries != 1 || fmt.Sprint(totals) != "[4 7]" {
		t.Errorf("%v, %d tries, sent %v", err, tries, totals)
	}
}
