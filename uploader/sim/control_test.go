package sim

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"longshore/signer"
	"longshore/signer/api"
)

// signerURL is where the vault's signers answer.
const signerURL = "https://signer.sim.test"

// everybody is signed in, except while the tokens are over.
type everybody struct{ w *world }

func (e everybody) Authenticate(*http.Request) (signer.Caller, error) {
	if e.w.signedOut.Load() {
		return signer.Caller{}, errors.New("signed out")
	}
	return signer.Caller{Principal: "sim"}, nil
}

func (everybody) Describe() api.Auth { return api.Auth{Type: api.AuthBearer} }

func (everybody) Ready() <-chan struct{} {
	ready := make(chan struct{})
	close(ready)
	return ready
}

func (everybody) NotReady() string { return "" }

// startSigners starts the vault's signers: stateless, behind a load balancer.
func (w *world) startSigners() {
	cfg := signer.Config{
		Storage: storage{w}, SealKeys: [][]byte{bytes.Repeat([]byte{7}, 32)}, Auth: everybody{w},
		Checksum: string(w.mode), Rate: -1, NoConditionalWrites: !w.bucket.conditional, NoKMS: !w.bucket.kms,
		Logger: slog.New(slog.DiscardHandler),
	}
	if w.bucket.kms {
		cfg.KMSKeyID = "key-1"
	}
	var fresh []*signer.Signer
	for range w.signerCount {
		s, err := signer.New(cfg)
		if err != nil {
			panic(err)
		}
		fresh = append(fresh, s)
	}
	w.network.mu.Lock()
	w.signers = fresh
	w.network.mu.Unlock()
}

// stopSigners ends the signers; a crash does not wait for what they have under way.
func (w *world) stopSigners(crash bool) {
	w.network.mu.Lock()
	old := w.signers
	w.network.mu.Unlock()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	if crash {
		cancel()
	}
	for _, s := range old {
		_ = s.Shutdown(ctx) // its error only says that there was something to cancel
	}
}

func (w *world) signer(r *roll) *signer.Signer {
	w.network.mu.Lock()
	defer w.network.mu.Unlock()
	return w.signers[r.pick(len(w.signers))]
}

// controlPlane takes the calls of one engine to the signers.
type controlPlane struct{ s *session }

// RoundTrip is one call. The real handler answers it, in a goroutine of its own, as a server does.
func (c controlPlane) RoundTrip(req *http.Request) (*http.Response, error) {
	w := c.s.w
	var body []byte
	if req.Body != nil {
		body, _ = io.ReadAll(req.Body) // from memory
		_ = req.Body.Close()
	}
	op, name := strings.TrimPrefix(req.URL.Path, "/v1/"), about(body)
	r := w.luck.call(op, name, 0)
	ctx, cancel, err := c.s.dial(req.Context())
	if err != nil {
		return nil, err
	}
	defer cancel(nil)
	if err := sleep(ctx, r.between(time.Millisecond, 60*time.Millisecond)); err != nil {
		return nil, gone(ctx)
	}
	fails := w.fails(r, op)
	kind := -1
	if fails {
		kind = r.pick(12)
		w.trace.add("call %s %s: fault %d", op, name, kind)
	}
	switch kind {
	case 0:
		return nil, errNoRoute
	case 1:
		return nil, errReset
	case 2:
		return portal(r), nil
	case 3:
		return plain(http.StatusBadGateway, http.Header{"Content-Type": {"text/plain"}}, []byte("no backend")), nil
	case 4:
		return c.signerSays(http.StatusTooManyRequests, api.CodeThrottled, "2"), nil
	case 5:
		return c.signerSays(http.StatusServiceUnavailable, api.CodeNotReady, ""), nil
	case 6:
		return hang(ctx)
	}
	resp, err := c.ask(ctx, req, body, r, op, name, kind == 7)
	switch {
	case err != nil:
		return nil, err
	case kind == 8 || kind == 9:
		return nil, errReset
	case kind == 10:
		text, _ := io.ReadAll(resp.Body) // from memory
		resp.Body = io.NopCloser(io.MultiReader(bytes.NewReader(text[:len(text)/2]), broken{}))
		return resp, nil
	case kind == 11:
		if err := sleep(ctx, r.between(time.Second, 90*time.Second)); err != nil {
			return nil, gone(ctx)
		}
	}
	return resp, nil
}

// ask lets a signer work; it hears that the client is gone, or does not.
func (c controlPlane) ask(ctx context.Context, req *http.Request, body []byte, r *roll, op, name string, twice bool) (*http.Response, error) {
	w := c.s.w
	asked, leave := context.WithCancel(context.Background())
	once := func(by *signer.Signer) *http.Response {
		in := httptest.NewRequestWithContext(asked, req.Method, signerURL+req.URL.Path, bytes.NewReader(body))
		in.Header = req.Header.Clone()
		out := httptest.NewRecorder()
		by.Handler().ServeHTTP(out, in)
		w.heard(op, name, out.Code, out.Body.Bytes())
		return out.Result()
	}
	first, second := w.signer(r), w.signer(r)
	resp, err := w.network.serve(func() *http.Response {
		defer leave()
		resp := once(first)
		if twice {
			return once(second)
		}
		return resp
	}).await(ctx)
	if err != nil && r.chance(0.7) {
		leave()
	}
	return resp, err
}

// signerSays is an answer in the signer's form.
func (c controlPlane) signerSays(status int, code api.Code, retryAfter string) *http.Response {
	text, err := json.Marshal(api.Error{Code: code, Message: "not now", RequestID: "SIM"})
	if err != nil {
		panic(err) // three strings can always be written
	}
	h := http.Header{"Content-Type": {"application/json"}}
	if retryAfter != "" {
		h.Set("Retry-After", retryAfter)
	}
	return plain(status, h, text)
}

// broken is the end of a body that was cut.
type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, errReset }

// about names the file a call is about; "" for one about many.
func about(body []byte) string {
	var named struct {
		ObjectKey    string
		ObjectKeys   []string
		FileName     string
		RelativePath string
	}
	if json.Unmarshal(body, &named) != nil {
		return ""
	}
	switch {
	case named.ObjectKey != "":
		return label(named.ObjectKey)
	case len(named.ObjectKeys) > 0:
		return label(named.ObjectKeys[0])
	case named.RelativePath != "":
		return named.RelativePath
	}
	return named.FileName
}

// heard notes a signer's answer, and that it is one an honest client may get.
func (w *world) heard(op, name string, status int, body []byte) {
	if status < 400 {
		w.trace.add("signer: %s %s: %d", op, name, status)
		return
	}
	var e api.Error
	err := json.Unmarshal(body, &e)
	w.trace.add("signer: %s %s: %d %s", op, name, status, e.Code)
	if err != nil {
		w.trace.violate("the signer answered %d without words: %s", status, errors.Unwrap(err))
	}
	switch e.Code {
	case api.CodeNoSuchUpload, api.CodeInvalidParts, api.CodeUnauthorized, api.CodeThrottled, api.CodeStorageBusy,
		api.CodeStorageDenied, api.CodeStorageError, api.CodeUnknownOutcome, api.CodeNotReady, api.CodeBusy:
	default:
		w.trace.violate("the signer answered %s of %s with %d %s: %s", op, name, status, e.Code, e.Message)
	}
}
