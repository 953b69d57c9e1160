package companion

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strconv"
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
	return h.askWith(r, method, path, io.NopCloser(bytes.NewReader(data)), int64(len(data)))
}

// askWith is ask with a body that is read when the signer wants it: not before
// it knows who calls.
func (h handler) askWith(r *http.Request, method, path string, body io.ReadCloser, length int64) reply {
	in := r.WithContext(r.Context())
	in.Method, in.URL, in.RequestURI = method, &url.URL{Path: path}, path
	in.Body, in.ContentLength, in.TransferEncoding = body, length, nil
	in.Header = r.Header.Clone()
	in.Header.Del("Content-Length")
	in.Header.Del(api.HeaderPrefer) // Uppy does not know "ask again"
	if r.Method != http.MethodPost {
		in.Header.Set("Content-Type", "application/json") // the signer's own rule; a POST must keep it itself
	}
	out := &recorder{header: http.Header{}, conn: connOf(r)}
	h.signer.ServeHTTP(out, in)
	return reply{status: out.status, header: out.header, body: out.body.Bytes()}
}

// post asks, and reads a 200 into out. Any other answer is the caller's, as it
// is: its body has both of Companion's fields, error and message.
func (h handler) post(r *http.Request, path string, body, out any) (answer reply, ok bool) {
	return h.ask(r, http.MethodPost, path, body).into(out)
}

// into reads a 200.
func (a reply) into(out any) (reply, bool) {
	if a.status != http.StatusOK {
		return a, false
	}
	if err := json.Unmarshal(a.body, out); err != nil {
		return a.with(http.StatusInternalServerError, api.Error{Code: api.CodeInternal, Message: "The signer failed; try again."}), false
	}
	return a, true
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
	return h.ask(r, http.MethodPost, api.PathStatObjects, api.StatObjectsRequest{ObjectKeys: []string{}}).instead(code, sentence)
}

// instead says why the signer was asked for nothing, or got no body, unless it
// has refused for a reason of its own.
func (a reply) instead(code api.Code, sentence string) reply {
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

// writeTimeout bounds what a client may take to read an answer; the signer's own
// bound is for its answer to us.
const writeTimeout = 30 * time.Second

// connKey finds the connection of a request.
type connKey struct{}

func withConn(r *http.Request, w http.ResponseWriter) *http.Request {
	return r.WithContext(context.WithValue(r.Context(), connKey{}, http.NewResponseController(w)))
}

func connOf(r *http.Request) *http.ResponseController {
	conn, _ := r.Context().Value(connKey{}).(*http.ResponseController)
	return conn
}

// write sends the answer.
func (a reply) write(w http.ResponseWriter) {
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(writeTimeout)) // tests' writers have none
	h := w.Header()
	for name, values := range a.header {
		h[name] = values
	}
	h.Del("Content-Length") // of the signer's answer, which may have become another
	if a.body != nil {
		h.Set("Content-Type", "application/json")
		h.Set("Content-Length", strconv.Itoa(len(a.body)))
	}
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body) // a client that went away is its own affair
}

// recorder takes an answer of the signer. How long the client may take to send
// its body is the signer's to say, of the real connection.
type recorder struct {
	conn   *http.ResponseController
	header http.Header
	status int
	body   bytes.Buffer
}

func (w *recorder) Header() http.Header { return w.header }

// SetReadDeadline is found by http.ResponseController.
func (w *recorder) SetReadDeadline(t time.Time) error { return w.conn.SetReadDeadline(t) }

func (w *recorder) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
}

func (w *recorder) Write(b []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.body.Write(b)
}
