package companion

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"

	"longshore/signer/api"
)

// translation is the body of a call of ours, made from the body that Uppy sends.
// Nothing is read before the signer reads it, and that is after it has found out
// who calls, and whether they may now. Unknown fields are let be: other versions
// of Uppy send others.
type translation[Req any] struct {
	from  io.ReadCloser
	limit int64 // bytes
	make  func(Req) (any, error)

	ready   *bytes.Reader // nil before the first read
	refused api.Code      // why nothing could be made of it; empty if something was
	why     string
}

// errRefused ends the signer's reading; what it answers then is replaced.
var errRefused = errors.New("companion: the body cannot be put to the signer")

func (t *translation[Req]) Read(p []byte) (int, error) {
	if t.ready == nil {
		if err := t.translate(); err != nil {
			return 0, err
		}
	}
	return t.ready.Read(p)
}

func (t *translation[Req]) Close() error { return t.from.Close() }

func (t *translation[Req]) translate() error {
	data, err := io.ReadAll(io.LimitReader(t.from, t.limit+1))
	if err != nil {
		return err // the signer says that it did not come whole
	}
	if api.Commas(data) > api.MaxCompleteCommas {
		return t.refuse(api.CodeTooManyItems, "")
	}
	if int64(len(data)) > t.limit {
		return t.refuse(api.CodeBodyTooLarge, "")
	}
	var req Req
	if json.Unmarshal(data, &req) != nil {
		return t.refuse(api.CodeBadRequest, "The body is not the JSON that this call takes.")
	}
	call, err := t.make(req)
	if err != nil {
		return t.refuse(api.CodeBadMetadata, capital(err.Error())+".")
	}
	if data, err = json.Marshal(call); err != nil {
		panic(err) // strings and integers always marshal
	}
	t.ready = bytes.NewReader(data)
	return nil
}

func (t *translation[Req]) refuse(code api.Code, why string) error {
	t.refused, t.why = code, why
	return errRefused
}

// translate makes a call of the signer from the body of r, and reads a 200 into
// out. Errors of make are told to the caller as a sentence.
func translate[Req any](h handler, r *http.Request, path string, limit int64, make func(Req) (any, error), out any) (answer reply, ok bool) {
	t := &translation[Req]{from: r.Body, limit: limit, make: make}
	answer = h.askWith(r, http.MethodPost, path, t, -1)
	if t.refused != "" {
		return answer.instead(t.refused, t.why), false
	}
	return answer.into(out)
}
