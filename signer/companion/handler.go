package companion

import (
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"longshore/signer/api"
)

// Config says where the routes are and which there are.
type Config struct {
	// Prefix comes before /s3, as "/companion"; "/" for none.
	Prefix string
	// Params serves /s3/params, with which Uppy sends a small file in one
	// request. The signer must have it too (signer.Config.AllowForms).
	Params bool
}

var prefixPattern = regexp.MustCompile(`^(/[A-Za-z0-9._~-]+)+$`)

// New puts Companion's routes in front of a signer's handler, which answers
// all else. The error says what is wrong with the prefix.
func New(cfg Config, signer http.Handler) (http.Handler, error) {
	h := handler{signer: signer, params: cfg.Params}
	switch prefix := strings.TrimSuffix(cfg.Prefix, "/"); {
	case cfg.Prefix == "":
		return nil, errors.New("companion: the prefix is empty; write / for none")
	case prefix != "" && !prefixPattern.MatchString(prefix), prefix == "/v1" || strings.HasPrefix(prefix, "/v1/"):
		return nil, errors.New("companion: the prefix must be like /companion, of letters, digits and . _ ~ -, and not /v1")
	default:
		h.base = prefix + "/s3/"
	}
	return h, nil
}

type handler struct {
	signer http.Handler
	base   string // with a slash at its end
	params bool
}

// ServeHTTP implements http.Handler. What is no route of ours is the signer's
// to answer, and to refuse: /s3/sts, which would hand out credentials, is so
// not found.
func (h handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	rest, ours := strings.CutPrefix(r.URL.EscapedPath(), h.base)
	if !ours {
		h.signer.ServeHTTP(w, r)
		return
	}
	c, ok := h.route(r, rest)
	if !ok {
		h.signer.ServeHTTP(w, r)
		return
	}
	r = withConn(r, w)
	if r.Method == http.MethodOptions { // a browser asks before it calls
		h.ask(r, http.MethodOptions, api.PathListParts, nil).write(w)
		return
	}
	c(r).write(w)
}

// route finds what answers a path, and with it the method of the request. An
// OPTIONS is answered on every path that has a route.
func (h handler) route(r *http.Request, rest string) (serve func(*http.Request) reply, ok bool) {
	segments := strings.Split(rest, "/")
	for i, s := range segments {
		plain, err := url.PathUnescape(s)
		if err != nil {
			return nil, false
		}
		segments[i] = plain
	}
	routes := map[string]func(*http.Request) reply{}
	switch {
	case len(segments) == 1 && segments[0] == "params" && h.params:
		routes[http.MethodGet] = h.form
	case segments[0] != "multipart":
	case len(segments) == 1:
		routes[http.MethodPost] = h.create
	case len(segments) == 2:
		routes[http.MethodGet] = with(segments[1], h.list)
		routes[http.MethodDelete] = with(segments[1], h.abort)
	case len(segments) == 3 && segments[2] == "batch":
		routes[http.MethodGet] = with(segments[1], h.signBatch)
	case len(segments) == 3 && segments[2] == "complete":
		routes[http.MethodPost] = with(segments[1], h.complete)
	case len(segments) == 3:
		routes[http.MethodGet] = with(segments[1], func(r *http.Request, up api.UploadRequest) reply { return h.sign(r, up, segments[2]) })
	}
	if r.Method == http.MethodOptions && len(routes) > 0 {
		return func(*http.Request) reply { return reply{} }, true
	}
	serve, ok = routes[r.Method]
	return serve, ok
}

// with gives a call its upload: the id from the path, the key from the query,
// where a space is written as %20 (Uppy 5) or as + (Uppy 6).
func with(id string, serve func(*http.Request, api.UploadRequest) reply) func(*http.Request) reply {
	return func(r *http.Request) reply {
		return serve(r, api.UploadRequest{UploadID: id, ObjectKey: r.URL.Query().Get("key")})
	}
}
