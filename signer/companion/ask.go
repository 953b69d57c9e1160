package companion

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"time"

	"longshore/signer/api"
)

// reply is the signer's answer to one of its own calls, on its way out.
type reply struct {
	status int
	header http.Header
	body   []byte
}

// ask makes a call of the signer for the caller of r. All headers go along, so
// that the signer sees who calls and from which page.
func (h handler) ask(r *http.Request, method, path string, body any) reply {
	var data []byte
	if body != nil {
		var err error
		if data, err = json.Marshal(body); err != nil {
			panic(err) // strings and integers always marshal
		}
	}
	in := r.WithContext(r.Context())
	in.Method, in.URL, in.RequestURI = method, &url.URL{Path: path}, path
	in.Body, in.ContentLength, in.TransferEncoding = io.NopCloser(bytes.NewReader(data)), int64(len(data)), nil
	in.Header = r.Header.Clone()
	in.Header.Del("Content-Length")
	in.Header.Del(api.HeaderPrefer) // Uppy does not know "ask again"
	if r.Method != http.MethodPost {
		in.Header.Set("Content-Type", "application/json") // the signer's own rule; a POST must keep it itself
	}
	out := &recorder{header: http.Header{}}
	h.signer.ServeHTTP(out, in)
	return reply{status: out.status, header: out.header, body: out.body.Bytes()}
}

// post asks, and reads a 200 into out. Any other answer is the caller's, as it
// is: its body has both of Companion's fields, error and message.
func (h handler) post(r *http.Request, path string, body, out any) (answer reply, ok bool) {
	answer = h.ask(r, http.MethodPost, path, body)
	if answer.status != http.StatusOK {
		return answer, false
	}
	if err := json.Unmarshal(answer.body, out); err != nil {
		return answer.with(http.StatusInternalServerError, api.Error{Code: api.CodeInternal, Message: "The signer failed; try again."}), false
	}
	return answer, true
}

// with is the same answer with another body.
func (a reply) with(status int, body any) reply {
	data, err := json.Marshal(body)
	if err != nil {
		panic(err) // strings and integers always marshal
	}
	a.status, a.body = status, data
	return a
}

// refuse answers a request that cannot be put to the signer. The signer is
// asked all the same, for nothing: it knows who may hear why, and it counts
// and logs what it refuses.
func (h handler) refuse(r *http.Request, code api.Code, sentence string) reply {
	a := h.ask(r, http.MethodPost, api.PathStatObjects, api.StatObjectsRequest{ObjectKeys: []string{}})
	var e api.Error
	if json.Unmarshal(a.body, &e) != nil || e.Code != api.CodeBadRequest {
		return a
	}
	info, _ := code.Info()
	if sentence == "" {
		sentence = info.Message
	}
	return a.with(info.Status, api.Error{Code: code, Message: sentence, RequestID: e.RequestID})
}

// errTooLarge is a body over its limit.
var errTooLarge = errors.New("the body is too large")

// Bounds of what a client may take to send a body and to read an answer; the
// signer's own are for the real connection, which it does not see here.
const (
	readTimeout  = time.Minute
	writeTimeout = 30 * time.Second
)

// readBody reads one JSON value of a limited size. Unknown fields are let be:
// other versions of Uppy send others.
func readBody(r *http.Request, limit int64, v any) error {
	data, err := io.ReadAll(io.LimitReader(r.Body, limit+1))
	if err != nil {
		return err
	}
	if int64(len(data)) > limit {
		return errTooLarge
	}
	return json.Unmarshal(data, v)
}

// timed is a body whose sender has so long and no longer: the deadline is set
// when it is read first, and taken back with its end, or it would end the
// request's context.
type timed struct {
	io.ReadCloser
	conn  *http.ResponseController
	begun bool
}

func (b *timed) Read(p []byte) (int, error) {
	if !b.begun {
		b.begun = true
		_ = b.conn.SetReadDeadline(time.Now().Add(readTimeout)) // tests' writers have none
	}
	n, err := b.ReadCloser.Read(p)
	if err != nil {
		_ = b.conn.SetReadDeadline(time.Time{})
	}
	return n, err
}

// write sends the answer.
func (a reply) write(w http.ResponseWriter) {
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(writeTimeout)) // tests' writers have none
	h := w.Header()
	for name, values := range a.header {
		h[name] = values
	}
	if a.body != nil {
		h.Set("Content-Type", "application/json")
	}
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body) // a client that went away is its own affair
}

// recorder takes an answer of the signer. It has no deadlines to set.
type recorder struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (w *recorder) Header() http.Header { return w.header }

func (w *recorder) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
}

func (w *recorder) Write(b []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.body.Write(b)
}
