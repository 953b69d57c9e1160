package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"strconv"
	"time"

	"longshore/signer"
)

// Times of the Lambda loop.
const (
	// lambdaReady is how long a start, or a call that comes before the storage
	// has been probed, waits for the probe. Lambda gives a start 10 s.
	lambdaReady = 6 * time.Second
	// lambdaMargin is left of a call's time to send its answer.
	lambdaMargin = 2 * time.Second
	// maxLambdaEvent bounds what the Runtime API sends: 6 MB (AWS docs, "Lambda
	// quotas"), with room for JSON's escapes.
	maxLambdaEvent = 16 << 20
)

// checkLambda holds --lambda against the flags of a listener, which it has none
// of. Lambda ends TLS, and a function URL is open to the world.
func (o *options) checkLambda() error {
	switch {
	case !o.lambda:
		return nil
	case o.listen != "" || o.tlsCert != "" || o.tlsKey != "" || o.metricsListen != "":
		return errors.New("--lambda goes without --listen, --tls-cert, --tls-key and --metrics-listen")
	}
	o.listen = "0.0.0.0:443" // where Lambda listens in our place: everybody can reach it, so --auth none will not do
	return nil
}

// lambdaLoop serves a function URL by Lambda's Runtime API, one call at a time.
//
// Lambda may stop the process from the moment it asks for the next call until
// that comes. A Complete outlives the call that asked for it (PROTOCOL), so the
// loop sends the answer, lets what runs come to its end, and asks only then.
// Meanwhile Lambda gives other calls to other processes; one that repeats the
// Complete settles it by a look at the object, as after a crash.
type lambdaLoop struct {
	api     string // http://HOST:PORT/2018-06-01/runtime/
	client  *http.Client
	handler http.Handler
	ready   <-chan struct{}
	idle    func(context.Context) error
	log     *slog.Logger
}

func serveLambda(ctx context.Context, o options, sg *signer.Signer, log *slog.Logger, stdout io.Writer) (err error) {
	defer func() {
		end, cancel := context.WithTimeout(context.Background(), o.stopTimeout)
		defer cancel()
		err = errors.Join(err, sg.Shutdown(end))
	}()
	host := os.Getenv("AWS_LAMBDA_RUNTIME_API")
	if host == "" {
		return errors.New("--lambda works in AWS Lambda only: AWS_LAMBDA_RUNTIME_API is not set")
	}
	h, err := handlerOf(o, sg)
	if err != nil {
		return err
	}
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	l := &lambdaLoop{
		api: "http://" + host + "/2018-06-01/runtime/", client: &http.Client{Transport: transport}, // next waits as long as nobody calls
		handler: h, ready: sg.Ready(), idle: sg.Idle, log: log,
	}
	if l.waitReady(ctx) {
		_, _ = fmt.Fprintln(stdout, "ready lambda")
	}
	return l.run(ctx)
}

// waitReady waits a while for the probe. Without it the signer says itself that
// it is not ready.
func (l *lambdaLoop) waitReady(ctx context.Context) bool {
	t := time.NewTimer(lambdaReady)
	defer t.Stop()
	select {
	case <-l.ready:
		return true
	case <-t.C:
	case <-ctx.Done():
	}
	return false
}

func (l *lambdaLoop) run(ctx context.Context) error {
	for {
		in, err := l.next(ctx)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return fmt.Errorf("lambda: %w", err)
		}
		if err := l.serve(ctx, in); err != nil {
			return fmt.Errorf("lambda: %w", err)
		}
	}
}

// invocation is one call.
type invocation struct {
	id    string
	ends  time.Time // when Lambda kills the process
	event []byte
}

func (l *lambdaLoop) next(ctx context.Context) (invocation, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, l.api+"invocation/next", nil)
	if err != nil {
		return invocation{}, err
	}
	res, err := l.client.Do(req)
	if err != nil {
		return invocation{}, err
	}
	defer func() { _ = res.Body.Close() }()
	event, err := io.ReadAll(io.LimitReader(res.Body, maxLambdaEvent))
	if err != nil {
		return invocation{}, err
	}
	ms, err := strconv.ParseInt(res.Header.Get("Lambda-Runtime-Deadline-Ms"), 10, 64)
	id := res.Header.Get("Lambda-Runtime-Aws-Request-Id")
	if res.StatusCode != http.StatusOK || err != nil || id == "" {
		return invocation{}, fmt.Errorf("the runtime API answered %d, or without a request id and deadline", res.StatusCode)
	}
	return invocation{id, time.UnixMilli(ms), event}, nil
}

// serve answers one call, and then lets what it started come to its end.
func (l *lambdaLoop) serve(ctx context.Context, in invocation) error {
	ctx, cancel := context.WithDeadline(ctx, in.ends.Add(-lambdaMargin))
	defer cancel()
	l.waitReady(ctx)
	path, body := "/response", []byte(nil)
	event, err := decodeEvent(in.event)
	if err == nil {
		var req *http.Request
		if req, err = event.request(ctx); err == nil {
			body, err = json.Marshal(answerTo(l.handler, req))
		}
	}
	if err != nil {
		path = "/error"
		body, _ = json.Marshal(map[string]string{"errorType": "Longshore.BadEvent", "errorMessage": err.Error()}) // strings always encode
	}
	if err := l.post(context.WithoutCancel(ctx), "invocation/"+in.id+path, body); err != nil {
		return err
	}
	if err := l.idle(ctx); err != nil {
		l.log.Warn("a Complete runs on at the end of the function's time; a repeat of it settles it")
	}
	return nil
}

func (l *lambdaLoop) post(ctx context.Context, path string, body []byte) error {
	ctx, cancel := context.WithTimeout(ctx, lambdaMargin)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, l.api+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := l.client.Do(req)
	if err != nil {
		return err
	}
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, 4<<10)) // so that the connection can be used again
	_ = res.Body.Close()
	if res.StatusCode >= 300 && res.StatusCode != http.StatusRequestEntityTooLarge { // too large: Lambda has told the caller
		return fmt.Errorf("the runtime API answered %d to an answer", res.StatusCode)
	}
	return nil
}
