package signer_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"longshore/signer"
	"longshore/signer/api"
)

// TestAnswersDoNotMix: bodies and answers lie in buffers that are used again, and
// each caller gets its own.
func TestAnswersDoNotMix(t *testing.T) {
	v := fakeVault(t, newFake(), func(c *signer.Config) { c.Rate = -1 })
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			init := initRequest(nil)
			init.Size = ptr(int64(1 << 30))
			up := mustCall[api.InitResponse](v, api.PathInitUpload, init)
			for round := range 40 {
				req := api.PartURLsRequest{UploadID: up.UploadID, ObjectKey: up.ObjectKey}
				for n := range 1 + round%7 {
					req.Parts = append(req.Parts, api.PartToSign{PartNumber: 1 + (round+n)%9, Checksum: crc([]byte{byte(n)})})
				}
				got := mustCall[api.PartURLsResponse](v, api.PathGetPartURLs, req)
				if len(got.URLs) != len(req.Parts) || len(got.Headers) != len(req.Parts) {
					t.Errorf("%d parts were asked for, %d URLs and %d headers came", len(req.Parts), len(got.URLs), len(got.Headers))
				}
				for _, p := range req.Parts {
					n := fmt.Sprint(p.PartNumber)
					if !strings.Contains(got.URLs[n], up.ObjectKey) || got.Headers[n]["x-amz-checksum-crc64nvme"] != p.Checksum {
						t.Errorf("part %s of %s: %s, %v", n, up.ObjectKey, got.URLs[n], got.Headers[n])
					}
				}
			}
		})
	}
	all.Wait()
}
