package sim

import (
	"context"
	"io"
	"net/http"
	"time"
)

// dataOrigin is the one place the vault's bytes go to.
const dataOrigin = "https://data.sim.test"

// dataPlane takes the PUTs of one engine to S3.
type dataPlane struct{ s *session }

// RoundTrip is one PUT. What befalls it is drawn from the file, the part and how often it was sent.
func (d dataPlane) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Body == nil {
		req.Body = http.NoBody
	}
	defer req.Body.Close()
	w := d.s.w
	sig := w.bucket.signature(req.URL.Query().Get("sig"))
	if sig == nil || req.Method != http.MethodPut {
		w.trace.violate("a PUT that nobody signed: %s", req.Method)
		return answer(http.StatusForbidden, "SignatureDoesNotMatch", ""), nil
	}
	op := "put-part"
	if sig.upload == "" {
		op = "put"
	}
	name := label(sig.key)
	r := w.luck.call(op, name, sig.part)
	d.s.checkResend(sig)
	ctx, cancel, err := d.s.dial(req.Context())
	if err != nil {
		return nil, err
	}
	defer cancel(nil)
	if err := sleep(ctx, trickle(r)); err != nil {
		return nil, gone(ctx)
	}
	if resp, err := d.refused(req, sig, r, op); resp != nil || err != nil {
		return resp, err
	}
	data, err := d.receive(ctx, req, r, op, name, sig.part)
	if err != nil {
		return nil, err
	}
	return d.deliver(ctx, sig, r, op, data)
}

// refused is what is answered without a look at the body.
func (d dataPlane) refused(req *http.Request, sig *signature, r *roll, op string) (*http.Response, error) {
	w, name := d.s.w, label(sig.key)
	switch {
	case sig.upload == "" && sig.in.IfNoneMatch != (req.Header.Get("If-None-Match") == "*"):
		w.trace.violate("a signed header was not sent: %s", name)
		return answer(http.StatusForbidden, "SignatureDoesNotMatch", ""), nil
	case w.skewed():
		w.trace.add("%s %s/%d: clocks differ", op, name, sig.part)
		return answer(http.StatusForbidden, "RequestTimeTooSkewed", ""), nil
	case !w.now().Before(sig.expires):
		w.trace.add("%s %s/%d: the URL is over", op, name, sig.part)
		return answer(http.StatusForbidden, "AccessDenied", "Request has expired"), nil
	}
	if gone := w.luck.call(op+" gone", name, sig.part); w.fails(gone, op) && gone.chance(0.3) {
		w.trace.add("%s %s/%d: S3 does not find its own upload", op, name, sig.part)
		if sig.upload != "" && gone.chance(0.5) {
			return answer(http.StatusNotFound, "NoSuchUpload", ""), nil
		}
		return answer(http.StatusConflict, "ConditionalRequestConflict", ""), nil
	}
	if !w.fails(r, op) {
		return nil, nil
	}
	kind := r.pick(9)
	w.trace.add("%s %s/%d: refusal %d", op, name, sig.part, kind)
	switch kind {
	case 0:
		return answer(http.StatusInternalServerError, "InternalError", ""), nil
	case 1:
		resp := answer(http.StatusServiceUnavailable, "SlowDown", "")
		if r.chance(0.5) {
			resp.Header.Set("Retry-After", "3")
		}
		return resp, nil
	case 2:
		return answer(http.StatusForbidden, "AccessDenied", ""), nil
	case 3:
		return answer(http.StatusForbidden, "AccessDenied", "Request has expired"), nil
	case 4:
		return portal(r), nil
	case 5:
		return nil, errNoRoute
	case 6:
		return nil, errDNS
	case 7:
		return answer(http.StatusOK, "InternalError", ""), nil
	}
	return answer(http.StatusForbidden, "ExpiredToken", ""), nil
}

// receive takes the body in pieces. It may be cut, or damaged on the way.
func (d dataPlane) receive(ctx context.Context, req *http.Request, r *roll, op, name string, n int) ([]byte, error) {
	w := d.s.w
	cut, damaged := int64(-1), false
	if w.fails(r, op) {
		switch r.pick(3) {
		case 0:
			damaged = true
		default:
			cut = int64(r.pick(int(req.ContentLength) + 1))
		}
	}
	var data []byte
	piece := make([]byte, 1+r.pick(80))
	for {
		got, err := req.Body.Read(piece)
		data = append(data, piece[:got]...)
		if cut >= 0 && int64(len(data)) >= cut {
			w.trace.add("%s %s/%d: cut after %d bytes", op, name, n, len(data))
			return nil, errPipe
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			w.trace.add("%s %s/%d: the body ends: %s", op, name, n, err)
			return nil, err
		}
		if err := sleep(ctx, trickle(r)); err != nil {
			return nil, gone(ctx)
		}
	}
	if damaged && len(data) > 0 {
		w.trace.add("%s %s/%d: damaged on the way", op, name, n)
		data[r.pick(len(data))] ^= 1
	}
	return data, nil
}

// deliver hands the body to S3, which stores it whether or not somebody waits for the answer.
func (d dataPlane) deliver(ctx context.Context, sig *signature, r *roll, op string, data []byte) (*http.Response, error) {
	w, name := d.s.w, label(sig.key)
	think, twice, lost, kind := r.between(time.Millisecond, 100*time.Millisecond), false, false, -1
	if w.fails(r, op) {
		switch kind = r.pick(6); kind {
		case 0:
			think = r.between(time.Second, 4*time.Minute)
		case 1:
			twice = true
		case 2, 3:
			lost = true
		}
		w.trace.add("%s %s/%d: delivery %d, think %v", op, name, sig.part, kind, think)
	}
	if kind == 4 { // the bytes left this machine and never came there
		return nil, errReset
	}
	if kind == 5 {
		return hang(ctx)
	}
	w.bucket.arriving(sig, +1)
	resp, err := w.network.serve(func() *http.Response {
		time.Sleep(think)
		resp := w.bucket.put(sig, data)
		if twice {
			time.Sleep(think)
			w.bucket.put(sig, data)
		}
		w.bucket.arriving(sig, -1)
		w.trace.add("%s %s/%d: %d bytes: %d", op, name, sig.part, len(data), resp.StatusCode)
		return resp
	}).await(ctx)
	if lost && err == nil {
		return nil, errReset
	}
	return resp, err
}
