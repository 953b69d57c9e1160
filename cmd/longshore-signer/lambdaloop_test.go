package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"
)

// startLoop runs the loop on a handler of the test's; stop ends it and gives its
// error.
func startLoop(t *testing.T, a *runtimeAPI, h http.Handler, idle func(context.Context) error) (stop func() error) {
	t.Helper()
	ready := make(chan struct{})
	close(ready)
	transport := &http.Transport{}
	l := &lambdaLoop{
		api: a.server.URL + "/2018-06-01/runtime/", client: &http.Client{Transport: transport}, handler: h, ready: ready, idle: idle,
		log: slog.New(slog.DiscardHandler),
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- l.run(ctx) }()
	return func() error {
		cancel()
		err := <-ended
		transport.CloseIdleConnections()
		return err
	}
}

// TestLambdaWaitsForWhatRuns: the answer goes out at once, and the next call is
// asked for only when nothing runs any more.
func TestLambdaWaitsForWhatRuns(t *testing.T) {
	a := startRuntimeAPI(t)
	waiting, landed := make(chan struct{}), make(chan struct{})
	stop := startLoop(t, a, http.NotFoundHandler(), func(ctx context.Context) error {
		select {
		case waiting <- struct{}{}:
		case <-ctx.Done():
			return ctx.Err()
		}
		select {
		case <-landed:
		case <-ctx.Done():
		}
		return ctx.Err()
	})
	for range 2 {
		a.send(t, event(http.MethodGet, "/", "", "", false)) // the answer comes while a Complete runs
		<-waiting
		if asked := a.asked.Load(); asked != 1 {
			t.Fatalf("it asked for call %d with a Complete running", asked)
		}
		a.asked.Store(0)
		landed <- struct{}{}
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}

// TestLambdaGivesUpInTime: a Complete that outlasts the function's time does not
// hold up the next call for ever.
func TestLambdaGivesUpInTime(t *testing.T) {
	a := startRuntimeAPI(t)
	a.deadline = lambdaMargin + 50*time.Millisecond
	stop := startLoop(t, a, http.NotFoundHandler(), func(ctx context.Context) error {
		<-ctx.Done()
		return ctx.Err()
	})
	for range 2 {
		a.send(t, event(http.MethodGet, "/", "", "", false))
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}

func TestLambdaEvents(t *testing.T) {
	a := startRuntimeAPI(t)
	var got *http.Request
	var body []byte
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = r
		body, _ = io.ReadAll(r.Body)
		w.Header().Add("Set-Cookie", "a=1; Path=/")
		w.Header().Add("Set-Cookie", "b=2, c")
		w.Header().Add("Vary", "Origin")
		w.Header().Add("Vary", "Prefer")
		w.WriteHeader(http.StatusCreated)
		w.WriteHeader(http.StatusTeapot) // as net/http, the first counts
		_, _ = w.Write([]byte{0xff, 0xfe})
	})
	stop := startLoop(t, a, h, func(context.Context) error { return nil })
	raw := "\x00\xffbytes"
	r := a.send(t, event(http.MethodPost, "/s3/a%2Fb%20c", "t", raw, true, "x=1", "y=2"))
	var answer lambdaAnswer
	if err := json.Unmarshal(r.body, &answer); err != nil {
		t.Fatal(err)
	}
	if got.URL.EscapedPath() != "/s3/a%2Fb%20c" || got.URL.Path != "/s3/a/b c" || string(body) != raw || got.Header.Get("Cookie") != "x=1; y=2" ||
		got.Host != "abc.lambda-url.eu-central-1.on.aws" || got.Header.Get("Authorization") != "Bearer t" || got.RemoteAddr != "203.0.113.9:0" || got.ContentLength != int64(len(raw)) {
		t.Errorf("%+v, body %q", got, body)
	}
	if answer.StatusCode != http.StatusCreated || !answer.IsBase64Encoded || answer.Body != base64.StdEncoding.EncodeToString([]byte{0xff, 0xfe}) ||
		!slices.Equal(answer.Cookies, []string{"a=1; Path=/", "b=2, c"}) || answer.Headers["Vary"] != "Origin, Prefer" || answer.Headers["Set-Cookie"] != "" {
		t.Errorf("%+v", answer)
	}
	for name, bad := range map[string][]byte{
		"not JSON": []byte("x"), "version 1": []byte(`{"version":"1.0","rawPath":"/","requestContext":{"http":{"method":"GET"}}}`),
		"bad base64": []byte(`{"version":"2.0","rawPath":"/","isBase64Encoded":true,"body":"!","requestContext":{"http":{"method":"GET"}}}`),
		"bad method": []byte(`{"version":"2.0","rawPath":"/","requestContext":{"http":{"method":"G T"}}}`),
		"no path":    []byte(`{"version":"2.0","rawPath":"x","requestContext":{"http":{"method":"GET"}}}`),
		"bad path":   []byte(`{"version":"2.0","rawPath":"/%zz","requestContext":{"http":{"method":"GET"}}}`),
	} {
		if r := a.send(t, bad); r.kind != "error" || !bytes.Contains(r.body, []byte("errorMessage")) {
			t.Errorf("%s: %s %s", name, r.kind, r.body)
		}
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}

// TestLambdaEndsWithTheRuntime: what cannot speak to Lambda any more must end, and
// be started anew.
func TestLambdaEndsWithTheRuntime(t *testing.T) {
	broken := httptest.NewServer(http.NotFoundHandler())
	defer broken.Close()
	l := &lambdaLoop{api: broken.URL + "/", client: broken.Client(), ready: make(chan struct{})}
	if err := l.run(t.Context()); err == nil {
		t.Error("it went on")
	}
	t.Setenv("AWS_LAMBDA_RUNTIME_API", "")
	t.Setenv("SEAL", base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{7}, 32)))
	tokens := "tokens:" + writeFile(t, t.TempDir(), "tokens", []byte("0123456789abcdef alice\n"))
	base := []string{"serve", "--lambda", "--bucket", "b", "--region", "r", "--no-kms"}
	for name, c := range map[string]struct {
		args []string
		code int
	}{
		"not in Lambda":     {[]string{"--auth", tokens, "--seal-key-file", "env:SEAL"}, exitError},
		"no such variable":  {[]string{"--auth", tokens, "--seal-key-file", "env:NONE"}, exitError},
		"nobody signs in":   {nil, exitUsage},
		"a listener":        {[]string{"--auth", tokens, "--seal-key-file", "env:SEAL", "--listen", "127.0.0.1:0"}, exitUsage},
		"metrics":           {[]string{"--auth", tokens, "--seal-key-file", "env:SEAL", "--metrics-listen", "127.0.0.1:0"}, exitUsage},
		"no seal key given": {[]string{"--auth", tokens}, exitUsage},
	} {
		var out, errs bytes.Buffer
		if code := run(t.Context(), append(base[:len(base):len(base)], c.args...), &out, &errs); code != c.code || out.Len() != 0 || errs.Len() == 0 {
			t.Errorf("%s: exit %d, %s%s", name, code, out.String(), errs.String())
		}
	}
}

func TestPing(t *testing.T) {
	status := http.StatusOK
	h := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) })
	plain, secure := httptest.NewServer(h), httptest.NewTLSServer(h)
	defer secure.Close()
	gone := httptest.NewServer(h)
	gone.Close()
	defer plain.Close()
	for _, c := range []struct {
		status, code int
		args         []string
	}{
		{200, exitOK, []string{plain.URL + "/healthz"}},
		{200, exitOK, []string{secure.URL + "/healthz"}},
		{503, exitError, []string{plain.URL}},
		{302, exitError, []string{plain.URL}},
		{200, exitError, []string{gone.URL}},
		{200, exitUsage, nil},
		{200, exitUsage, []string{"127.0.0.1:80"}},
		{200, exitUsage, []string{plain.URL, plain.URL}},
		{200, exitUsage, []string{strings.Replace(plain.URL, "//", "//user:secret@", 1)}},
		{200, exitOK, []string{"--help"}},
	} {
		status = c.status
		var out, errs bytes.Buffer
		if code := run(t.Context(), append([]string{"ping"}, c.args...), &out, &errs); code != c.code {
			t.Errorf("%d %q: exit %d, %s", c.status, c.args, code, errs.String())
		}
	}
}
