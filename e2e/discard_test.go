package e2e

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// discard is an S3 server that throws bodies away: it believes what a client
// claims about them. It serves to see what a file of any size costs the client,
// and nothing else; bytes are compared on real servers.
type discard struct {
	*httptest.Server
	mu      sync.Mutex
	bytes   int64
	uploads int
	header  http.Header            // of the latest CreateMultipartUpload
	parts   map[int]string         // number → ListParts' element
	objects map[string]http.Header // key → what HEAD answers
}

func newDiscard(t testing.TB) *discard {
	t.Helper()
	d := &discard{parts: map[int]string{}, objects: map[string]http.Header{}}
	d.Server = httptest.NewServer(d)
	t.Cleanup(d.Close)
	return d
}

// received is how many bytes of parts have come in.
func (d *discard) received() int64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.bytes
}

// ServeHTTP implements http.Handler.
func (d *discard) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	x := describe(r)
	n := d.drain(r.Body)
	d.mu.Lock()
	defer d.mu.Unlock()
	w.Header().Set("Content-Type", "application/xml")
	q := r.URL.Query()
	switch x.Op {
	case opCreate:
		d.uploads++
		d.header, d.parts = r.Header.Clone(), map[int]string{}
		fmt.Fprintf(w, `<InitiateMultipartUploadResult><UploadId>upload-%d</UploadId></InitiateMultipartUploadResult>`, d.uploads)
	case opPart:
		d.bytes += n
		sum := r.Header.Get("X-Amz-Checksum-Crc64nvme")
		etag := fmt.Sprintf(`"part-%d"`, x.Part)
		d.parts[x.Part] = fmt.Sprintf(`<Part><PartNumber>%d</PartNumber><ETag>%s</ETag><Size>%d</Size><ChecksumCRC64NVME>%s</ChecksumCRC64NVME></Part>`, x.Part, etag, n, sum)
		w.Header().Set("ETag", etag)
		w.Header().Set("X-Amz-Checksum-Crc64nvme", sum)
	case opList:
		after, _ := strconv.Atoi(q.Get("part-number-marker")) // none is 0
		d.list(w, after)
	case opUploads:
		fmt.Fprint(w, `<ListMultipartUploadsResult><IsTruncated>false</IsTruncated></ListMultipartUploadsResult>`)
	case opAbort:
		w.WriteHeader(http.StatusNoContent)
	case opComplete:
		d.complete(w, r, x.Key)
	case opManifest:
		const etag = `"manifest"`
		sum := r.Header.Get("X-Amz-Checksum-Crc64nvme")
		d.objects[x.Key] = r.Header.Clone()
		d.objects[x.Key].Set("ETag", etag)
		w.Header().Set("ETag", etag)
		w.Header().Set("X-Amz-Checksum-Crc64nvme", sum)
	case opHead:
		found, ok := d.objects[x.Key]
		if !ok {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		for k, v := range found {
			w.Header()[k] = v
		}
	default:
		w.WriteHeader(http.StatusNotImplemented)
	}
}

func (d *discard) drain(body io.Reader) (n int64) {
	buf := make([]byte, 512<<10)
	for {
		m, err := body.Read(buf)
		n += int64(m)
		if err != nil {
			return n
		}
	}
}

func (d *discard) list(w io.Writer, after int) {
	var b strings.Builder
	more, last := false, after
	for n, listed := after+1, 0; n <= 10_000; n++ {
		if d.parts[n] == "" {
			continue
		}
		if listed == 1000 {
			more = true
			break
		}
		b.WriteString(d.parts[n])
		listed, last = listed+1, n
	}
	fmt.Fprintf(w, `<ListPartsResult><IsTruncated>%t</IsTruncated><NextPartNumberMarker>%d</NextPartNumberMarker>%s</ListPartsResult>`, more, last, b.String())
}

func (d *discard) complete(w http.ResponseWriter, r *http.Request, key string) {
	const etag = `"whole"`
	sum := r.Header.Get("X-Amz-Checksum-Crc64nvme")
	h := http.Header{
		"Etag": {etag}, "Content-Length": {r.Header.Get("X-Amz-Mp-Object-Size")},
		"X-Amz-Checksum-Crc64nvme": {sum}, "X-Amz-Checksum-Type": {"FULL_OBJECT"},
	}
	for k, v := range d.header {
		if strings.HasPrefix(k, "X-Amz-Meta-") {
			h[k] = v
		}
	}
	d.objects[key] = h
	fmt.Fprintf(w, `<CompleteMultipartUploadResult><Location>x</Location><Key>%s</Key><ETag>%s</ETag><ChecksumCRC64NVME>%s</ChecksumCRC64NVME><ChecksumType>FULL_OBJECT</ChecksumType></CompleteMultipartUploadResult>`,
		url.PathEscape(key), etag, sum)
}
