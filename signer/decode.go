package signer

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"

	"longshore/signer/api"
)

// checkContentType wants application/json, in UTF-8 if it says a charset.
func checkContentType(r *http.Request) error {
	kind, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "application/json" {
		return fail(api.CodeBadContentType, "")
	}
	if cs, ok := params["charset"]; ok && !strings.EqualFold(cs, "utf-8") {
		return fail(api.CodeBadContentType, "")
	}
	return nil
}

// gather reads the whole body, so that a call that waits for its place holds the
// bytes alone; decoded they are several times as large. It takes no caller's word
// for how long the body is.
func gather(w http.ResponseWriter, r *http.Request, limit int64, into *bytes.Buffer) error {
	into.Grow(int(min(max(r.ContentLength, 0)+bytes.MinRead, 32<<10)))
	if _, err := into.ReadFrom(http.MaxBytesReader(w, r.Body, limit)); err != nil {
		return readError(err)
	}
	return nil
}

// readError says why a body did not come.
func readError(err error) error {
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return fail(api.CodeBodyTooLarge, "")
	}
	if ce, ok := errors.AsType[*callError](err); ok {
		return ce
	}
	return fail(api.CodeBadRequest, "The body did not come whole, or not in time.")
}

// decode reads one JSON object of known fields into v, and nothing after it. It
// is not even begun for more elements than any call may have.
func decode(text []byte, limit int64, v any) error {
	most := api.MaxCommas
	if limit == api.MaxCompleteBody {
		most = api.MaxCompleteCommas
	}
	if api.Commas(text) > most {
		return fail(api.CodeTooManyItems, "")
	}
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(v); err != nil {
		return decodeError(err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		if err == nil {
			return fail(api.CodeBadRequest, "The body must be one JSON object and nothing more.")
		}
		return decodeError(err)
	}
	return nil
}

// decodeError says what is wrong with a body. It names fields of the protocol
// at most, never what the caller sent.
func decodeError(err error) error {
	if te, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		if te.Field == "" {
			return fail(api.CodeBadRequest, "The body must be a JSON object.")
		}
		return fail(api.CodeBadRequest, "A field has the wrong type: "+te.Field+".")
	}
	if strings.HasPrefix(err.Error(), "json: unknown field") {
		return fail(api.CodeBadRequest, "The body has a field that this call does not know.")
	}
	return fail(api.CodeBadRequest, "The body is not valid JSON for this call.")
}
