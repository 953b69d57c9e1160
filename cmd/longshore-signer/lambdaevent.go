package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"
)

// lambdaEvent is a request through a function URL (AWS docs, Lambda "Request
// payload format", version 2.0). Header names are in lower case, and several
// values of one are joined with commas; cookies come apart from them.
type lambdaEvent struct {
	Version         string            `json:"version"`
	RawPath         string            `json:"rawPath"`
	RawQueryString  string            `json:"rawQueryString"`
	Headers         map[string]string `json:"headers"`
	Cookies         []string          `json:"cookies"`
	Body            string            `json:"body"`
	IsBase64Encoded bool              `json:"isBase64Encoded"`
	RequestContext  struct {
		DomainName string `json:"domainName"`
		HTTP       struct {
			Method   string `json:"method"`
			SourceIP string `json:"sourceIp"`
		} `json:"http"`
	} `json:"requestContext"`
}

// lambdaAnswer is what a function URL makes a response of.
type lambdaAnswer struct {
	StatusCode      int               `json:"statusCode"`
	Headers         map[string]string `json:"headers"`
	Cookies         []string          `json:"cookies,omitempty"`
	Body            string            `json:"body"`
	IsBase64Encoded bool              `json:"isBase64Encoded"`
}

// errNotURLEvent says that the function was called by something else than its
// URL.
var errNotURLEvent = errors.New("the event is not a request of a function URL, payload version 2.0")

// request makes the event a request again.
func (e *lambdaEvent) request(ctx context.Context) (*http.Request, error) {
	if e.Version != "2.0" || e.RequestContext.HTTP.Method == "" || !strings.HasPrefix(e.RawPath, "/") {
		return nil, errNotURLEvent
	}
	body := e.Body
	if e.IsBase64Encoded {
		raw, err := base64.StdEncoding.DecodeString(e.Body)
		if err != nil {
			return nil, errNotURLEvent
		}
		body = string(raw)
	}
	// rawPath keeps its escapes; a URL takes both forms.
	u, err := url.ParseRequestURI(e.RawPath)
	if err != nil {
		return nil, errNotURLEvent
	}
	u.RawQuery = e.RawQueryString
	req, err := http.NewRequestWithContext(ctx, e.RequestContext.HTTP.Method, "/", strings.NewReader(body))
	if err != nil {
		return nil, errNotURLEvent
	}
	req.URL = u // as it is: read once more, the path //host/x would be a host
	for name, value := range e.Headers {
		req.Header.Set(name, value)
	}
	if len(e.Cookies) > 0 {
		req.Header.Set("Cookie", strings.Join(e.Cookies, "; "))
	}
	req.Host = e.RequestContext.DomainName
	if host := e.Headers["host"]; host != "" {
		req.Host = host
	}
	req.Header.Del("Host")
	req.RequestURI = u.RequestURI()
	req.RemoteAddr = e.RequestContext.HTTP.SourceIP + ":0"
	return req, nil
}

// answer collects what a handler writes.
type answer struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (a *answer) Header() http.Header { return a.header }

func (a *answer) WriteHeader(status int) {
	if a.status == 0 {
		a.status = status
	}
}

func (a *answer) Write(b []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	return a.body.Write(b)
}

// answerTo serves the request.
func answerTo(h http.Handler, req *http.Request) lambdaAnswer {
	w := &answer{header: http.Header{}}
	h.ServeHTTP(w, req)
	w.WriteHeader(http.StatusOK) // of a handler that wrote nothing
	a := lambdaAnswer{StatusCode: w.status, Headers: map[string]string{}}
	for name, values := range w.header {
		if name == "Set-Cookie" {
			a.Cookies = values // several cannot be joined with commas
			continue
		}
		a.Headers[name] = strings.Join(values, ", ")
	}
	if utf8.Valid(w.body.Bytes()) {
		a.Body = w.body.String()
	} else {
		a.Body, a.IsBase64Encoded = base64.StdEncoding.EncodeToString(w.body.Bytes()), true
	}
	return a
}

func decodeEvent(body []byte) (*lambdaEvent, error) {
	var e lambdaEvent
	if json.Unmarshal(body, &e) != nil {
		return nil, errNotURLEvent
	}
	return &e, nil
}
