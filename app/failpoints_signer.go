//go:build failpoints && unix

package app

import (
	"context"

	"longshore/uploader"
)

// failingSigner has points around every call that the engine makes.
type failingSigner struct {
	uploader.Signer
	trigger *trigger
}

// Create implements uploader.Signer.
func (f failingSigner) Create(ctx context.Context, req uploader.CreateRequest, retry bool) (made uploader.Created, err error) {
	err = f.trigger.around(ctx, "Create", func(ctx context.Context) error {
		made, err = f.Signer.Create(ctx, req, retry)
		return err
	})
	return made, err
}

// SignParts implements uploader.Signer.
func (f failingSigner) SignParts(ctx context.Context, up uploader.Upload, parts []uploader.PartToSign) (signed uploader.SignedParts, err error) {
	err = f.trigger.around(ctx, "SignParts", func(ctx context.Context) error {
		signed, err = f.Signer.SignParts(ctx, up, parts)
		return err
	})
	return signed, err
}

// SignObjects implements uploader.Signer.
func (f failingSigner) SignObjects(ctx context.Context, objects []uploader.CreateRequest) (signed []uploader.SignedObject, err error) {
	err = f.trigger.around(ctx, "SignObjects", func(ctx context.Context) error {
		signed, err = f.Signer.SignObjects(ctx, objects)
		return err
	})
	return signed, err
}

// ListParts implements uploader.Signer.
func (f failingSigner) ListParts(ctx context.Context, up uploader.Upload) (parts []uploader.Part, err error) {
	err = f.trigger.around(ctx, "ListParts", func(ctx context.Context) error {
		parts, err = f.Signer.ListParts(ctx, up)
		return err
	})
	return parts, err
}

// Complete implements uploader.Signer.
func (f failingSigner) Complete(ctx context.Context, req uploader.CompleteRequest) (object uploader.Object, err error) {
	err = f.trigger.around(ctx, "Complete", func(ctx context.Context) error {
		object, err = f.Signer.Complete(ctx, req)
		return err
	})
	return object, err
}

// StatObjects implements uploader.Signer.
func (f failingSigner) StatObjects(ctx context.Context, keys []string) (stats []uploader.ObjectStat, err error) {
	err = f.trigger.around(ctx, "StatObjects", func(ctx context.Context) error {
		stats, err = f.Signer.StatObjects(ctx, keys)
		return err
	})
	return stats, err
}

// CompleteBatch implements uploader.Signer.
func (f failingSigner) CompleteBatch(ctx context.Context, req uploader.BatchRequest) (answer uploader.BatchAnswer, err error) {
	err = f.trigger.around(ctx, "CompleteBatch", func(ctx context.Context) error {
		answer, err = f.Signer.CompleteBatch(ctx, req)
		return err
	})
	return answer, err
}

// Abort implements uploader.Signer.
func (f failingSigner) Abort(ctx context.Context, up uploader.Upload) error {
	return f.trigger.around(ctx, "Abort", func(ctx context.Context) error { return f.Signer.Abort(ctx, up) })
}
