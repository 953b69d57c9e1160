package signer

import (
	"context"
	"time"

	"longshore/signer/api"
)

// How settle paces itself. All of it ends well before maxFlight.
const (
	settleTries = 5
	settlePause = 2 * time.Second
)

// settle finds out what became of a Complete whose outcome is unknown, as
// DESIGN §4 "The end game" says: our object is there → done; another →
// key_taken; none while the parts are still listed → Complete again, if the
// parts were checked against the plan; none and no upload, twice with a pause →
// no_such_upload. A look that fails proves nothing, and ends as unknown_outcome
// for the client to ask again.
func (s *Signer) settle(ctx context.Context, cl claims, in CompleteInput, checked bool) (StoredObject, error) {
	gone, wait := 0, false
	var last error
	for range settleTries {
		if wait && !pause(ctx, settlePause) {
			last = ctx.Err()
			break
		}
		wait = true
		obj, err := s.storage.Stat(ctx, cl.key)
		if err == nil {
			return obj, checkOurs(obj, cl, in)
		}
		if last = err; !isFailure(err, FailNotFound) {
			continue
		}
		_, err = s.storage.ListParts(ctx, in.UploadKey)
		if isFailure(err, FailNoSuchUpload) {
			if gone++; gone == 2 {
				return StoredObject{}, fail(api.CodeNoSuchUpload, "")
			}
			continue
		}
		gone = 0
		if last = err; err != nil || !checked {
			continue
		}
		_, last = s.storage.CompleteUpload(ctx, in)
		if last != nil && !unsettled(last) {
			return StoredObject{}, completeError(last)
		}
		wait = last != nil
	}
	return StoredObject{}, failBecause(api.CodeUnknownOutcome, last)
}

// checkOurs tells whether the object at our key is the one this upload makes.
func checkOurs(obj StoredObject, cl claims, in CompleteInput) error {
	if obj.Metadata[api.MetaUploadRef] != cl.ref.String() ||
		in.Size >= 0 && obj.Size != in.Size ||
		in.CRC64NVME != "" && obj.CRC64NVME != "" && obj.CRC64NVME != in.CRC64NVME {
		return fail(api.CodeKeyTaken, "")
	}
	return nil
}
