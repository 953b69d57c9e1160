package bucket

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"longshore/signer"
)

// shortError is an error in a few words without keys, paths or addresses.
func shortError(err error) string {
	se, ok := errors.AsType[*signer.StorageError](err)
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return "no answer in time"
	case errors.Is(err, context.Canceled):
		return "interrupted"
	case !ok:
		return "unexpected"
	case se.Code != "" && se.Status != 0:
		return fmt.Sprintf("%s, status %d", se.Code, se.Status)
	case se.Code != "":
		return se.Code
	}
	return fmt.Sprintf("status %d", se.Status)
}

func isFailure(err error, f signer.Failure) bool {
	se, ok := errors.AsType[*signer.StorageError](err)
	return ok && se.Failure == f
}

// deniedAction finds the action in Amazon's sentence "… is not authorized to
// perform: s3:ListBucket on resource …", which KMS and S3 send.
var deniedAction = regexp.MustCompile(`not authorized to perform: ([a-z0-9]+:[A-Za-z]+)`)

// missingActions are the IAM actions that err lacks: the one the server names,
// else those that the operation needs by the table.
func missingActions(err error, op string) []string {
	var said interface{ ErrorMessage() string } // the SDK's errors have it
	if errors.As(err, &said) {
		if m := deniedAction.FindStringSubmatch(said.ErrorMessage()); m != nil {
			return []string{m[1]}
		}
	}
	var out []string
	for _, p := range Permissions() {
		if slices.Contains(p.Calls, op) {
			out = append(out, p.Action)
		}
	}
	return out
}

// advice is what to do about an error of op.
func advice(err error, op string) string {
	if do := identityAdvice(err); do != "" {
		return do
	}
	if isFailure(err, signer.FailDenied) {
		actions := missingActions(err, op)
		if len(actions) == 1 {
			return "grant " + actions[0] + " to these credentials, and see that no policy denies it"
		}
		return "grant these credentials " + strings.Join(actions, ", ") + ", and see that no policy denies one of them"
	}
	se, _ := errors.AsType[*signer.StorageError](err)
	switch {
	case se == nil:
		return "try again; if it stays, check the network between here and the server"
	case strings.HasPrefix(se.Code, "KMS."), strings.HasPrefix(se.Code, "kms:"): // Amazon's, MinIO's
		return "see in KMS that the key exists in this region, is enabled and allows these credentials"
	case se.Code == "NoCredentials":
		return "give credentials: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, a shared file, or a role"
	case se.Code == "CertificateNotTrusted":
		return "have the server's certificate signed by an authority that this machine trusts"
	case se.Code == "BadRequest" && se.Status == 400 && op == "HeadBucket": // so a server answers http where it speaks https
		return "check --s3-endpoint: a server that speaks https answers http so"
	case se.Code == "HostNotFound" || se.Code == "ConnectionRefused":
		return "check --s3-endpoint and --region, and that the server runs"
	case se.Failure == signer.FailThrottled:
		return "the server is busy; try again later"
	}
	return "try again; if it stays, look at the server's log at this time"
}

// identityAdvice is what to do when the server does not know who asks; "" for
// other errors. Source: AWS docs, S3 "Error responses".
func identityAdvice(err error) string {
	se, ok := errors.AsType[*signer.StorageError](err)
	if !ok {
		return ""
	}
	switch se.Code {
	case "SignatureDoesNotMatch":
		return "the secret key does not belong to the access key: give the right one"
	case "InvalidAccessKeyId", "InvalidToken", "InvalidClientTokenId":
		return "the server does not know these credentials: give others"
	case "ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired", "ExpiredCredentials":
		return "the session has ended: sign in again, or see why the role is not renewed"
	case "RequestTimeTooSkewed":
		return "set this machine's clock by NTP"
	}
	return ""
}

// readOp and writeOp are the SDK's operations on a document.
func readOp(doc Document) string {
	return map[Document]string{
		Lifecycle: "GetBucketLifecycleConfiguration", Encryption: "GetBucketEncryption", CORS: "GetBucketCors",
		Policy: "GetBucketPolicy", Versioning: "GetBucketVersioning", ObjectLock: "GetObjectLockConfiguration",
		PublicAccess: "GetPublicAccessBlock",
	}[doc]
}

func writeOp(doc Document) string {
	return map[Document]string{
		Lifecycle: "PutBucketLifecycleConfiguration", Encryption: "PutBucketEncryption", CORS: "PutBucketCors", Policy: "PutBucketPolicy",
	}[doc]
}

// Explain is an error of an operation in words, with what to do.
func Explain(err error, op string) string { return shortError(err) + "; " + advice(err, op) }
