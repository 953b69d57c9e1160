//go:build failpoints && unix

package app

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
)

// failVariable names the fail point at which the process is to kill itself, and at which passing of it: "NAME:N", N
// from 1. "list" prints all names and ends the process.
const failVariable = "LONGSHORE_FAILPOINT"

// The moments at which the journal is written, by what the record that is written means (DESIGN §4, §5). Each has a
// point before it is durable and one when it is durable and the engine has not heard so.
func journalMoments() []string {
	return []string{
		"vault-saved",
		"batch-added",       // a drop, with its roots
		"job-added",         // a file of a drop
		"entry-walked",      // a root of a drop: its walk is through
		"walk-ended",        // the batch no longer scans
		"create-intent",     // an attempt, before Create
		"created",           // the upload's id
		"part-recorded",     // a part that S3 has confirmed
		"part-dropped",      // a part that S3 turned out not to hold
		"complete-intent",   // before Complete
		"finished",          // a multipart upload with its receipt
		"put-intent",        // the key of a single PUT, before the PUT
		"put-finished",      // a single PUT with its receipt
		"abort-intent",      // an attempt's end with a tombstone, before Abort
		"tombstone-dropped", // S3 has said that the upload is gone
		"source-changed",    // the file is another one than it was
		"job-failed",
		"job-requeued", // a retry, or a new attempt for an upload that is gone
		"job-cancelled",
		"job-removed", // a path that the walk could not take, before it is walked again
		"entry-removed",
	}
}

// The signer's calls: points before one, when its last byte has left, and when its answer has arrived.
func signerMoments() []string {
	return []string{"Create", "SignParts", "SignObjects", "ListParts", "Complete", "StatObjects", "Abort"}
}

// failpoints lists all names, in one place.
func failpoints() []string {
	names := []string{"journal.opened"}
	for _, m := range journalMoments() {
		names = append(names, "journal.before."+m, "journal.after."+m)
	}
	for _, m := range signerMoments() {
		names = append(names, "signer.before."+m, "signer.sent."+m, "signer.after."+m)
	}
	for _, m := range []string{"part", "put"} {
		names = append(names, "data.before."+m, "data.half."+m, "data.sent."+m, "data.answered."+m)
	}
	return names
}

// trigger kills the process at one point.
type trigger struct {
	name string // "" for none
	nth  int64
	hits atomic.Int64
}

// newTrigger reads the variable. A name that is on no list ends the process: a test with a slip in it must not pass.
func newTrigger() *trigger {
	wish := os.Getenv(failVariable)
	switch wish {
	case "":
		return &trigger{}
	case "list":
		fmt.Println(strings.Join(failpoints(), "\n"))
		os.Exit(0)
	}
	name, count, _ := strings.Cut(wish, ":")
	n, err := strconv.ParseInt(count, 10, 64)
	if err != nil || n < 1 || !slices.Contains(failpoints(), name) {
		fmt.Fprintln(os.Stderr, "no such fail point:", wish)
		os.Exit(3)
	}
	return &trigger{name: name, nth: n}
}

// pass is called at a point. It does not return if this is the one.
func (t *trigger) pass(name string) {
	if t.name != name || t.hits.Add(1) != t.nth {
		return
	}
	fmt.Fprintf(os.Stderr, "fail point %s:%d\n", name, t.nth)
	_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
	select {} // until the signal is here
}
