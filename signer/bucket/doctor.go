package bucket

import (
	"context"
	"net/http"
	"time"
)

// Status is how a check ended.
type Status string

// The statuses.
const (
	OK      Status = "ok"
	Warning Status = "warning" // works, but something to know or to mend
	Broken  Status = "broken"  // uploads fail, or are not safe
)

// Check is one line of a report.
type Check struct {
	Name   string `json:"check"`
	Status Status `json:"status"`
	Text   string `json:"text"`
	Do     string `json:"do,omitempty"` // what to do; always there when not OK
}

// Exam is what Examine looks at.
type Exam struct {
	Vault Vault
	Want  Desired
	// Signer is the base URL of a running signer; "" checks none.
	Signer string
	// Limit bounds each check.
	Limit time.Duration
	// NoObjectProbe leaves out the If-None-Match probe, which writes an empty
	// object and may not be allowed to remove it.
	NoObjectProbe bool
	// Transport carries the requests that go without the credentials: to the data
	// origin and to the signer.
	Transport http.RoundTripper
	// Now is the wall clock.
	Now func() time.Time
}

// Examine makes all checks, one after the other, and hands each line to say as
// it is known. It changes no setting; what its probes write they take back, but
// for the object named at NoObjectProbe.
func Examine(ctx context.Context, e Exam, say func(Check)) {
	x := exam{Exam: e}
	groups := []func(context.Context) []Check{x.credentials, x.bucket}
	if x.run(ctx, groups, say) {
		x.run(ctx, []func(context.Context) []Check{
			x.upload, x.head, x.checksums, x.conditionalWrites, x.lifecycle, x.encryption, x.policy,
			x.cors, x.versioning, x.objectLock, x.publicAccess,
		}, say)
	} else {
		say(Check{"settings", Warning, "the rest of the bucket was not looked at", "mend what is broken above first"})
	}
	x.run(ctx, []func(context.Context) []Check{x.origins, x.signer}, say)
}

type exam struct {
	Exam
	server string // what the server calls itself
}

// run makes the checks of each group within the limit, and tells whether none
// is broken.
func (x *exam) run(ctx context.Context, groups []func(context.Context) []Check, say func(Check)) bool {
	sound := true
	for _, group := range groups {
		limited, cancel := context.WithTimeout(ctx, x.Limit)
		for _, c := range group(limited) {
			sound = sound && c.Status != Broken
			say(c)
		}
		cancel()
	}
	return sound
}

// failed is a check that could not be made, or that failed, with an error of an
// operation.
func failed(name string, s Status, what string, err error, op string) []Check {
	return []Check{{name, s, what + " (" + shortError(err) + ")", advice(err, op)}}
}
