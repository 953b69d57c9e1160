package remote

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"
	"time"

	"longshore/internal/redact"
	"longshore/signer/api"
	"longshore/uploader"
)

// call is one request to the signer.
type call struct {
	op     string // of the errors
	method string
	path   string
	body   any // nil for GET
	async  bool
	open   bool    // needs no sign-in: no token is sent
	list   bool    // is answered by a JSON array
	id     *string // takes the id under which the signer's log has the call
}

// post makes a call and reads the answer of a 200 into out.
func (s *Signer) post(ctx context.Context, op, path string, body, out any) error {
	_, err := s.do(ctx, call{op: op, method: http.MethodPost, path: path, body: body}, out)
	return err
}

// get asks and reads the answer of a 200 into out.
func (s *Signer) get(ctx context.Context, op, path string, out any) error {
	_, err := s.do(ctx, call{op: op, method: http.MethodGet, path: path}, out)
	return err
}

// postItems is post for a batch, whose items can fail each by itself: id is what an administrator finds the call by.
func (s *Signer) postItems(ctx context.Context, op, path string, body, out any) (id string, err error) {
	_, err = s.do(ctx, call{op: op, method: http.MethodPost, path: path, body: body, id: &id}, out)
	return id, err
}

// tokensMost is how many tokens one call is made with. Where a token lives seconds, the next may end on its way, too.
const tokensMost = 3

// do makes one call. The status it returns is 200, or 202 with out untouched. A token that was refused may just have
// ended on its way: if there is another by now, the call is made with that.
func (s *Signer) do(ctx context.Context, c call, out any) (status int, err error) {
	token, err := s.tokenFor(ctx, c, "")
	if err != nil {
		return 0, err
	}
	for tries := 1; ; tries++ {
		status, err = s.once(ctx, c, token, out)
		if token == "" || tries == tokensMost || uploader.CodeOf(err) != uploader.CodeUnauthorized {
			return status, err
		}
		fresh, none := s.tokenFor(ctx, c, token)
		switch {
		case none != nil:
			return 0, none
		case fresh == token:
			return 0, err
		}
		token = fresh
	}
}

func (s *Signer) tokenFor(ctx context.Context, c call, refused string) (string, error) {
	if c.open {
		return "", nil
	}
	token, err := s.token(ctx, refused)
	if err != nil {
		return "", tokenError(ctx, c.op, err)
	}
	return token, nil
}

// once makes one request.
func (s *Signer) once(ctx context.Context, c call, token string, out any) (status int, err error) {
	data, err := c.encode()
	if err != nil {
		return 0, uploader.E(c.op, uploader.CodeInternal, redact.Err(err))
	}
	ctx, cancel := context.WithTimeoutCause(ctx, callTimeout+time.Duration(len(data))*perByte, errTooSlow)
	defer cancel()
	req, err := s.request(ctx, c, data, token)
	if err != nil {
		return 0, uploader.E(c.op, uploader.CodeInternal, redact.Err(err))
	}
	res, err := s.http.Do(req)
	if err != nil {
		return 0, transportError(ctx, c.op, err)
	}
	defer res.Body.Close()
	if c.id != nil {
		*c.id = res.Header.Get(api.HeaderRequestID)
	}
	if accepted := c.async && res.StatusCode == http.StatusAccepted; res.StatusCode != http.StatusOK && !accepted {
		return 0, statusError(ctx, c.op, res, token)
	}
	data, err = readAnswer(res)
	if err != nil {
		return 0, transportError(ctx, c.op, err)
	}
	if len(data) > maxAnswer {
		return 0, badResponse(c.op, "the answer is larger than 8 MiB")
	}
	if res.StatusCode == http.StatusAccepted {
		return res.StatusCode, completing(c, res, data)
	}
	return res.StatusCode, decode(c, res, data, out)
}

// readAnswer reads no more than one byte over the limit.
func readAnswer(res *http.Response) ([]byte, error) {
	var b bytes.Buffer
	const believed = 1 << 20 // signed URLs are a sixth of it
	if n := res.ContentLength; 0 < n && n <= believed {
		b.Grow(int(n) + bytes.MinRead) // what ReadFrom wants to see free at the end
	}
	_, err := b.ReadFrom(io.LimitReader(res.Body, maxAnswer+1))
	return b.Bytes(), err
}

// encode makes the request's body, nil for none.
func (c call) encode() ([]byte, error) {
	if c.body == nil {
		return nil, nil
	}
	return json.Marshal(c.body)
}

func (s *Signer) request(ctx context.Context, c call, data []byte, token string) (*http.Request, error) {
	var body io.Reader
	if data != nil {
		body = bytes.NewReader(data)
	}
	req, err := http.NewRequestWithContext(ctx, c.method, s.base+c.path, body)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", s.agent)
	if c.body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if c.async {
		req.Header.Set(api.HeaderPrefer, api.PreferAsync)
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	return req, nil
}

// decode reads a 200. What is no JSON object comes from something that is no signer (a network's start page, another
// program); JSON of the wrong shape breaks the protocol. Unknown fields are a newer signer's.
func decode(c call, res *http.Response, data []byte, out any) error {
	op, first := c.op, byte('{')
	if c.list {
		first = '['
	}
	if !isJSON(res) || !starts(data, first) {
		return uploader.E(op, uploader.CodeWrongAddress, errors.New("the answer is not JSON"))
	}
	if err := json.Unmarshal(data, out); err != nil { // also of what goes on behind its JSON; a Decoder would copy it all
		return badResponse(op, "the answer's JSON does not fit the protocol")
	}
	return nil
}

// completing checks a 202 of complete-upload.
func completing(from call, res *http.Response, data []byte) error {
	var c api.CompletingResponse
	if err := decode(from, res, data, &c); err != nil {
		return err
	}
	if c.State != api.StateCompleting {
		return badResponse(from.op, "a 202 without the state \"completing\"")
	}
	return nil
}

func isJSON(res *http.Response) bool {
	kind, _, err := mime.ParseMediaType(res.Header.Get("Content-Type"))
	return err == nil && (kind == "application/json" || strings.HasSuffix(kind, "+json"))
}

func starts(data []byte, first byte) bool {
	data = bytes.TrimLeft(data, " \t\r\n")
	return len(data) > 0 && data[0] == first
}

// pause waits for d or the context's end.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
