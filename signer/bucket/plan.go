package bucket

import (
	"context"
	"errors"
	"fmt"
	"time"

	"longshore/signer"
)

// Plan is what setup would do, one change for each setting.
type Plan struct {
	Server  string // what the server calls itself
	Changes []Change
	// Patience is how long Apply waits for a setting to hold everywhere.
	Patience time.Duration
}

// Change is what becomes of one setting.
type Change struct {
	Document Document
	Lines    []Line
	// Write says that something is to be written.
	Write bool
	// Unable says why the setting cannot be made or even looked at; "" if it
	// can. Do is what to do about it. Failed tells a failure from a server that
	// has no such thing.
	Unable, Do string
	Failed     bool

	before, after []byte
}

// Pending counts the settings to be written.
func (p Plan) Pending() int {
	n := 0
	for _, c := range p.Changes {
		if c.Write {
			n++
		}
	}
	return n
}

// MakePlan reads the bucket's settings and works out the change. It writes
// nothing. An error means that the bucket itself cannot be reached.
func MakePlan(ctx context.Context, v Vault, d Desired) (Plan, error) {
	sight, err := v.Look(ctx)
	if err != nil {
		return Plan{}, err
	}
	p := Plan{Server: sight.Server, Patience: PatienceOthers}
	if d.Amazon {
		p.Patience = PatienceAmazon
	}
	for _, doc := range d.documents() {
		c := planOne(ctx, v, d, doc, sight.Server)
		if err := ctx.Err(); err != nil {
			return p, err
		}
		p.Changes = append(p.Changes, c)
	}
	return p, nil
}

// documents are the settings that d has an opinion on, in the order in which
// they are made: what protects without a policy comes first.
func (d Desired) documents() []Document {
	docs := []Document{Lifecycle}
	if d.KMSKey != "" {
		docs = append(docs, Encryption)
	}
	if len(d.Origins) > 0 {
		docs = append(docs, CORS)
	}
	return append(docs, Policy)
}

func planOne(ctx context.Context, v Vault, d Desired, doc Document, server string) Change {
	c := Change{Document: doc}
	body, err := v.Read(ctx, doc)
	if err != nil {
		c.Unable, c.Do, c.Failed = readTrouble(doc, server, err)
		return c
	}
	c.before = body
	after, lines, err := d.merge(doc, body)
	if err != nil {
		c.Unable, c.Do, c.Failed = err.Error(), "look at the setting with your S3 tools; it was left as it is", true
		return c
	}
	c.after, c.Lines = after, lines
	for _, l := range lines {
		c.Write = c.Write || l.Mark == Added || l.Mark == Changed || l.Mark == Removed
	}
	return c
}

// merge works out one document.
func (d Desired) merge(doc Document, before []byte) ([]byte, []Line, error) {
	switch doc {
	case Lifecycle:
		after, lines, err := mergeLifecycle(before, d.AbortRule())
		if err != nil {
			return nil, nil, err
		}
		rules, err := parseRules(before)
		for _, h := range hazards(rules, d.KeyPrefix, d.AbortAfterDays) {
			lines = append(lines, Line{Note, h + "; it stays as it is"})
		}
		return after, lines, err
	case Encryption:
		want, _ := d.DefaultEncryption()
		return mergeEncryption(before, want, d.Amazon)
	case CORS:
		want, _ := d.CORSRule()
		return mergeCORS(before, want)
	}
	after, lines, err := mergePolicy(before, d.Statements())
	if err == nil && !d.TLS {
		lines = append(lines, Line{Note, "the bucket is reached by http: a rule that refuses requests without TLS would lock out this very program, and is left out"})
	}
	return after, lines, err
}

// readTrouble says why a setting cannot be read.
func readTrouble(doc Document, server string, err error) (unable, do string, failed bool) {
	if notKnown(err) {
		return "this server knows no " + docName(doc), unknownAdvice(doc, server), false
	}
	return fmt.Sprintf("the %s cannot be read (%s)", docName(doc), shortError(err)), advice(err, readOp(doc)), true
}

// writeTrouble says why a setting cannot be written.
func writeTrouble(doc Document, server string, err error) (unable, do string, failed bool) {
	if notKnown(err) || notTaken(err) {
		return "this server does not take this " + docName(doc), unknownAdvice(doc, server), false
	}
	return fmt.Sprintf("the %s cannot be written (%s)", docName(doc), shortError(err)), advice(err, writeOp(doc)), true
}

// notKnown tells a server that has no such setting.
func notKnown(err error) bool {
	se, ok := errors.AsType[*signer.StorageError](err)
	return ok && (se.Status == 501 || se.Status == 405 || se.Code == "NotImplemented" || se.Code == "MethodNotAllowed")
}

// notTaken tells a server that has the setting and refuses what is in it.
func notTaken(err error) bool {
	se, ok := errors.AsType[*signer.StorageError](err)
	if !ok {
		return false
	}
	switch se.Code {
	case "InvalidArgument", "MalformedXML", "MalformedPolicy", "InvalidPolicyDocument", "InvalidRequest":
		return true
	}
	return false
}

func docName(doc Document) string {
	switch doc {
	case Lifecycle:
		return "lifecycle rule for incomplete uploads"
	case Encryption:
		return "default encryption"
	case CORS:
		return "CORS rule"
	case Policy:
		return "bucket policy"
	}
	return string(doc)
}

// unknownAdvice is what to do without a setting, on the server that calls itself
// so.
func unknownAdvice(doc Document, server string) string {
	minio := server == "MinIO"
	switch {
	case doc == Lifecycle && minio:
		return "MinIO has no such rule and aborts incomplete uploads by itself, after a day by default: raise it with mc admin config set ALIAS api stale_uploads_expiry=168h"
	case doc == Lifecycle:
		return "clear incomplete uploads away in the server's own way, no sooner than the slowest upload takes"
	case doc == Encryption:
		return "without KMS in the server run a vault with --no-kms on an encrypted disk"
	case doc == CORS && minio:
		return "MinIO has one list for the whole server, which lets in everybody by default: set MINIO_API_CORS_ALLOW_ORIGIN"
	case doc == CORS:
		return "set CORS in the server's own way, or in a proxy before it"
	}
	return "give the signer's own user the policy that setup --print-role serve prints: it holds the same refusals"
}
