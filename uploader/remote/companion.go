package remote

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"longshore/signer/api"
	"longshore/uploader"
)

// Companion speaks to a stock Uppy Companion (its /s3 routes; read from its source, 6.2.2). It is no signer, and what
// it lacks cannot be made up for here:
//
//   - It takes no checksum and no size, so a receipt claims `size-only`: S3's list of parts, compared with the file's
//     before Complete, is all there is.
//   - It has no look at an object and no If-None-Match. When the answer of a Complete is lost, the list of parts tells
//     whether the upload is still open; once it is gone nobody can say whether it became an object, so the file is sent
//     again under another key (Companion makes a new one each time). The first may stay there, a second copy; both
//     carry their upload-ref in their metadata.
//   - A repeated create makes another upload, and the first stays open until the bucket's lifecycle rule clears it.
//   - It answers most failures of S3 with the same 500; see gone for what is made of that.
type Companion struct {
	s *Signer
	// again is the pause before a call whose answer was lost is repeated; tests shorten it.
	again time.Duration
	known atomic.Pointer[uploader.Capabilities] // the first answer: asking takes an upload each time
}

var _ uploader.Signer = (*Companion)(nil)

// NewCompanion checks the address and makes a client. It makes no network call. The error is that of New.
func NewCompanion(cfg Config) (*Companion, error) {
	s, err := New(cfg)
	if err != nil {
		return nil, err
	}
	return &Companion{s: s, again: time.Second}, nil
}

// CheckSignIn is nil: Companion's /s3 routes have no sign-in.
func (c *Companion) CheckSignIn(context.Context) error { return nil }

// checkName is the file name of uploads that are begun to learn something and aborted at once.
const checkName = "longshore-check"

// Capabilities recognises a Companion, and learns where it sends bytes from the first URL it signs: it begins an upload,
// signs a part and aborts. What answers but is no Companion that stores in S3 is CodeWrongAddress.
func (c *Companion) Capabilities(ctx context.Context) (uploader.Capabilities, error) {
	const op = "capabilities"
	if known := c.known.Load(); known != nil {
		return *known, nil
	}
	if err := c.recognise(ctx); err != nil {
		return uploader.Capabilities{}, err
	}
	made, err := c.begin(ctx, op, companionFile{Filename: checkName, Type: "application/octet-stream", Metadata: map[string]string{}})
	if err != nil {
		return uploader.Capabilities{}, err
	}
	signed, err := c.SignParts(ctx, made, []uploader.PartToSign{{PartNumber: 1}})
	if dropErr := c.drop(ctx, op, made); err == nil {
		err = dropErr
	}
	if err != nil {
		return uploader.Capabilities{}, err
	}
	origin, err := Origin(signed[1].URL)
	if err != nil {
		return uploader.Capabilities{}, badResponse(op, "the data origin "+err.Error())
	}
	caps := uploader.Capabilities{
		Kind: uploader.KindCompanion, Name: "Uppy Companion at " + hostIn(c.s.base), Checksum: uploader.ChecksumNone,
		MinPartSize: api.MinPartSize, MaxPartSize: api.MaxPartSize, MaxParts: api.MaxParts, URLLifetime: signed[1].Lifetime,
		DataOrigins: []string{origin}, SignIn: uploader.SignInNone,
		Names: uploader.NamesPath,
	}
	c.known.Store(&caps)
	return caps, nil
}

// hostIn is the host of a base as ParseBase returns it.
func hostIn(base string) string {
	_, rest, _ := strings.Cut(base, "://")
	host, _, _ := strings.Cut(rest, "/")
	return host
}

// recognise asks for the parts of no upload: a Companion that stores in S3 complains, in words of its own, of the key
// that is missing. It has no effect.
func (c *Companion) recognise(ctx context.Context) error {
	const op = "capabilities"
	var parts any
	_, err := c.s.do(ctx, call{op: op, method: http.MethodGet, path: "/s3/multipart/" + checkName, list: true}, &parts)
	switch {
	case err == nil:
		return uploader.E(op, uploader.CodeWrongAddress, errors.New("the parts of no upload are listed: no Companion"))
	case uploader.CodeOf(err) != uploader.CodeRefused:
		return err
	case strings.Contains(err.Error(), "s3: the object key must be passed"):
		return nil
	case strings.Contains(err.Error(), "does not support uploading to S3"):
		return badResponse(op, "this Companion does not store in S3")
	}
	return uploader.E(op, uploader.CodeWrongAddress, errors.New("neither a signer nor a Companion"))
}

// companionFile is the body of Companion's create.
type companionFile struct {
	Filename string            `json:"filename"`
	Type     string            `json:"type"`
	Metadata map[string]string `json:"metadata"`
}

// longestPath bounds the relative path in the metadata, of which S3 takes 2 KB and Companion writes up to twice as much.
const longestPath = 600

// Create implements uploader.Signer. Nothing is found again: with retry, too, it begins another upload.
func (c *Companion) Create(ctx context.Context, req uploader.CreateRequest, _ bool) (uploader.Created, error) {
	f := companionFile{Filename: req.FileName, Type: mimeType(req.ContentType), Metadata: map[string]string{
		"upload-ref": string(req.Attempt), "size": strconv.FormatInt(req.Size, 10),
	}}
	if req.Batch != "" {
		f.Metadata["batch-ref"] = string(req.Batch)
	}
	if req.RelPath != "" && len(req.RelPath) <= longestPath {
		f.Metadata["relativepath"] = req.RelPath
	}
	up, err := c.begin(ctx, "create", f)
	if err != nil {
		return uploader.Created{}, err
	}
	return uploader.Created{Upload: up, PartSize: req.PartSize, Checksum: uploader.ChecksumNone}, nil
}

func (c *Companion) begin(ctx context.Context, op string, f companionFile) (uploader.Upload, error) {
	var a struct{ Key, UploadID string }
	if err := c.s.post(ctx, op, "/s3/multipart", f, &a); err != nil {
		return uploader.Upload{}, err
	}
	if !validKey(a.Key) || a.UploadID == "" || len(a.UploadID) > maxCompanionID {
		return uploader.Upload{}, badResponse(op, "the key or the upload id is missing or too long")
	}
	return uploader.Upload{UploadID: a.UploadID, Key: a.Key}, nil
}

// maxCompanionID bounds S3's own upload ids, of which AWS names no limit.
const maxCompanionID = 2048

func companionPath(up uploader.Upload, rest string, more ...string) string {
	p := "/s3/multipart/" + url.PathEscape(up.UploadID) + rest + "?key=" + url.QueryEscape(up.Key)
	return p + strings.Join(more, "")
}

// SignParts implements uploader.Signer. Sizes and checksums are not bound: Companion has no way to.
func (c *Companion) SignParts(ctx context.Context, up uploader.Upload, parts []uploader.PartToSign) (uploader.SignedParts, error) {
	const op = "sign-parts"
	signed := make(uploader.SignedParts, len(parts))
	for chunk := range slices.Chunk(parts, api.MaxBatch) {
		numbers := make([]string, len(chunk))
		for i, p := range chunk {
			numbers[i] = strconv.Itoa(int(p.PartNumber))
		}
		var a struct {
			PresignedURLs map[string]string
			Expires       int // ours has it, a stock one does not
		}
		err := c.s.get(ctx, op, companionPath(up, "/batch", "&partNumbers=", strings.Join(numbers, ",")), &a)
		if uploader.CodeOf(err) == uploader.CodeWrongAddress {
			err = c.signEach(ctx, up, chunk, signed) // one from before there were batches
			if err != nil {
				return nil, err
			}
			continue
		}
		if err != nil {
			return nil, err
		}
		for i, p := range chunk {
			if signed[p.PartNumber], err = companionRequest(op, a.PresignedURLs[numbers[i]], a.Expires); err != nil {
				return nil, err
			}
		}
	}
	return signed, nil
}

func (c *Companion) signEach(ctx context.Context, up uploader.Upload, parts []uploader.PartToSign, signed uploader.SignedParts) error {
	const op = "sign-parts"
	for _, p := range parts {
		var a struct {
			URL     string
			Expires int
		}
		err := c.s.get(ctx, op, companionPath(up, "/"+strconv.Itoa(int(p.PartNumber))), &a)
		if err == nil {
			signed[p.PartNumber], err = companionRequest(op, a.URL, a.Expires)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// companionRequest takes a URL's lifetime from the answer, or else from the URL itself (AWS, "Authenticating requests:
// using query parameters").
func companionRequest(op, rawURL string, expires int) (uploader.SignedRequest, error) {
	if u, err := url.Parse(rawURL); err == nil && expires == 0 {
		expires, _ = strconv.Atoi(u.Query().Get("X-Amz-Expires")) // none: refused below
	}
	return signedRequest(op, rawURL, nil, expires)
}

// SignObjects is never called: the vault's connection says that every file goes in parts (Companion signs forms for
// single objects, not PUTs, and says nothing of what became of them).
func (c *Companion) SignObjects(context.Context, []uploader.CreateRequest) ([]uploader.SignedObject, error) {
	return nil, uploader.E("sign-objects", uploader.CodeInternal, errors.New("a Companion signs no single PUTs"))
}

// CompleteBatch is never called: the capabilities say that there are no manifests.
func (c *Companion) CompleteBatch(context.Context, uploader.BatchRequest) (uploader.BatchAnswer, error) {
	return uploader.BatchAnswer{}, uploader.E("complete-batch", uploader.CodeInternal, errors.New("a Companion writes no manifests"))
}

// StatObjects finds nothing: Companion has no look at an object. The engine then goes by the list of parts.
func (c *Companion) StatObjects(_ context.Context, keys []string) ([]uploader.ObjectStat, error) {
	return make([]uploader.ObjectStat, len(keys)), nil
}
