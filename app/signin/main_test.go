package signin

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"longshore/internal/oidctest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const patience = 30 * time.Second

// memory is a Store in memory whose failures and pauses a test chooses.
type memory struct {
	mu      sync.Mutex
	secrets map[string]string
	fail    error
	sets    int
	onSet   func() // before a Set counts
}

func newMemory() *memory { return &memory{secrets: map[string]string{}} }

func (m *memory) Get(_ context.Context, account string) (string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fail != nil {
		return "", m.fail
	}
	s, ok := m.secrets[account]
	if !ok {
		return "", ErrNoSecret
	}
	return s, nil
}

func (m *memory) Set(_ context.Context, account, secret string) error {
	m.mu.Lock()
	hook := m.onSet
	m.mu.Unlock()
	if hook != nil {
		hook()
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fail != nil {
		return m.fail
	}
	m.secrets[account] = secret
	m.sets++
	return nil
}

func (m *memory) Delete(_ context.Context, account string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fail != nil {
		return m.fail
	}
	delete(m.secrets, account)
	return nil
}

func (m *memory) breakWith(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.fail = err
}

func (m *memory) holds(text string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, s := range m.secrets {
		if strings.Contains(s, text) {
			return true
		}
	}
	return false
}

// config is a vault's sign-in at a provider.
func config(p *oidctest.Provider) Config {
	return Config{Issuer: p.Issuer, ClientID: p.ClientID, Audience: p.Audience}
}

// wire is a transport that a test may put answers into.
type wire struct {
	base   *http.Transport
	mu     sync.Mutex
	before func(*http.Request) *http.Response // nil: the request goes on
	after  func(*http.Request, *http.Response)
}

func (w *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	w.mu.Lock()
	before, after := w.before, w.after
	w.mu.Unlock()
	if before != nil {
		if res := before(r); res != nil {
			return res, nil
		}
	}
	res, err := w.base.RoundTrip(r)
	if err == nil && after != nil {
		after(r, res)
	}
	return res, err
}

// hold runs f before each call for tokens goes out.
func (w *wire) hold(f func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.before = func(r *http.Request) *http.Response {
		if r.URL.Path == "/oauth/token" {
			f()
		}
		return nil
	}
}

func (w *wire) CloseIdleConnections() { w.base.CloseIdleConnections() }

// answer makes a provider's answer.
func answer(r *http.Request, status int, body string) *http.Response {
	return &http.Response{
		StatusCode: status, Status: http.StatusText(status), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(body)), Request: r,
	}
}

// rewrite changes an answer's text.
func rewrite(res *http.Response, old, new string) {
	data, _ := io.ReadAll(res.Body)
	_ = res.Body.Close()
	data = bytes.ReplaceAll(data, []byte(old), []byte(new))
	res.Body, res.ContentLength = io.NopCloser(bytes.NewReader(data)), int64(len(data))
}

func newClient(t *testing.T, cfg Config) (*Client, *wire) {
	t.Helper()
	w := &wire{base: &http.Transport{}}
	c := NewClient(cfg, w)
	t.Cleanup(c.CloseIdle)
	return c, w
}

func wantKind(t *testing.T, err error, want Kind) {
	t.Helper()
	if KindOf(err) != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

// signIn goes through the whole sign-in in the browser.
func signIn(t *testing.T, p *oidctest.Provider, c *Client, user string) Tokens {
	t.Helper()
	tokens, page, err := tryBrowser(t, p, c, user)
	if err != nil || !strings.Contains(page, texts()["en"][pageDone].title) {
		t.Fatalf("%v\n%s", err, page)
	}
	return tokens
}

func tryBrowser(t *testing.T, p *oidctest.Provider, c *Client, user string) (Tokens, string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	b, err := c.Browser(ctx)
	if err != nil {
		return Tokens{}, "", err
	}
	shown := make(chan string, 1)
	go func() {
		page, err := p.Login(ctx, user, b.URL)
		if err != nil {
			page = err.Error()
		}
		shown <- page
	}()
	tokens, err := b.Wait(ctx)
	return tokens, <-shown, err
}
