package companion

import (
	"encoding/json"
	"errors"
	"mime"
	"net/http"
	"strconv"
	"strings"

	"longshore/signer/api"
)

// createRequest is what Uppy says of a file. Metadata are all the fields that
// the page has given the file, unless it names those to send.
type createRequest struct {
	Filename string                     `json:"filename"`
	Type     string                     `json:"type"`
	Metadata map[string]json.RawMessage `json:"metadata"`
}

// maxCreateBody bounds what a page may say of a file, in bytes: S3 keeps 2 KB.
const maxCreateBody = 64 << 10

// createAnswer lacks Companion's bucket: browsers have no use for it.
type createAnswer struct {
	Key      string `json:"key"`
	UploadID string `json:"uploadId"`
}

// create begins an upload. Uppy does not say how large the file is, so the
// signer must allow simple clients, and adds the parts up before it completes.
func (h handler) create(r *http.Request) reply {
	var up api.InitResponse
	answer, ok := translate(h, r, api.PathInitUpload, maxCreateBody, func(req createRequest) (any, error) {
		values, err := texts(req.Metadata)
		if err != nil {
			return nil, err
		}
		f, err := describe(req.Filename, req.Type, values)
		return api.InitRequest{FileName: f.name, MimeType: f.mimeType, RelativePath: f.path, Metadata: f.metadata}, err
	}, &up)
	if !ok {
		return answer
	}
	return answer.with(http.StatusOK, createAnswer{Key: up.ObjectKey, UploadID: up.UploadID})
}

// described is a file in the signer's words.
type described struct {
	name, path, mimeType string
	metadata             map[string]string
}

// describe takes Uppy's own fields (name, type, relativePath) out of the
// metadata and gives the page's the form that S3 keeps: names in lower case
// with - for _ and space, and values that are not plain ASCII as RFC 2047
// words, as Companion writes them.
func describe(name, mimeType string, values map[string]string) (described, error) {
	d := described{name: name, mimeType: mimeType, metadata: map[string]string{}}
	if d.mimeType == "" {
		d.mimeType = "application/octet-stream"
	}
	for field, v := range values {
		switch field {
		case "name", "type":
			continue
		case "relativePath":
			d.path = strings.TrimPrefix(v, "/")
			continue
		}
		key := strings.NewReplacer("_", "-", " ", "-").Replace(strings.ToLower(field))
		if _, twice := d.metadata[key]; twice {
			return d, errors.New("two metadata fields of the file have one name in lower case; name the fields to send in allowedMetaFields")
		}
		if !plain(v) {
			v = mime.BEncoding.Encode("UTF-8", v)
		}
		d.metadata[key] = v
	}
	return d, nil
}

// plain tells what a header carries unchanged: printable ASCII without spaces
// at its ends or in a row. mime.BEncoding leaves such text as it is, but also
// text that S3 would trim.
func plain(v string) bool {
	for i := range len(v) {
		if v[i] < ' ' || v[i] > '~' {
			return false
		}
	}
	return strings.TrimSpace(v) == v && !strings.Contains(v, "  ")
}

// texts are metadata as text: JSON's text, numbers and truth values are, null
// is nothing, and the rest is refused.
func texts(raw map[string]json.RawMessage) (map[string]string, error) {
	out := make(map[string]string, len(raw))
	for name, value := range raw {
		var v any
		if err := json.Unmarshal(value, &v); err != nil {
			return nil, err
		}
		switch v := v.(type) {
		case nil:
		case string:
			out[name] = v
		case bool:
			out[name] = strconv.FormatBool(v)
		case float64:
			out[name] = string(value)
		default:
			return nil, errors.New("a metadata field of the file is a list or an object; name the fields to send in allowedMetaFields")
		}
	}
	return out, nil
}

func capital(s string) string { return strings.ToUpper(s[:1]) + s[1:] }
