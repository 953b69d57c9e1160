package uploader

import (
	"bytes"
	"context"
	"crypto/x509"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
)

func BenchmarkPlan(b *testing.B) {
	sizes := []int64{0, 200_000, 2 << 30, 1 << 40, 48 << 40}
	for b.Loop() {
		for _, size := range sizes {
			if _, err := s3Sizing().plan(size, 0); err != nil {
				b.Fatal(err)
			}
		}
	}
}

// BenchmarkSumRange is a part's checksum, from memory: without the copy out of the page cache.
func BenchmarkSumRange(b *testing.B) {
	const size = 16 * mib
	data, buf := bytes.NewReader(make([]byte, size)), make([]byte, 256<<10)
	for _, mode := range []Checksum{ChecksumCRC64NVME, ChecksumMD5} {
		b.Run(string(mode), func(b *testing.B) {
			b.SetBytes(size)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := sumRange(context.Background(), data, 0, size, mode, buf); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkPut is a part and a small object over TLS on loopback, to a server that throws them away. It shares the
// processor with that server.
func BenchmarkPut(b *testing.B) {
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		buf := hashBuffers.Get().(*[]byte)
		defer hashBuffers.Put(buf)
		_, _ = io.CopyBuffer(struct{ io.Writer }{io.Discard}, r.Body, *buf) // it is thrown away
		w.Header().Set("ETag", `"e"`)
	}))
	defer server.Close()
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	for _, size := range []int64{200_000, 16 * mib} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			tr := NewTransport(TransportOptions{Roots: roots, Small: size <= smallObject})
			defer tr.CloseIdleConnections()
			conn := Connection{Transport: Compose(tr, TransportOptions{}), Origins: []string{server.URL}}
			data := bytes.NewReader(make([]byte, size))
			b.SetBytes(size)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := put(context.Background(), conn, SignedRequest{URL: server.URL + "/k"}, putBody{r: data, size: size}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkSnapshot is what one changed row of 100,000 costs, and the first snapshot of them all.
func BenchmarkSnapshot(b *testing.B) {
	const many = 100_000
	q := Queue{
		Batches: []Batch{{ID: "B", Vault: "V"}},
		Entries: []Entry{{ID: "E", Batch: "B", Name: "study", Prefix: "study", Dir: true, Walked: true}},
	}
	for i := range many {
		q.Jobs = append(q.Jobs, Job{
			ID: JobID(fmt.Sprintf("J%08d", i)), Batch: "B", Entry: "E", Vault: "V", Path: fmt.Sprintf("/data/study/%d.dcm", i),
			RelPath: fmt.Sprintf("study/%d.dcm", i), Size: 200_000, State: Paused, Order: int64(i),
		})
	}
	b.Run("first", func(b *testing.B) {
		for b.Loop() {
			benchCore(q).publish()
		}
	})
	b.Run("one row", func(b *testing.B) {
		c := benchCore(q)
		c.publish()
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			c.touch(c.found[i%many])
			c.pub.job(c.found[i%many])
			c.publish()
		}
	})
}

func benchCore(q Queue) *core {
	c := newCore(Config{}, q, func(*Snapshot) {})
	c.random = func() float64 { return 0 }
	return c
}
