package signer

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"time"

	"longshore/signer/api"
)

// call is one request on its way through the signer, with what the audit log
// may say of it.
type call struct {
	id          string
	route       string
	principal   Principal // empty before sign-in
	policy      *policy   // in force as the call came
	rules       *rules    // of the caller's group
	grouped     bool      // the caller is in a group, or needs none
	ref         string    // uploadRef, where the call is about one
	items       int       // parts, objects or keys
	preferAsync bool

	clientID string // what the client calls its request; empty if it did not say, or not safely
	key      string // of the one object the call is about; the audit log has its hash
	size     int64  // bytes of what the call is about; negative if it is not known
	reason   string // why the call was refused, where the code says too little
	refused  int    // of the items
	bodyRead bool   // whole
	leave    func() // gives the caller's place back; nil without one
	body     *body  // what was read of it; nil if nothing was
}

// route is one path of the protocol.
type route struct {
	name    string
	methods []string
	serve   func(w http.ResponseWriter, r *http.Request, c *call) (status int, body any, err error)
}

func (s *Signer) routeTable() map[string]route {
	get := []string{http.MethodGet, http.MethodHead}
	post := []string{http.MethodPost}
	return map[string]route{
		api.PathInitUpload:     {"init-upload", post, signedIn(s, api.MaxBody, s.initUpload)},
		api.PathGetPartURL:     {"get-part-url", post, signedIn(s, api.MaxBody, s.getPartURL)},
		api.PathGetPartURLs:    {"get-part-urls", post, checkedFirst(s, api.MaxBody, largestBody, s.checkPartURLs)},
		api.PathPutURLs:        {"put-urls", post, signedIn(s, api.MaxBody, s.putURLs)},
		api.PathListParts:      {"list-parts", post, signedIn(s, api.MaxBody, s.listParts)},
		api.PathStatObjects:    {"stat-objects", post, signedIn(s, api.MaxBody, s.statObjects)},
		api.PathCompleteUpload: {"complete-upload", post, signedIn(s, api.MaxCompleteBody, s.completeUpload)},
		api.PathAbortUpload:    {"abort-upload", post, signedIn(s, api.MaxBody, s.abortUpload)},
		api.PathCompleteBatch:  {"complete-batch", post, signedIn(s, api.MaxCompleteBody, s.completeBatch)},
		api.PathForm:           {"form", post, signedIn(s, api.MaxBody, s.form)},
		api.PathSession:        {"session", []string{http.MethodPost, http.MethodDelete}, s.session},
		api.PathCapabilities:   {"capabilities", get, s.capabilities},
		api.PathHealth:         {"healthz", get, s.health},
		api.PathReady:          {"readyz", get, s.readiness},
	}
}

// work is what is left of a call when it has its place.
type work func(context.Context) (any, error)

// signedIn wraps a call of JSON in and JSON out that needs a principal.
func signedIn[Req any](s *Signer, limit int64, handle func(context.Context, *call, *Req) (any, error)) func(http.ResponseWriter, *http.Request, *call) (int, any, error) {
	return checkedFirst(s, limit, 0, func(c *call, req *Req) (work, error) {
		return func(ctx context.Context) (any, error) { return handle(ctx, c, req) }, nil
	})
}

// checkedFirst is signedIn for a call that is better checked before it waits for
// its place, if its body has no more than early bytes: what check gives it to
// wait with must be smaller than the body.
func checkedFirst[Req any](s *Signer, limit, early int64, check func(*call, *Req) (work, error)) func(http.ResponseWriter, *http.Request, *call) (int, any, error) {
	return func(w http.ResponseWriter, r *http.Request, c *call) (int, any, error) {
		if err := checkContentType(r); err != nil {
			return 0, nil, err
		}
		if err := s.signIn(r, c); err != nil {
			return 0, nil, err
		}
		if err := s.pass(r.Context(), c); err != nil {
			return 0, nil, err
		}
		c.preferAsync = prefersAsync(r)
		c.body = s.bodies.begin(c.principal)
		r.Body = counted{r.Body, c.body, c}
		text := s.texts.get(0)
		if err := gather(w, r, limit, text); err != nil {
			return 0, nil, err
		}
		c.bodyRead = true
		setReadDeadline(w, time.Time{}) // or it would end the request's context
		var rest work
		if int64(text.Len()) <= early {
			var err error
			if rest, err = readEarly(s, c, text, limit, check); err != nil {
				return 0, nil, err
			}
			text = nil
		}
		leave, err := s.admit(r.Context(), c)
		if err != nil {
			return 0, nil, err
		}
		defer leave()
		if text != nil {
			if rest, err = read(s, c, text, limit, check); err != nil {
				return 0, nil, err
			}
		}
		body, err := rest(r.Context())
		if err != nil {
			return 0, nil, err
		}
		status := http.StatusOK
		if _, pending := body.(api.CompletingResponse); pending {
			status = http.StatusAccepted
		}
		// Encoded while the call has its place: what an answer is made of is
		// larger than the answer, and must not wait for its reader.
		answer, err := s.encode(body)
		if err != nil {
			return 0, nil, err
		}
		return status, answer, nil
	}
}

// read decodes a body and checks what is in it.
func read[Req any](s *Signer, c *call, text *bytes.Buffer, limit int64, check func(*call, *Req) (work, error)) (work, error) {
	var req Req
	if err := decode(text.Bytes(), limit, &req); err != nil {
		return nil, err
	}
	s.texts.put(text) // what was decoded is a copy
	return check(c, &req)
}

// readEarly is read for calls that have no place yet: so many at once, as what
// they decode is larger than the body.
func readEarly[Req any](s *Signer, c *call, text *bytes.Buffer, limit int64, check func(*call, *Req) (work, error)) (work, error) {
	s.reading <- struct{}{}
	defer func() { <-s.reading }()
	return read(s, c, text, limit, check)
}

// encode writes an answer as JSON, unless it is written already, into a buffer
// that is to be given back.
func (s *Signer) encode(body any) (*bytes.Buffer, error) {
	if written, ok := body.(*bytes.Buffer); ok {
		return written, nil
	}
	to := s.answers.get(0)
	enc := json.NewEncoder(to)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(body); err != nil {
		return nil, failBecause(api.CodeInternal, errors.New("an answer cannot be encoded")) // the library's error quotes values
	}
	return to, nil
}

// signIn finds out who calls, and which rules hold for the call.
func (s *Signer) signIn(r *http.Request, c *call) error {
	caller, err := s.authenticate(r)
	if _, ours := errors.AsType[*callError](err); err != nil && !ours {
		return failBecause(api.CodeUnauthorized, err)
	}
	if err != nil {
		return err
	}
	c.principal, c.policy = caller.Principal, s.policy()
	c.rules, c.grouped = c.policy.rulesFor(caller.Groups)
	return nil
}

// prefersAsync reads Prefer: respond-async among other preferences (RFC 7240).
func prefersAsync(r *http.Request) bool {
	for _, line := range r.Header.Values(api.HeaderPrefer) {
		for pref := range strings.SplitSeq(line, ",") {
			name, _, _ := strings.Cut(pref, ";")
			if strings.EqualFold(strings.TrimSpace(name), api.PreferAsync) {
				return true
			}
		}
	}
	return false
}

// Handler serves the routes of PROTOCOL. It may be mounted at the root only.
func (s *Signer) Handler() http.Handler { return http.HandlerFunc(s.serveHTTP) }

func (s *Signer) serveHTTP(w http.ResponseWriter, r *http.Request) {
	began := time.Now()
	c := &call{id: rand.Text(), route: "other", size: -1, clientID: clientRequestID(r)}
	s.metrics.inFlight.Inc()
	defer s.metrics.inFlight.Dec()
	w.Header().Set(api.HeaderRequestID, c.id)
	if s.draining.Load() {
		w.Header().Set("Connection", "close") // the next call goes to another signer
	}
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	setReadDeadline(w, began.Add(readTimeout))
	status, body, err := s.dispatch(w, r, c)
	if err != nil {
		ce := asCallError(err)
		status, body = writeErrorHeaders(w, ce), api.Error{Code: ce.code, Message: ce.sentence(), RequestID: c.id}
	}
	if err != nil && !c.bodyRead {
		// The server reads the rest before it answers. Who was refused without
		// it must not hold a connection for as long as a body may take.
		setReadDeadline(w, time.Now().Add(restTimeout))
	}
	s.writeJSON(w, status, body)
	if c.leave != nil {
		c.leave() // who reads the answer slowly holds a place of their own
	}
	if c.body != nil {
		c.body.letGo()
	}
	s.audit(r, c, status, err, time.Since(began))
}

// dispatch finds the route and runs it. A panic becomes an internal error: one
// bad call must not end the Completes of others.
func (s *Signer) dispatch(w http.ResponseWriter, r *http.Request, c *call) (status int, body any, err error) {
	defer func() {
		if v := recover(); v != nil {
			// The panic's value may quote the request; the stack does not.
			s.metrics.panics.Inc()
			s.cfg.Logger.Error("panic in a call", "requestId", c.id, "stack", string(debug.Stack()))
			status, body, err = 0, nil, fail(api.CodeInternal, "")
		}
	}()
	if err := s.guard(r); err != nil {
		return 0, nil, err
	}
	allowOrigin(w, r)
	rt, ok := s.routes[r.URL.Path]
	if !ok {
		return 0, nil, fail(api.CodeNotFound, "")
	}
	c.route = rt.name
	if r.Method == http.MethodOptions && r.Header.Get("Origin") != "" {
		return http.StatusNoContent, nil, nil
	}
	if !slices.Contains(rt.methods, r.Method) {
		w.Header().Set("Allow", strings.Join(rt.methods, ", "))
		return 0, nil, fail(api.CodeMethodNotAllowed, "")
	}
	return rt.serve(w, r, c)
}

// writeErrorHeaders gives the status of an error.
func writeErrorHeaders(w http.ResponseWriter, ce *callError) int {
	info, _ := ce.code.Info()
	if ce.retryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(ce.retryAfter.Seconds()))))
	}
	switch {
	case ce.challenge != "":
		w.Header().Set("WWW-Authenticate", ce.challenge)
	case ce.code == api.CodeUnauthorized:
		w.Header().Set("WWW-Authenticate", "Bearer")
	}
	return info.Status
}

// readTimeout bounds how long a client may take to send a body, and restTimeout
// what is left of one that nobody will look at.
const (
	readTimeout = time.Minute
	restTimeout = 2 * time.Second
)

// setReadDeadline does nothing for ResponseWriters without deadlines, as tests
// have them.
func setReadDeadline(w http.ResponseWriter, t time.Time) {
	_ = http.NewResponseController(w).SetReadDeadline(t)
}

// writeTimeout bounds how long a client may take to read an answer. It starts
// with the answer, since a Complete may take minutes before.
const writeTimeout = 30 * time.Second

func (s *Signer) writeJSON(w http.ResponseWriter, status int, body any) {
	// Nothing can be done about a client that went away, nor about a
	// ResponseWriter without deadlines.
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(writeTimeout))
	if body == nil {
		w.WriteHeader(status)
		return
	}
	text, err := s.encode(body)
	if err != nil {
		panic(err) // errors, states and capabilities always encode
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(text.Len()))
	w.WriteHeader(status)
	if _, err := w.Write(text.Bytes()); err == nil {
		s.answers.put(text)
	} // else a ResponseWriter may still hold it: HTTP/2's does, of a stream that was reset (golang/go#20704)
}
