package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"hash/crc64"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"longshore/internal/s3test"
	"longshore/signer/api"
)

// runtimeAPI is Lambda's Runtime API on loopback, with a function URL before it:
// ask makes a request the event that Lambda makes of it, and what the function
// posts a response again.
type runtimeAPI struct {
	server   *httptest.Server
	events   chan apiCall
	answers  chan lambdaReply
	deadline time.Duration
	asked    atomic.Int64 // how often the function asked for a call
	seq      int
}

type apiCall struct {
	id    string
	event []byte
}

type lambdaReply struct {
	id, kind string // "response" or "error"
	body     []byte
}

func startRuntimeAPI(t *testing.T) *runtimeAPI {
	t.Helper()
	a := &runtimeAPI{events: make(chan apiCall), answers: make(chan lambdaReply, 1), deadline: time.Minute}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /2018-06-01/runtime/invocation/next", func(w http.ResponseWriter, r *http.Request) {
		a.asked.Add(1)
		select {
		case c := <-a.events:
			w.Header().Set("Lambda-Runtime-Aws-Request-Id", c.id)
			w.Header().Set("Lambda-Runtime-Deadline-Ms", fmt.Sprint(time.Now().Add(a.deadline).UnixMilli()))
			_, _ = w.Write(c.event)
		case <-r.Context().Done():
		}
	})
	mux.HandleFunc("POST /2018-06-01/runtime/invocation/{id}/{kind}", func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.WriteHeader(http.StatusAccepted)
		a.answers <- lambdaReply{r.PathValue("id"), r.PathValue("kind"), body}
	})
	a.server = httptest.NewServer(mux)
	t.Cleanup(a.server.Close)
	return a
}

// send gives the function an event and waits for its answer.
func (a *runtimeAPI) send(t *testing.T, event []byte) lambdaReply {
	t.Helper()
	a.seq++
	id := fmt.Sprintf("call-%d", a.seq)
	limit := time.After(30 * time.Second)
	select {
	case a.events <- apiCall{id, event}:
	case <-limit:
		t.Fatal("the function does not ask for a call")
	}
	select {
	case r := <-a.answers:
		if r.id != id {
			t.Fatalf("an answer to %q, not %q", r.id, id)
		}
		return r
	case <-limit:
	}
	t.Fatal("the function does not answer")
	return lambdaReply{}
}

// event is what a function URL makes of a request.
func event(method, path, token, body string, encoded bool, cookies ...string) []byte {
	e := map[string]any{
		"version": "2.0", "routeKey": "$default", "rawPath": path, "rawQueryString": "", "isBase64Encoded": encoded, "cookies": cookies, "body": body,
		"headers": map[string]string{
			"content-type": "application/json", "authorization": "Bearer " + token, "prefer": "respond-async",
			"host": "abc.lambda-url.eu-central-1.on.aws", "x-forwarded-for": "203.0.113.9", "x-forwarded-proto": "https",
		},
		"requestContext": map[string]any{
			"domainName": "abc.lambda-url.eu-central-1.on.aws", "http": map[string]string{"method": method, "path": path, "sourceIp": "203.0.113.9"},
		},
	}
	if encoded {
		e["body"] = base64.StdEncoding.EncodeToString([]byte(body))
	}
	text, err := json.Marshal(e)
	if err != nil {
		panic(err)
	}
	return text
}

// ask makes a call of the protocol through the function URL.
func (a *runtimeAPI) ask(t *testing.T, method, path, token string, in, out any) int {
	t.Helper()
	body, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	a.seq++
	r := a.send(t, event(method, path, token, string(body), a.seq%2 == 0))
	var answer lambdaAnswer
	if err := json.Unmarshal(r.body, &answer); err != nil || r.kind != "response" {
		t.Fatalf("%s: %v %s", r.kind, err, r.body)
	}
	if answer.Headers[api.HeaderRequestID] == "" || answer.Headers["Content-Type"] == "" {
		t.Errorf("headers %v", answer.Headers)
	}
	if err := json.Unmarshal([]byte(answer.Body), out); err != nil {
		t.Fatalf("%s: %v %s", path, err, answer.Body)
	}
	return answer.StatusCode
}

// TestLambda runs the program as Lambda would, and the protocol through it.
func TestLambda(t *testing.T) {
	srv := s3test.VersityGW(t)
	a := startRuntimeAPI(t)
	t.Setenv("AWS_ACCESS_KEY_ID", srv.AccessKey)
	t.Setenv("AWS_SECRET_ACCESS_KEY", srv.SecretKey)
	t.Setenv("AWS_LAMBDA_RUNTIME_API", strings.TrimPrefix(a.server.URL, "http://"))
	t.Setenv("SEAL", base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{7}, 32)))
	const token = "0123456789abcdef"
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var out, errs bytes.Buffer
	exit := make(chan int, 1)
	args := []string{
		"serve", "--lambda", "--bucket", srv.Bucket, "--region", srv.Region, "--s3-endpoint", srv.Endpoint, "--no-kms",
		"--auth", "tokens:" + writeFile(t, t.TempDir(), "tokens", []byte(token+" alice\n")), "--seal-key-file", "env:SEAL",
	}
	go func() { exit <- run(ctx, args, &out, &errs) }()

	var e api.Error
	if status := a.ask(t, http.MethodPost, api.PathInitUpload, "wrong-token-12345", map[string]any{}, &e); status != http.StatusUnauthorized {
		t.Errorf("with a wrong token: %d %+v", status, e)
	}
	var caps api.Capabilities
	if status := a.ask(t, http.MethodGet, api.PathCapabilities, "", nil, &caps); status != http.StatusOK || caps.Checksum != api.ChecksumCRC64NVME {
		t.Errorf("%d %+v", status, caps)
	}
	uploadThroughLambda(t, a, token)

	// An event of something else is an error of its own, and ends nothing.
	if r := a.send(t, []byte(`{"source":"aws.events"}`)); r.kind != "error" || !json.Valid(r.body) {
		t.Errorf("%s %s", r.kind, r.body)
	}
	if status := a.ask(t, http.MethodGet, api.PathReady, "", nil, &struct{}{}); status != http.StatusOK {
		t.Errorf("readyz: %d", status)
	}
	stop()
	if code := <-exit; code != exitOK || out.String() != "ready lambda\n" {
		t.Errorf("exit %d, %s%s", code, out.String(), errs.String())
	}
}

// uploadThroughLambda sends an object of two parts, and completes it twice.
func uploadThroughLambda(t *testing.T, a *runtimeAPI, token string) {
	t.Helper()
	const size = 5<<20 + 9
	data := bytes.Repeat([]byte("longshore"), size/9+1)[:size]
	table := crc64.MakeTable(0x9a6c9329ac4bc9b5) // CRC64NVME, reflected
	sum := func(b []byte) string {
		c := crc64.Checksum(b, table)
		return base64.StdEncoding.EncodeToString([]byte{byte(c >> 56), byte(c >> 48), byte(c >> 40), byte(c >> 32), byte(c >> 24), byte(c >> 16), byte(c >> 8), byte(c)})
	}
	var up api.InitResponse
	in := map[string]any{"fileName": "a b.bin", "mimeType": "application/octet-stream", "size": size, "partSize": 5 << 20, "checksum": "crc64nvme"}
	if status := a.ask(t, http.MethodPost, api.PathInitUpload, token, in, &up); status != http.StatusOK {
		t.Fatalf("init: %d %+v", status, up)
	}
	chunks := [][]byte{data[:up.PartSize], data[up.PartSize:]}
	if len(data) <= int(up.PartSize) {
		t.Fatalf("the part size is %d", up.PartSize)
	}
	var parts, asked []map[string]any
	for i, chunk := range chunks {
		asked = append(asked, map[string]any{"partNumber": i + 1, "size": len(chunk), "checksum": sum(chunk)})
	}
	var urls api.PartURLsResponse
	a.ask(t, http.MethodPost, api.PathGetPartURLs, token, map[string]any{"uploadId": up.UploadID, "objectKey": up.ObjectKey, "parts": asked}, &urls)
	for i, chunk := range chunks {
		n := fmt.Sprint(i + 1)
		parts = append(parts, map[string]any{"PartNumber": i + 1, "ETag": put(t, urls.URLs[n], urls.Headers[n], chunk), "checksum": sum(chunk)})
	}
	done := map[string]any{"uploadId": up.UploadID, "objectKey": up.ObjectKey, "parts": parts, "size": size, "checksum": sum(data)}
	for range 2 {
		var object api.Object
		if status := a.ask(t, http.MethodPost, api.PathCompleteUpload, token, done, &object); status != http.StatusOK || object.Checksum != sum(data) || object.Size != size {
			t.Errorf("complete: %d %+v", status, object)
		}
	}
}

func put(t *testing.T, url string, headers map[string]string, body []byte) (etag string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPut, url, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range headers {
		req.Header.Set(name, value)
	}
	transport := &http.Transport{DisableKeepAlives: true}
	res, err := (&http.Client{Transport: transport}).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	text, _ := io.ReadAll(res.Body)
	_ = res.Body.Close()
	if res.StatusCode != http.StatusOK {
		t.Fatalf("PUT: %d %s", res.StatusCode, text)
	}
	return res.Header.Get("ETag")
}
