package remote

import (
	"context"
	"mime"
	"path"
	"strings"
	"sync"
	"time"

	"longshore/uploader"
)

// Discreet is a signer that is told no more of a file's name than its vault stores: what the vault says of that is
// asked, as the caller that is signed in, before the first name would leave the machine. While the vault cannot be
// asked, calls that carry names fail as the question did.
type Discreet struct {
	*Signer
	turn   chan struct{} // holds one: who asks, and who reads or writes what follows
	asked  time.Time     // when it was answered last; zero if never
	stores uploader.Names
	lists  bool      // manifests hold names that keys do not
	failed time.Time // when the question last came to nothing
	why    error
}

// namesFor is how long an answer holds: a policy that no longer wants names is heeded after so long.
const namesFor = 10 * time.Minute

var _ uploader.Signer = (*Discreet)(nil)

// NewDiscreet makes a discreet signer of cfg. It makes no network call; its error is New's.
func NewDiscreet(cfg Config) (*Discreet, error) {
	s, err := New(cfg)
	if err != nil {
		return nil, err
	}
	return &Discreet{Signer: s, turn: make(chan struct{}, 1)}, nil
}

// names is how much of a name keys and manifests hold.
func (d *Discreet) names(ctx context.Context) (stores uploader.Names, lists bool, err error) {
	came := time.Now()
	select {
	case d.turn <- struct{}{}:
		defer func() { <-d.turn }()
	case <-ctx.Done():
		return "", false, transportError(ctx, "capabilities", ctx.Err())
	}
	if d.asked.IsZero() || time.Since(d.asked) > namesFor {
		if d.failed.After(came) { // asked while this call waited: one after the other would wait for a silent vault for many minutes
			return "", false, d.why
		}
		caps, err := d.capabilities(ctx, false)
		if err != nil {
			if ctx.Err() == nil { // else it was this caller who gave up
				d.failed, d.why = time.Now(), err
			}
			return "", false, err
		}
		d.asked, d.stores, d.lists = time.Now(), caps.Names, caps.ManifestNames
	}
	return d.stores, d.lists, nil
}

// CheckSignIn is Signer's. What the vault stores of names is asked at the same time, so that the first file need not
// wait for it.
func (d *Discreet) CheckSignIn(ctx context.Context) error {
	var asking sync.WaitGroup
	asking.Go(func() { _, _, _ = d.names(ctx) }) // without an answer it is asked again when a name is to be sent
	err := d.Signer.CheckSignIn(ctx)
	asking.Wait()
	if err != nil { // then that was the answer to a stranger
		d.turn <- struct{}{}
		d.asked = time.Time{}
		<-d.turn
	}
	return err
}

// Create implements uploader.Signer.
func (d *Discreet) Create(ctx context.Context, req uploader.CreateRequest, retry bool) (uploader.Created, error) {
	stores, _, err := d.names(ctx)
	if err != nil {
		return uploader.Created{}, err
	}
	return d.Signer.Create(ctx, told(req, stores), retry)
}

// SignObjects implements uploader.Signer.
func (d *Discreet) SignObjects(ctx context.Context, objects []uploader.CreateRequest) ([]uploader.SignedObject, error) {
	stores, _, err := d.names(ctx)
	if err != nil {
		return nil, err
	}
	said := make([]uploader.CreateRequest, len(objects))
	for i, o := range objects {
		said[i] = told(o, stores)
	}
	return d.Signer.SignObjects(ctx, said)
}

// CompleteBatch implements uploader.Signer. A manifest takes names from keys; where these hold none they are sent only
// if the vault wants them in the manifest.
func (d *Discreet) CompleteBatch(ctx context.Context, req uploader.BatchRequest) (uploader.BatchAnswer, error) {
	stores, lists, err := d.names(ctx)
	if err != nil {
		return uploader.BatchAnswer{}, err
	}
	if stores != uploader.NamesPath && !lists {
		nameless := make([]uploader.BatchObject, len(req.Objects))
		for i, o := range req.Objects {
			o.RelPath = ""
			nameless[i] = o
		}
		req.Objects = nameless
	}
	return d.Signer.CompleteBatch(ctx, req)
}

// neutral stands for the name of a file where the vault stores none.
const neutral = "file"

// told is what of a request a vault is told that stores so much of names.
func told(req uploader.CreateRequest, stores uploader.Names) uploader.CreateRequest {
	switch stores {
	case uploader.NamesPath:
		return req
	case uploader.NamesExtension:
		req.FileName = neutral + extension(req.FileName)
	default:
		req.FileName = neutral
	}
	req.RelPath = ""
	return req
}

// extension is a name's extension, in lower case and with its dot, if it is surely one: in "Smith.Johanna" and in a UID
// what follows the last dot is not. "" if there is none.
func extension(name string) string {
	ext := strings.ToLower(path.Ext(name))
	if len(ext) < 2 || ext == strings.ToLower(name) || strings.Trim(ext[1:], "abcdefghijklmnopqrstuvwxyz0123456789") != "" {
		return ""
	}
	if len(ext) > 5 && mime.TypeByExtension(ext) == "" || strings.Trim(ext[1:], "0123456789") == "" {
		return ""
	}
	return ext
}
