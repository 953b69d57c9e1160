package signer_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"

	"longshore/signer"
	"longshore/signer/api"
)

// endless is a bucket that holds every object one asks for and forgets what it
// is given, so that only the signer's own memory is measured.
type endless struct {
	*fakeStorage
	mu     sync.Mutex
	stored map[string]signer.StoredObject
	bytes  int64
}

func (e *endless) Stat(_ context.Context, key string) (signer.StoredObject, error) {
	e.mu.Lock()
	obj, ok := e.stored[key]
	e.mu.Unlock()
	switch {
	case ok:
		return obj, nil
	case strings.Contains(key, "/manifests/"):
		return obj, storageErr("Stat", signer.FailNotFound)
	}
	return signer.StoredObject{
		Key: key, Size: 5, ETag: `"0123456789abcdef0123456789abcdef"`, CRC64NVME: "AAAAAAAAAAA=", Encryption: "aws:kms",
		Metadata: map[string]string{api.MetaUploadRef: strings.Split(key, "/")[3], api.MetaBatchRef: batchA, api.MetaMode: api.ChecksumCRC64NVME},
	}, nil
}

func (e *endless) PutObject(_ context.Context, in signer.PutInput, body []byte) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.stored[in.Key] = signer.StoredObject{Key: in.Key, Size: in.Size, ETag: `"m"`, Metadata: in.Metadata, Encryption: "aws:kms"}
	e.bytes += int64(len(body))
	return nil
}

// hugeBatch sends the manifest of n objects through the handler and gives the
// most the heap held beyond what it held before, looked at in every write.
func hugeBatch(tb testing.TB, n int) (m *api.Manifest, peak uint64, written int64) {
	st := &endless{fakeStorage: newFake(), stored: map[string]signer.StoredObject{}}
	v := fakeVault(tb, st, func(c *signer.Config) { c.KMSKeyID, c.Rate = "key-1", -1 })
	h := v.signer.Handler()
	call := func(req api.CompleteBatchRequest) (out api.CompleteBatchResponse) {
		body, err := json.Marshal(req)
		if err != nil {
			tb.Fatal(err)
		}
		r := httptest.NewRequest(http.MethodPost, "http://127.0.0.1"+api.PathCompleteBatch, bytes.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil || w.Code != http.StatusOK {
			tb.Fatalf("%d %s", w.Code, w.Body)
		}
		var mem runtime.MemStats
		runtime.ReadMemStats(&mem)
		peak = max(peak, mem.HeapAlloc)
		return out
	}
	runtime.GC()
	var before runtime.MemStats
	runtime.ReadMemStats(&before)
	last := api.CompleteBatchRequest{BatchRef: batchA}
	for at := 0; at < n; at += api.MaxManifestPage {
		page := api.CompleteBatchRequest{BatchRef: batchA, Page: true}
		for i := at; i < min(n, at+api.MaxManifestPage); i++ {
			id := ref(i)
			page.Objects = append(page.Objects, api.BatchObject{
				ObjectKey: fmt.Sprintf("uploads/local/2023-11-14/%s/study/series %d/slice-%06d.dcm", id, i/500, i), Size: 5, Checksum: "AAAAAAAAAAA=",
			})
		}
		last.Pages = append(last.Pages, call(page).Page)
	}
	m = call(last).Manifest
	return m, peak - min(peak, before.HeapAlloc), st.bytes
}

// TestManifestOf100000Objects holds the limits and the memory of DESIGN §7's
// largest drop; the budget is a signer's whole.
func TestManifestOf100000Objects(t *testing.T) {
	const n, budget = 100_000, 64 << 20
	m, peak, _ := hugeBatch(t, n)
	if m.Objects != n || m.Bytes != 5*n {
		t.Errorf("%+v", m)
	}
	if peak > budget {
		t.Errorf("the heap grew by %d MiB, want at most %d", peak>>20, budget>>20)
	}
}

// BenchmarkManifest100000 measures the same, without a real storage's latency.
func BenchmarkManifest100000(b *testing.B) {
	for b.Loop() {
		m, peak, written := hugeBatch(b, 100_000)
		b.ReportMetric(float64(peak)/(1<<20), "MiB-peak")
		b.ReportMetric(float64(written)/float64(m.Objects), "B/object")
	}
}
