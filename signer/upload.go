package signer

import (
	"longshore/signer/api"
)

// file is what init-upload and put-urls say of a file, checked.
type file struct {
	parts keyParts
	key   string
	meta  objectMeta
	mime  string
}

// fileFields are the fields that both calls share.
type fileFields struct {
	fileName, relativePath, mimeType string
	uploadRef, batchRef              string
	metadata                         map[string]string
}

// checkFile checks names, refs, type and metadata, and makes the key, all as
// the caller's rules say.
func (s *Signer) checkFile(c *call, f fileFields) (file, error) {
	out := file{mime: f.mimeType, parts: keyParts{principal: c.principal, batch: f.batchRef}}
	var err error
	if out.parts.name, err = cleanName(f.fileName); err != nil {
		return file{}, err
	}
	out.parts.path = out.parts.name
	if f.relativePath != "" {
		if out.parts.path, err = cleanPath(f.relativePath); err != nil {
			return file{}, err
		}
	}
	for _, err := range []error{
		checkMimeType(f.mimeType), c.rules.checkType(f.mimeType), checkMetadata(f.metadata), c.rules.checkRequired(f.metadata),
	} {
		if err != nil {
			return file{}, err
		}
	}
	if _, ok := parseRef(f.batchRef); !ok && f.batchRef != "" {
		return file{}, fail(api.CodeBadRef, "")
	}
	var ok bool
	if out.parts.ref, ok = parseRef(f.uploadRef); !ok {
		return file{}, fail(api.CodeBadRef, "")
	}
	if out.key, err = c.rules.template.render(out.parts); err != nil {
		return file{}, err
	}
	if s.manifests.reserves(out.key) {
		return file{}, fail(api.CodeBadName, "This path is kept for manifests; rename the file and try again.")
	}
	out.meta = objectMeta{ref: f.uploadRef, batch: f.batchRef, client: f.metadata}
	return out, nil
}

// createInput is what the storage is told of a file, as the rules say.
func (r *rules) createInput(f file) CreateInput {
	return CreateInput{
		Key: f.key, ContentType: f.mime, Metadata: f.meta.entries(),
		KMSKeyID: r.kmsKeyID, BucketKey: r.bucketKey, StorageClass: r.storageClass, Tagging: r.tagging,
	}
}

// ownClaims opens a sealed uploadId that belongs to the caller and the key.
func (s *Signer) ownClaims(c *call, uploadID, key string) (claims, error) {
	if uploadID == "" || key == "" {
		return claims{}, fail(api.CodeBadRequest, "uploadId and objectKey are required.")
	}
	cl, ok := s.seals.open(uploadID, key)
	if !ok || cl.principal != c.principal {
		return claims{}, fail(api.CodeBadUploadID, "")
	}
	c.ref, c.key, c.size = cl.ref.String(), cl.key, cl.plan.size
	return cl, nil
}

func (c claims) storageKey() UploadKey { return UploadKey{Key: c.key, UploadID: c.uploadID} }
