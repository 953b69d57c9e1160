package signer_test

import (
	"testing"
	"time"

	"longshore/signer"
	"longshore/signer/api"
)

// A repeated init finds the upload that is there already, and says its date too: no list of uploads tells it, the list of
// its parts does. Where nobody tells, nothing is made up, and the init does not fail for it.
func TestARetriedInitSaysWhenTheUploadIsClearedAway(t *testing.T) {
	at := time.Date(2026, 11, 26, 0, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		date time.Time
		fail bool
		want *time.Time
	}{
		"a rule": {date: at, want: &at}, "no rule": {}, "S3 does not answer": {date: at, fail: true},
	} {
		t.Run(name, func(t *testing.T) {
			fake := newFake()
			fake.abortDate = c.date
			v := fakeVault(t, fake)
			req := initRequest([]byte("some bytes"))
			first := mustCall[api.InitResponse](v, api.PathInitUpload, req)
			if c.fail {
				fake.before = always("abort-date", 0, storageErr("ListParts", signer.FailUnknown))
			}
			req.Retry = true
			again := mustCall[api.InitResponse](v, api.PathInitUpload, req)
			if again.ObjectKey != first.ObjectKey {
				t.Errorf("another key: %s", again.ObjectKey)
			}
			if got := again.ResumeBefore; (got == nil) != (c.want == nil) || got != nil && !got.Equal(*c.want) {
				t.Errorf("%v, want %v", got, c.want)
			}
		})
	}
}
