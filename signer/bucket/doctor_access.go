package bucket

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"longshore/signer"
)

// Limits of the checks.
const (
	shortSession = 15 * time.Minute // signed URLs live so long by default
	warnSkew     = 30 * time.Second
	// brokenSkew: Amazon refuses what is 15 minutes off; a signed URL lives as
	// much shorter as the signer's clock is behind.
	brokenSkew = 5 * time.Minute
)

func (x *exam) credentials(ctx context.Context) []Check {
	c, err := x.Vault.Credentials(ctx)
	if err != nil {
		return failed("credentials", Broken, "there are none", err, "RetrieveCredentials")
	}
	from := "there are credentials"
	if c.Source != "" {
		from = "from " + c.Source
	}
	left := c.Ends.Sub(x.Now())
	switch {
	case c.Ends.IsZero():
		return []Check{{"credentials", OK, from + "; they do not end", ""}}
	case left <= 0:
		return []Check{{"credentials", Broken, from + "; they have ended", "sign in again, or see why the role is not renewed"}}
	case left < shortSession:
		return []Check{{
			"credentials", Warning, fmt.Sprintf("%s; they end in %s, and signed URLs end with them", from, left.Round(time.Second)),
			"see that the signer renews them: a role does, keys pasted into the environment do not",
		}}
	}
	return []Check{{"credentials", OK, fmt.Sprintf("%s; they end in %s, and signed URLs end with them", from, left.Round(time.Minute)), ""}}
}

// bucket looks at the bucket, its region and the server's clock.
func (x *exam) bucket(ctx context.Context) []Check {
	sight, err := x.Vault.Look(ctx)
	x.server = sight.Server
	clock := clockCheck(sight)
	switch {
	case sight.Region != "" && sight.Region != x.Want.Region:
		return append([]Check{{"bucket", Broken, "the bucket is in another region: " + sight.Region, "give --region " + sight.Region}}, clock...)
	case isFailure(err, signer.FailDenied) && len(clock) > 0 && clock[0].Status == Broken:
		return append([]Check{{"bucket", Broken, "the server refuses requests, as the clocks disagree", "set this machine's clock by NTP"}}, clock...)
	case isFailure(err, signer.FailNotFound):
		return append([]Check{{"bucket", Broken, "there is no bucket of this name", "create it, or check --bucket and --s3-endpoint"}}, clock...)
	case err != nil:
		return append(failed("bucket", Broken, "the bucket cannot be looked at", x.reason(ctx, err), "HeadBucket"), clock...)
	}
	text := "answers"
	if sight.Region != "" {
		text += " from " + sight.Region
	}
	if sight.Server != "" {
		text += ", served by " + sight.Server
	}
	return append([]Check{{"bucket", OK, text, ""}}, clock...)
}

// reason asks again where there is room for one: an answer to HEAD has no body,
// and so does not tell a wrong secret from a missing permission, nor (status 400)
// a session that is over from a request that the server does not understand.
func (x *exam) reason(ctx context.Context, err error) error {
	se, ok := errors.AsType[*signer.StorageError](err)
	if !ok || se.Failure != signer.FailDenied && se.Status != http.StatusBadRequest {
		return err
	}
	if _, again := x.Vault.Read(ctx, Versioning); identityAdvice(again) != "" {
		return again
	}
	return err
}

// clockCheck compares the clocks. The Date header has whole seconds, and the
// answer took its time: within both, the clocks agree.
func clockCheck(s Sight) []Check {
	if s.Date.IsZero() {
		return nil
	}
	var skew time.Duration
	switch {
	case s.Date.Add(time.Second).Before(s.Asked):
		skew = s.Asked.Sub(s.Date) - time.Second
	case s.Date.After(s.Answered):
		skew = s.Answered.Sub(s.Date)
	}
	word, off := "ahead", skew.Round(time.Second)
	if skew < 0 {
		word, off = "behind", -off
	}
	const do = "set this machine's clock by NTP"
	switch {
	case off >= brokenSkew:
		return []Check{{"clock", Broken, fmt.Sprintf("the clock here is %s %s of the server's: signed URLs are refused or short-lived", off, word), do}}
	case off >= warnSkew:
		return []Check{{"clock", Warning, fmt.Sprintf("the clock here is %s %s of the server's", off, word), do}}
	}
	return []Check{{"clock", OK, "agrees with the server's", ""}}
}

// upload runs a real upload with the vault's encryption and takes it back: this
// is where KMS is asked for a key (create), to open it (part, list), and S3 for
// permission at every step.
func (x *exam) upload(ctx context.Context) []Check {
	name := "upload"
	for i, h := range x.Want.headers() {
		if err := proveUpload(ctx, x.Vault, x.Want.probeKey(), h); err != nil {
			under := ""
			if i > 0 {
				under = " under the key " + h.KeyID + " of the policy file"
			}
			return failed(name, Broken, "an upload"+under+" fails at "+stepOp(err), err, stepOp(err))
		}
	}
	text := "create, part, list, complete and abort are allowed"
	switch n := len(x.Want.keys()); {
	case n == 1:
		text += ", and KMS gives and opens keys"
	case n > 1:
		text += fmt.Sprintf(", and KMS gives and opens keys under all %d keys", n)
	}
	return []Check{{name, OK, text, ""}}
}

// head looks at an object that is not there and for uploads of its key.
func (x *exam) head(ctx context.Context) []Check {
	key := x.Want.probeKey()
	_, err := x.Vault.Stat(ctx, key)
	var out []Check
	switch {
	case isFailure(err, signer.FailNotFound):
		out = []Check{{"look at objects", OK, "a missing object is told from a forbidden one", ""}}
	case isFailure(err, signer.FailDenied):
		out = []Check{{
			"look at objects", Broken, "a missing object is answered with 403, so the end of an upload cannot be settled",
			"grant s3:ListBucket and s3:GetObject to these credentials",
		}}
	case err == nil:
		out = []Check{{"look at objects", Broken, "the server shows an object that was never written", "this server cannot be used as a vault"}}
	default:
		out = failed("look at objects", Broken, "an object cannot be looked at", err, "HeadObject")
	}
	if _, err := x.Vault.ListUploads(ctx, key); err != nil {
		out = append(out, failed("list uploads", Broken, "open uploads cannot be listed, so a repeated start leaves one behind", err, "ListMultipartUploads")...)
	}
	return out
}

// checksums sends a part with a wrong checksum: only a refusal for its digest
// means that the server verifies (DESIGN §4).
func (x *exam) checksums(ctx context.Context) []Check {
	const name = "checksums"
	h := x.Want.Header()
	h.CRC64NVME = true
	id, err := x.Vault.CreateProbe(ctx, x.Want.probeKey(), h)
	if err != nil {
		return failed(name, Warning, "an upload with CRC64NVME cannot be started", err, "CreateMultipartUpload")
	}
	err = x.Vault.UploadPart(ctx, signer.PartInput{UploadKey: id, PartNumber: 1, CRC64NVME: crc64NVME(nil)}, []byte{1})
	cerr := clean(ctx, x.Vault, id)
	switch {
	case err == nil:
		return []Check{{
			name, Warning, "the server stores a part whose checksum is wrong: it does not verify CRC64NVME",
			"nothing, if Content-MD5 is good enough: the signer finds this out and uses it; receipts say so",
		}}
	case !isFailure(err, signer.FailBadDigest):
		return failed(name, Warning, "a part with a wrong checksum got no clear answer", err, "UploadPart")
	case cerr != nil:
		return failed(name, Warning, "the probe's upload could not be aborted", cerr, "AbortMultipartUpload")
	}
	return []Check{{name, OK, "a part with a wrong checksum is refused", ""}}
}
