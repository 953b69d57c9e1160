package signer_test

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"

	"longshore/signer"
	"longshore/signer/api"
	"longshore/signer/s3"
)

// realPresign is a fake bucket whose URLs are really signed.
type realPresign struct {
	*fakeStorage
	real *s3.Storage
}

func (p realPresign) PresignPart(ctx context.Context, in signer.PartInput) (signer.SignedRequest, error) {
	return p.real.PresignPart(ctx, in)
}

// BenchmarkPartURLs signs batches of 100 part URLs through the handler; DESIGN
// §7 wants 15,000 URLs a second on one core (run with -cpu 1).
func BenchmarkPartURLs(b *testing.B) {
	st, err := s3.New(b.Context(), s3.Config{Bucket: "vault", Region: "eu-central-1", AccessKey: "AKIDEXAMPLE", SecretKey: "secret"})
	if err != nil {
		b.Fatal(err)
	}
	fake := newFake()
	v := fakeVault(b, realPresign{fake, st}, func(c *signer.Config) { c.Rate = -1 })
	req := initRequest(nil)
	req.Size = ptr(int64(100 * 16 << 20))
	up := mustCall[api.InitResponse](v, api.PathInitUpload, req)
	urls := api.PartURLsRequest{UploadID: up.UploadID, ObjectKey: up.ObjectKey}
	for n := range 100 {
		urls.Parts = append(urls.Parts, api.PartToSign{PartNumber: n + 1, Size: ptr(int64(16 << 20)), Checksum: crc([]byte{byte(n)})})
	}
	body, err := json.Marshal(urls)
	if err != nil {
		b.Fatal(err)
	}
	h := v.signer.Handler()
	b.ReportAllocs()
	for b.Loop() {
		r := httptest.NewRequest(http.MethodPost, "http://127.0.0.1"+api.PathGetPartURLs, bytes.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != http.StatusOK {
			b.Fatal(w.Code)
		}
	}
	b.ReportMetric(float64(100*b.N)/b.Elapsed().Seconds(), "URLs/s")
}
