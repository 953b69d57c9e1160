package signer

import (
	"context"
	"time"

	"longshore/signer/api"
)

// FormStorage is a Storage that also signs forms: what Config.AllowForms needs.
type FormStorage interface {
	// PresignPost signs a form that sends one whole object of at most in.Most
	// bytes. It makes no network call beyond refreshing credentials.
	PresignPost(ctx context.Context, in PostInput) (SignedForm, error)
}

// PostInput is one object to be sent as a form.
type PostInput struct {
	CreateInput       // its CRC64NVME bool is not used
	Most        int64 // bytes of the largest body the form takes
	Lifetime    time.Duration
}

// SignedForm is a form that anybody may send until it expires.
type SignedForm struct {
	URL    string
	Fields map[string]string // all to be sent, before the file
	// ExpiresIn is the lifetime asked for, or the time to the end of the
	// signing credentials if that is sooner.
	ExpiresIn time.Duration
}

// form signs a form for one small file of a web page (Companion's /s3/params).
// Nobody says how large the file is, nor hears whether it came: the form itself
// holds the limit, and the rules must allow files of undeclared size.
func (s *Signer) form(ctx context.Context, c *call, req *api.FormRequest) (any, error) {
	if err := c.mayBegin(); err != nil {
		return nil, err
	}
	forms, ok := s.cfg.Storage.(FormStorage)
	if !ok || !s.cfg.AllowForms {
		return nil, fail(api.CodeSizeRequired, "This signer signs no forms; use put-urls, or a multipart upload.")
	}
	if !c.rules.simpleClients {
		return nil, fail(api.CodeSizeRequired, "")
	}
	if _, err := s.mode(); err != nil {
		return nil, err
	}
	ref := newRef().String()
	f, err := s.checkFile(c, fileFields{
		fileName: req.FileName, relativePath: req.RelativePath, mimeType: req.MimeType, uploadRef: ref, metadata: req.Metadata,
	})
	if err != nil {
		return nil, err
	}
	c.ref, c.key = ref, f.key
	f.meta.plan, f.meta.mode = plan{size: unknownSize}, api.ChecksumNone
	signed, err := forms.PresignPost(ctx, PostInput{
		CreateInput: c.rules.createInput(f), Most: min(c.rules.maxObjectSize, api.MaxPartSize), Lifetime: s.cfg.URLLifetime,
	})
	if err != nil {
		return nil, err
	}
	s.metrics.formSigned.Inc()
	seconds, at := expiry(signed.ExpiresIn)
	return api.FormResponse{ObjectKey: f.key, URL: signed.URL, Fields: signed.Fields, ExpiresIn: seconds, ExpiresAt: at}, nil
}

func signsForms(st Storage) bool {
	_, ok := st.(FormStorage)
	return ok
}
