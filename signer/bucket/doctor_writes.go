package bucket

import (
	"context"

	"longshore/signer"
)

// conditionalKey is always the same, so that at most one object stays behind
// where it may not be deleted.
const conditionalKey = "if-none-match"

// conditionalWrites writes an empty object twice with If-None-Match: * and
// completes an upload on the same key. The second write and the Complete must
// both be refused.
func (x *exam) conditionalWrites(ctx context.Context) []Check {
	const name = "no overwriting"
	if x.NoObjectProbe {
		return []Check{{name, Warning, "was not looked at, as --no-object-probe says", "run without it once"}}
	}
	key, h := x.Want.ProbePrefix+conditionalKey, x.Want.Header()
	version, err := x.Vault.PutProbe(ctx, key, h, true)
	wrote := err == nil
	if err != nil && !isFailure(err, signer.FailPrecondition) {
		return failed(name, Warning, "an object with If-None-Match cannot be written", err, "PutObject")
	}
	again, putErr := x.Vault.PutProbe(ctx, key, h, true)
	completeErr := x.completeOnto(ctx, key, h)
	out := []Check{
		conditionalCheck("no overwriting by PUT", putErr, "PutObject"),
		conditionalCheck("no overwriting by Complete", completeErr, "CompleteMultipartUpload"),
	}
	if putErr == nil && again != "" {
		x.remove(ctx, key, again)
	}
	if wrote && !x.remove(ctx, key, version) {
		out[0].Text += "; the probe's empty object stays at " + key + ", as these credentials may not delete"
	}
	return out
}

// refused tells the answers of a server that honours If-None-Match.
func refusedCondition(err error) bool {
	return isFailure(err, signer.FailPrecondition) || isFailure(err, signer.FailConflict)
}

func conditionalCheck(name string, err error, op string) Check {
	switch {
	case refusedCondition(err):
		return Check{name, OK, "If-None-Match keeps what is there", ""}
	case err == nil:
		return Check{
			name, Warning, "the server ignores If-None-Match and writes over an object",
			"run serve with --no-conditional-writes: it then looks at the key before it completes",
		}
	}
	return failed(name, Warning, "a write with If-None-Match got no clear answer", err, op)[0]
}

// completeOnto completes a one-byte upload onto a key that is taken.
func (x *exam) completeOnto(ctx context.Context, key string, h Header) error {
	id, err := x.Vault.CreateProbe(ctx, key, h)
	if err != nil {
		return err
	}
	defer func() { _ = clean(ctx, x.Vault, id) }() // after a Complete that went through there is nothing to abort
	if err := sendPart(ctx, x.Vault, id); err != nil {
		return err
	}
	parts, err := x.Vault.ListParts(ctx, id)
	if err != nil {
		return err
	}
	_, err = x.Vault.CompleteUpload(ctx, signer.CompleteInput{UploadKey: id, Parts: withoutChecksums(parts), Size: 1, IfNoneMatch: true})
	return err
}

// withoutChecksums: an upload created without an algorithm completes without
// checksums, though Amazon lists those that it made itself.
func withoutChecksums(parts []signer.StoredPart) []signer.StoredPart {
	for i := range parts {
		parts[i].CRC64NVME = ""
	}
	return parts
}

func (x *exam) remove(ctx context.Context, key, version string) bool {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanTimeout)
	defer cancel()
	return x.Vault.DeleteProbe(ctx, key, version) == nil
}
