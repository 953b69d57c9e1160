package signer

import (
	"time"

	"github.com/oklog/ulid/v2"
)

// parseRef reads an uploadRef or batchRef: a ULID in upper case, and only in
// the one spelling that its bytes have, so that a ref is equal to itself only.
func parseRef(s string) (ulid.ULID, bool) {
	id, err := ulid.ParseStrict(s)
	return id, err == nil && id.String() == s
}

// newRef mints an uploadRef for clients that send none.
func newRef() ulid.ULID { return ulid.Make() }

// refDate is the day of the ref's time, in UTC, as keys show it.
func refDate(id ulid.ULID) string {
	return time.UnixMilli(int64(id.Time())).UTC().Format("2006-01-02")
}
