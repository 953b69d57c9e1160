// Package discard is an S3 that throws bodies away: it takes every upload as fast as it can be read, keeps what its
// answers need (sizes, checksums and names as the client claims them) and nothing else. It shows what an upload costs
// the uploader. It verifies nothing, neither signatures nor checksums: whether bytes arrive right is asked of real
// servers (internal/s3test).
//
// It treats all clients alike, and must not know any of them.
package discard

import (
	"bytes"
	"crypto/md5"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Server is the S3: one http.Handler for any number of buckets, all of which exist. Paths are /bucket/key.
type Server struct {
	// Latency is how far away the server is for a request: it takes one more round trip than it would, and one that asks
	// with "Expect: 100-continue" two. nil: none.
	Latency func(*http.Request) time.Duration

	mu      sync.Mutex
	uploads map[string]*upload // by upload id
	objects map[string]object  // by bucket/key
	begun   int
	bytes   int64
}

// upload is a multipart upload under way.
type upload struct {
	name  string // bucket/key
	meta  http.Header
	parts map[int]part
}

type part struct {
	size      int64
	etag, crc string // etag with its quotes
}

type object struct {
	size      int64
	etag, crc string
	meta      http.Header
}

// New returns an empty server.
func New() *Server {
	return &Server{uploads: map[string]*upload{}, objects: map[string]object{}}
}

// Totals is what has come in so far.
type Totals struct {
	Objects int
	Bytes   int64 // of finished objects
	Body    int64 // of all bodies, also of parts that no object came of
}

// Totals tells what has come in.
func (s *Server) Totals() Totals {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := Totals{Objects: len(s.objects), Body: s.bytes}
	for _, o := range s.objects {
		t.Bytes += o.size
	}
	return t
}

// Forget makes the server empty again.
func (s *Server) Forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.uploads)
	clear(s.objects)
	s.bytes = 0
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Expect") != "" && !s.away(r) { // the first read of the body answers it
		return
	}
	n, err := drain(r.Body)
	if err != nil || !s.away(r) {
		return
	}
	// Some wrap what they send in chunks of its own framing (aws-chunked), and say how much is in it.
	if real, err := strconv.ParseInt(r.Header.Get("X-Amz-Decoded-Content-Length"), 10, 64); err == nil {
		n = real
	}
	q := r.URL.Query()
	bucket, key, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	w.Header().Set("Content-Type", "application/xml")
	s.mu.Lock()
	defer s.mu.Unlock()
	s.bytes += n
	if key == "" {
		s.bucket(w, r, bucket, q)
		return
	}
	name := bucket + "/" + key
	switch id := q.Get("uploadId"); {
	case r.Method == http.MethodPost && q.Has("uploads"):
		s.begin(w, r, name)
	case r.Method == http.MethodPut && id != "":
		s.part(w, r, id, q.Get("partNumber"), n)
	case r.Method == http.MethodPost && id != "":
		s.complete(w, r, id)
	case r.Method == http.MethodGet && id != "":
		s.list(w, id, q.Get("part-number-marker"))
	case r.Method == http.MethodDelete:
		delete(s.uploads, id)
		w.WriteHeader(http.StatusNoContent)
	case r.Method == http.MethodPut:
		s.put(w, r, name, n)
	case r.Method == http.MethodHead:
		s.head(w, name)
	default:
		refuse(w, http.StatusNotFound, "NoSuchKey")
	}
}

// away spends the time that a round trip takes. False: the client has gone meanwhile.
func (s *Server) away(r *http.Request) bool {
	if s.Latency == nil {
		return true
	}
	latency := s.Latency(r)
	if latency <= 0 {
		return true
	}
	timer := time.NewTimer(latency)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-r.Context().Done():
		return false
	}
}

// buffers are what bodies are read into.
var buffers = sync.Pool{New: func() any {
	b := make([]byte, 256<<10)
	return &b
}}

func drain(body io.Reader) (n int64, err error) {
	buf := buffers.Get().(*[]byte)
	defer buffers.Put(buf)
	for {
		m, err := body.Read(*buf)
		n += int64(m)
		if err == io.EOF {
			return n, nil
		}
		if err != nil {
			return n, err
		}
	}
}

// bucket answers what is asked of a bucket: it is there, it is empty, and it may be created again.
func (s *Server) bucket(w http.ResponseWriter, r *http.Request, name string, q url.Values) {
	w.Header().Set("x-amz-bucket-region", "us-east-1")
	switch {
	case r.Method == http.MethodGet && q.Has("location"):
		answer(w, `<LocationConstraint xmlns="http://s3.amazonaws.com/doc/2006-03-01/"/>`)
	case r.Method == http.MethodGet && q.Has("uploads"):
		answer(w, `<ListMultipartUploadsResult><Bucket>%s</Bucket><IsTruncated>false</IsTruncated></ListMultipartUploadsResult>`, name)
	case r.Method == http.MethodGet:
		answer(w, `<ListBucketResult><Name>%s</Name><KeyCount>0</KeyCount><MaxKeys>1000</MaxKeys><IsTruncated>false</IsTruncated></ListBucketResult>`, name)
	}
}

func (s *Server) begin(w http.ResponseWriter, r *http.Request, name string) {
	s.begun++
	id := fmt.Sprintf("upload-%d", s.begun)
	s.uploads[id] = &upload{name: name, meta: metadata(r.Header), parts: map[int]part{}}
	_, key, _ := strings.Cut(name, "/")
	answer(w, `<InitiateMultipartUploadResult><Key>%s</Key><UploadId>%s</UploadId></InitiateMultipartUploadResult>`, url.PathEscape(key), id)
}

func (s *Server) part(w http.ResponseWriter, r *http.Request, id, number string, n int64) {
	up := s.uploads[id]
	if up == nil {
		refuse(w, http.StatusNotFound, "NoSuchUpload")
		return
	}
	num, err := strconv.Atoi(number)
	if err != nil {
		refuse(w, http.StatusBadRequest, "InvalidArgument")
		return
	}
	p := part{size: n, etag: etag(r.Header, id+"-"+number), crc: r.Header.Get("X-Amz-Checksum-Crc64nvme")}
	up.parts[num] = p
	confirm(w.Header(), p.etag, p.crc)
}

func (s *Server) put(w http.ResponseWriter, r *http.Request, name string, n int64) {
	o := object{size: n, meta: metadata(r.Header), crc: r.Header.Get("X-Amz-Checksum-Crc64nvme")}
	o.etag = etag(r.Header, strconv.FormatInt(n, 10))
	s.objects[name] = o
	confirm(w.Header(), o.etag, o.crc)
}

func (s *Server) complete(w http.ResponseWriter, r *http.Request, id string) {
	up := s.uploads[id]
	if up == nil {
		refuse(w, http.StatusNotFound, "NoSuchUpload")
		return
	}
	delete(s.uploads, id)
	o := object{meta: up.meta, crc: r.Header.Get("X-Amz-Checksum-Crc64nvme"), etag: up.etag()}
	for _, p := range up.parts {
		o.size += p.size
	}
	s.objects[up.name] = o
	sum := ""
	if o.crc != "" {
		sum = "<ChecksumCRC64NVME>" + o.crc + "</ChecksumCRC64NVME><ChecksumType>FULL_OBJECT</ChecksumType>"
	}
	bucket, key, _ := strings.Cut(up.name, "/")
	answer(w, `<CompleteMultipartUploadResult><Location>http://s3/%s</Location><Bucket>%s</Bucket><Key>%s</Key><ETag>%s</ETag>%s</CompleteMultipartUploadResult>`,
		bucket, bucket, url.PathEscape(key), o.etag, sum)
}

// listPage is how many parts S3 lists at once.
const listPage = 1000

func (s *Server) list(w http.ResponseWriter, id, marker string) {
	up := s.uploads[id]
	if up == nil {
		refuse(w, http.StatusNotFound, "NoSuchUpload")
		return
	}
	after, _ := strconv.Atoi(marker) // none is 0
	var b strings.Builder
	last, listed, more := after, 0, false
	for _, n := range slices.Sorted(maps.Keys(up.parts)) {
		if n <= after {
			continue
		}
		if listed == listPage {
			more = true
			break
		}
		p := up.parts[n]
		fmt.Fprintf(&b, `<Part><PartNumber>%d</PartNumber><ETag>%s</ETag><Size>%d</Size><ChecksumCRC64NVME>%s</ChecksumCRC64NVME></Part>`, n, p.etag, p.size, p.crc)
		last, listed = n, listed+1
	}
	answer(w, `<ListPartsResult><IsTruncated>%t</IsTruncated><NextPartNumberMarker>%d</NextPartNumberMarker>%s</ListPartsResult>`, more, last, b.String())
}

func (s *Server) head(w http.ResponseWriter, name string) {
	o, ok := s.objects[name]
	if !ok {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	h := w.Header()
	maps.Copy(h, o.meta)
	confirm(h, o.etag, o.crc)
	h.Set("Content-Length", strconv.FormatInt(o.size, 10))
	h.Set("Last-Modified", time.Now().UTC().Format(http.TimeFormat))
	if o.crc != "" {
		h.Set("X-Amz-Checksum-Type", "FULL_OBJECT")
	}
}

// metadata is what an object keeps of the headers it was made with.
func metadata(h http.Header) http.Header {
	kept := http.Header{}
	for name, values := range h {
		if strings.HasPrefix(name, "X-Amz-Meta-") {
			kept[name] = values
		}
	}
	return kept
}

// etag is the MD5 that the client claims, as S3's would be, for some clients compare; without a claim, anything.
func etag(h http.Header, other string) string {
	if sum, err := base64.StdEncoding.DecodeString(h.Get("Content-Md5")); err == nil && len(sum) == md5.Size {
		return `"` + hex.EncodeToString(sum) + `"`
	}
	return `"` + other + `"`
}

// etag of a whole is the MD5 of its parts' MD5s and their number.
func (u *upload) etag() string {
	var sums bytes.Buffer
	for _, n := range slices.Sorted(maps.Keys(u.parts)) {
		sum, err := hex.DecodeString(strings.Trim(u.parts[n].etag, `"`))
		if err != nil {
			return `"whole"`
		}
		sums.Write(sum)
	}
	whole := md5.Sum(sums.Bytes())
	return fmt.Sprintf(`"%x-%d"`, whole, len(u.parts))
}

// confirm repeats what the client claimed.
func confirm(h http.Header, etag, crc string) {
	h.Set("ETag", etag)
	if crc != "" {
		h.Set("X-Amz-Checksum-Crc64nvme", crc)
	}
}

func answer(w io.Writer, format string, values ...any) {
	_, _ = fmt.Fprintf(w, `<?xml version="1.0" encoding="UTF-8"?>`+format, values...) // a client that has gone needs none
}

func refuse(w http.ResponseWriter, status int, code string) {
	w.WriteHeader(status)
	answer(w, `<Error><Code>%s</Code><Message>%s</Message></Error>`, code, code)
}
