package signer_test

import (
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"longshore/signer"
	"longshore/signer/api"
)

// stuck makes calls of an operation stop in the storage until released.
func stuck(fake *fakeStorage, op string) (entered chan struct{}, release func()) {
	entered, gate := make(chan struct{}, 100), make(chan struct{})
	fake.before = func(did string, _ int) error {
		if did == op {
			entered <- struct{}{}
			<-gate
		}
		return nil
	}
	return entered, sync.OnceFunc(func() { close(gate) })
}

// TestConcurrency: beyond the limit of a principal calls are refused with 429,
// beyond that of all with 503, both with Retry-After and after a wait; others go
// on, and so does the same principal with what does not share the limit.
func TestConcurrency(t *testing.T) {
	for name, c := range map[string]struct {
		limits signer.Limits
		want   api.Code
		reason string
	}{
		"of a principal": {signer.Limits{PerPrincipal: 2}, api.CodeThrottled, `{reason="concurrency"} 1`},
		"of all":         {signer.Limits{Calls: 2}, api.CodeBusy, `{reason="busy"} 1`},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				fake := newFake()
				v := tokenVault(t, fake, func(cfg *signer.Config) { cfg.Limits, cfg.CheckEvery = c.limits, -1 })
				up := mustCall[api.InitResponse](v, api.PathInitUpload, initRequest([]byte("x")))
				id := api.UploadRequest{UploadID: up.UploadID, ObjectKey: up.ObjectKey}
				entered, release := stuck(fake, "list-parts")
				defer release()
				var held sync.WaitGroup
				for range 2 {
					held.Go(func() { mustCall[api.ListPartsResponse](v, api.PathListParts, id) })
					<-entered
				}
				refused := v.post(api.PathListParts, id) // waits in virtual time
				info, _ := c.want.Info()
				if wait, err := strconv.Atoi(refused.header.Get("Retry-After")); refused.code() != c.want || refused.status != info.Status || err != nil || wait < 1 {
					t.Errorf("beyond the limit: %d %s %v", refused.status, refused.body, refused.header)
				}
				if text := scrape(v); !strings.Contains(text, "longshore_signer_refusals_total"+c.reason) {
					t.Errorf("the metrics lack the refusal:\n%s", text)
				}
				next := *v
				if c.limits.PerPrincipal != 0 {
					next.token = eveToken
					mustCall[api.InitResponse](&next, api.PathInitUpload, initRequest([]byte("y")))
				} else { // another kind of call
					mustCall[api.PartURLResponse](&next, api.PathGetPartURL, api.PartURLRequest{
						UploadID: up.UploadID, ObjectKey: up.ObjectKey, PartNumber: 1, Checksum: crc([]byte("x")),
					})
				}
				release()
				held.Wait()
				mustCall[api.ListPartsResponse](v, api.PathListParts, id)
			})
		})
	}
}

// TestBadBatchesTakeNoPlace: parts are checked before a call waits for its place
// to sign, unless the body is so large that it has to wait undecoded.
func TestBadBatchesTakeNoPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := newFake()
		v := tokenVault(t, fake, func(cfg *signer.Config) { cfg.Limits, cfg.CheckEvery = signer.Limits{Signing: 1}, -1 })
		up := mustCall[api.InitResponse](v, api.PathInitUpload, initRequest([]byte("x")))
		good := api.PartURLsRequest{UploadID: up.UploadID, ObjectKey: up.ObjectKey, Parts: []api.PartToSign{{PartNumber: 1, Checksum: crc([]byte("x"))}}}
		entered, release := stuck(fake, "presign-part")
		defer release()
		var waiting sync.WaitGroup
		waiting.Go(func() { mustCall[api.PartURLsResponse](v, api.PathGetPartURLs, good) })
		<-entered // the one place is taken
		began := time.Now()
		bad := good
		bad.Parts = []api.PartToSign{good.Parts[0], good.Parts[0]}
		v.wantCode(api.CodeBadRequest, api.PathGetPartURLs, bad)
		bad.Parts = []api.PartToSign{{PartNumber: 2, Checksum: good.Parts[0].Checksum}}
		v.wantCode(api.CodeBadPartNumber, api.PathGetPartURLs, bad)
		if waited := time.Since(began); waited != 0 {
			t.Errorf("bad calls waited %v", waited)
		}
		bad.UploadID = strings.Repeat("x", 20<<10)
		v.wantCode(api.CodeBusy, api.PathGetPartURLs, bad)
		release()
		waiting.Wait()
		v.wantCode(api.CodeBadUploadID, api.PathGetPartURLs, bad)
	})
}
