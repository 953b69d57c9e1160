package signer

import (
	"context"
	"crypto/sha256"

	"github.com/oklog/ulid/v2"

	"longshore/signer/api"
)

// completeBatch stores the manifest of a batch, or one page of it. Every object
// it lists has been looked at by a signer of this vault: it is the caller's,
// of this batch, whole and encrypted.
func (s *Signer) completeBatch(ctx context.Context, c *call, req *api.CompleteBatchRequest) (any, error) {
	batch, ok := parseRef(req.BatchRef)
	if !ok {
		return nil, fail(api.CodeBadRef, "")
	}
	mode, err := s.mode()
	if err != nil {
		return nil, err
	}
	c.ref = req.BatchRef
	key, err := s.manifests.key(c.principal, batch)
	if err != nil {
		return nil, err
	}
	m := manifest{principal: c.principal, batch: batch, key: key, mode: mode, policy: c.policy, rules: c.rules}
	switch {
	case (len(req.Objects) == 0) == (len(req.Pages) == 0), len(req.Pages) > 0 && req.Page:
		return nil, fail(api.CodeBadRequest, "Send either objects or the tokens of all pages, and at least one.")
	case len(req.Objects) > api.MaxManifestPage, len(req.Pages) > api.MaxManifestPages:
		return nil, fail(api.CodeTooManyItems, "A page holds at most 500 objects, and a manifest 1,000 pages.")
	case len(req.Pages) > 0:
		c.items = len(req.Pages)
		if m.pages, err = s.openPages(m, req.Pages); err != nil {
			return nil, err
		}
		return s.storeManifest(ctx, m)
	}
	c.items = len(req.Objects)
	page, err := s.confirmPage(ctx, m, req.Objects)
	if err != nil {
		return nil, err
	}
	if !req.Page {
		m.pages, m.lines = []pageToken{page.pageToken}, page.lines
		return s.storeManifest(ctx, m)
	}
	if err := s.storePage(ctx, m, page); err != nil {
		return nil, err
	}
	return api.CompleteBatchResponse{Page: s.seals.sealPage(page.pageToken)}, nil
}

// openPages reads the tokens: all of this caller and batch, and in an order in
// which no object can come twice.
func (s *Signer) openPages(m manifest, tokens []string) ([]pageToken, error) {
	pages := make([]pageToken, len(tokens))
	var last ulid.ULID
	for i, text := range tokens {
		p, ok := s.seals.openPage(text)
		if !ok || p.principal != m.principal || p.batch != m.batch {
			return nil, fail(api.CodeForbiddenKey, "A page's token was not given to you for this batch; send the page again.")
		}
		if i > 0 && p.first.Compare(last) <= 0 {
			return nil, fail(api.CodeBadRequest, "The pages must come in order, each once.")
		}
		pages[i], last = p, p.last
	}
	return pages, nil
}

// confirmedPage is a page of which every object has been looked at.
type confirmedPage struct {
	pageToken
	lines []byte
}

// confirmPage looks at every object of a page. One that is not as it is said to
// be fails the page: a manifest lists what is there or does not exist.
func (s *Signer) confirmPage(ctx context.Context, m manifest, objects []api.BatchObject) (confirmedPage, error) {
	refs := make([]keyParts, len(objects))
	for i, o := range objects {
		parts, ok := m.ownKey(o.ObjectKey)
		switch {
		case !ok:
			return confirmedPage{}, failItem(api.CodeForbiddenKey, i, "its key does not belong to you")
		case i > 0 && parts.ref.Compare(refs[i-1].ref) <= 0:
			return confirmedPage{}, fail(api.CodeBadRequest, "The objects must come by rising uploadRef, each once.")
		case o.Size < 0:
			return confirmedPage{}, fail(api.CodeBadRequest, "size must not be negative.")
		}
		refs[i] = parts
	}
	listed := make([]api.ManifestObject, len(objects))
	if err := s.lookAtAll(len(objects), func(i int) (err error) {
		if ctx.Err() != nil { // the caller is gone
			return ctx.Err()
		}
		listed[i], err = s.confirm(ctx, m, objects[i], refs[i], i)
		return err
	}); err != nil {
		return confirmedPage{}, err
	}
	page := confirmedPage{lines: manifestLines(listed), pageToken: pageToken{
		principal: m.principal, batch: m.batch, count: len(objects), first: refs[0].ref, last: refs[len(refs)-1].ref,
	}}
	for _, o := range listed {
		page.bytes += o.Size
	}
	page.size, page.hash = int64(len(page.lines)), sha256.Sum256(page.lines)
	return page, nil
}

// ownKey reads a key that a template, present or old, made for the caller.
func (m manifest) ownKey(key string) (keyParts, bool) {
	for _, t := range m.policy.templates {
		if parts, ok := t.parse(key); ok && parts.principal == m.principal {
			return parts, true
		}
	}
	return keyParts{}, false
}

// confirm looks at one object and gives its line.
func (s *Signer) confirm(ctx context.Context, m manifest, o api.BatchObject, parts keyParts, at int) (api.ManifestObject, error) {
	name, err := s.nameInManifest(parts, o.RelativePath)
	if err != nil {
		return api.ManifestObject{}, err
	}
	obj, err := s.look(ctx, o.ObjectKey)
	if isFailure(err, FailNotFound) {
		return api.ManifestObject{}, failItem(api.CodeNotConfirmed, at, "it is not stored")
	}
	if err != nil {
		return api.ManifestObject{}, err
	}
	seen := s.object(obj, obj.Metadata[api.MetaMode])
	switch {
	case obj.Metadata[api.MetaUploadRef] != parts.ref.String(), obj.Metadata[api.MetaBatchRef] != m.batch.String():
		return api.ManifestObject{}, failItem(api.CodeNotConfirmed, at, "it belongs to another batch")
	case obj.Size != o.Size:
		return api.ManifestObject{}, failItem(api.CodeNotConfirmed, at, "it has another size")
	case o.Checksum != "" && o.Checksum != seen.Checksum:
		return api.ManifestObject{}, failItem(api.CodeNotConfirmed, at, "it has another checksum")
	case !fitsOne(obj, m.policy.kmsKeys):
		return api.ManifestObject{}, fail(api.CodeEncryptionMismatch, "")
	}
	return api.ManifestObject{
		Key: o.ObjectKey, Path: name, Size: obj.Size, Checksum: seen.Checksum, Verified: seen.Verified,
		ETag: obj.ETag, VersionID: obj.VersionID,
	}, nil
}

// nameInManifest is what a manifest says of a file's name: what the key says,
// and beyond that only what the vault is configured to.
func (s *Signer) nameInManifest(parts keyParts, told string) (string, error) {
	if parts.path != "" || told == "" || !s.cfg.ManifestNames {
		return parts.path, nil
	}
	return cleanPath(told)
}
