package uploader

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// script is a server's side of one request, in virtual time.
type script func(ctx context.Context, body io.Reader) (*http.Response, error)

func (s script) RoundTrip(r *http.Request) (*http.Response, error) {
	body := io.Reader(http.NoBody)
	if r.Body != nil {
		body = r.Body
		defer r.Body.Close()
	}
	return s(r.Context(), body)
}

func answer(body io.ReadCloser) *http.Response {
	return &http.Response{StatusCode: 200, Header: http.Header{"Etag": {`"e"`}}, Body: body}
}

// pause waits as a network does: until the time is over or the request is.
func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err() // not its cause: a transport need not know of causes
	}
}

// try puts size bytes through the composed data plane and tells how long that took.
func try(ctx context.Context, base http.RoundTripper, o TransportOptions, r io.ReaderAt, size int64) (time.Duration, error) {
	conn := Connection{Transport: Compose(base, o), Origins: []string{"https://v"}}
	start := time.Now()
	_, err := put(ctx, conn, SignedRequest{URL: "https://v/k"}, putBody{r: r, size: size})
	return time.Since(start), err
}

func TestWatchdog(t *testing.T) {
	piece := make([]byte, 10)
	for _, c := range []struct {
		name string
		do   script
		want Code
		took time.Duration
	}{
		{"a slow line is no fault", func(ctx context.Context, body io.Reader) (*http.Response, error) {
			for range 10 {
				if err := pause(ctx, 59*time.Second); err != nil {
					return nil, err
				}
				io.ReadFull(body, piece)
			}
			if err := pause(ctx, 119*time.Second); err != nil {
				return nil, err
			}
			return answer(http.NoBody), nil
		}, "", 709 * time.Second},
		{"no connection", func(ctx context.Context, _ io.Reader) (*http.Response, error) {
			return nil, pause(ctx, time.Hour)
		}, CodeNetwork, 60 * time.Second},
		{"a stall in the middle", func(ctx context.Context, body io.Reader) (*http.Response, error) {
			io.ReadFull(body, piece)
			return nil, pause(ctx, time.Hour)
		}, CodeNetwork, 60 * time.Second},
		{"no answer", func(ctx context.Context, body io.Reader) (*http.Response, error) {
			io.ReadAll(body)
			return nil, pause(ctx, time.Hour)
		}, CodeUnknown, 120 * time.Second},
		{"an answer that never ends counts by its head", func(ctx context.Context, body io.Reader) (*http.Response, error) {
			io.ReadAll(body)
			r, w := io.Pipe()
			context.AfterFunc(ctx, func() { w.CloseWithError(ctx.Err()) })
			return answer(r), nil
		}, "", 60 * time.Second},
		{"an error of the network's own", func(ctx context.Context, body io.Reader) (*http.Response, error) {
			io.ReadFull(body, piece)
			return nil, io.ErrUnexpectedEOF
		}, CodeNetwork, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				took, err := try(t.Context(), c.do, TransportOptions{}, strings.NewReader(strings.Repeat("x", 100)), 100)
				if CodeOf(err) != c.want || took != c.took {
					t.Errorf("%v after %v; want %q after %v", err, took, c.want, c.took)
				}
				if errors.Is(err, context.Canceled) {
					t.Errorf("what the watchdog ended looks like the user's cancel: %v", err)
				}
			})
		})
	}
}

func TestWatchdogOfAnEmptyBody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		never := script(func(ctx context.Context, _ io.Reader) (*http.Response, error) { return nil, pause(ctx, time.Hour) })
		took, err := try(t.Context(), never, TransportOptions{Stall: time.Second, Answer: 7 * time.Second}, nil, 0)
		if CodeOf(err) != CodeUnknown || took != 7*time.Second {
			t.Errorf("%v after %v", err, took)
		}
	})
}

func TestTheUsersCancelIsNoStall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(5*time.Second, cancel)
		never := script(func(ctx context.Context, _ io.Reader) (*http.Response, error) { return nil, pause(ctx, time.Hour) })
		took, err := try(ctx, never, TransportOptions{}, strings.NewReader("x"), 1)
		if CodeOf(err) != CodeCancelled || took != 5*time.Second {
			t.Errorf("%v after %v", err, took)
		}
	})
}

// slowDisk takes its time for each read.
type slowDisk struct{ each time.Duration }

func (s slowDisk) ReadAt(p []byte, _ int64) (int, error) {
	time.Sleep(s.each)
	return len(p), nil
}

func swallow(_ context.Context, body io.Reader) (*http.Response, error) {
	_, err := io.Copy(io.Discard, body)
	return answer(http.NoBody), err
}

func TestASlowDiskIsNoStall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		took, err := try(t.Context(), script(swallow), TransportOptions{}, slowDisk{5 * time.Minute}, 10)
		if err != nil || took != 5*time.Minute {
			t.Errorf("%v after %v", err, took)
		}
	})
}

func TestTransportSpeaksHTTP1Alone(t *testing.T) {
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Proto", r.Proto)
	}))
	s.EnableHTTP2 = true
	s.StartTLS()
	defer s.Close()
	tr := NewTransport(TransportOptions{Roots: s.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs})
	defer tr.CloseIdleConnections()
	req, err := http.NewRequestWithContext(t.Context(), "GET", s.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := tr.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if got := resp.Header.Get("Proto"); got != "HTTP/1.1" {
		t.Errorf("spoke %s", got)
	}
}

// The whole data plane over net/http itself, with a server that stops reading, in virtual time.
func TestWatchdogOverNetHTTP(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server := net.Pipe()
		defer server.Close()
		tr := NewTransport(TransportOptions{})
		tr.DialContext = func(context.Context, string, string) (net.Conn, error) { return client, nil }
		defer tr.CloseIdleConnections()
		go io.CopyN(io.Discard, server, 1<<20)
		conn := Connection{Transport: Compose(tr, TransportOptions{}), Origins: []string{"http://127.0.0.1"}}
		start := time.Now()
		_, err := put(t.Context(), conn, SignedRequest{URL: "http://127.0.0.1/k"}, putBody{r: slowDisk{}, size: 1 << 30})
		took := time.Since(start) // one second of it is the wait for "100 Continue"
		if CodeOf(err) != CodeNetwork || took < time.Minute || took > 62*time.Second {
			t.Errorf("%v after %v", err, took)
		}
		synctest.Wait()
	})
}
