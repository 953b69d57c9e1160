package e2e

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/minio/crc64nvme"
	"github.com/oklog/ulid/v2"

	"longshore/signer/api"
)

// answer is what came back from a call.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// failure is an answer's error body, or the zero value.
func (a answer) failure() api.Error {
	var e api.Error
	_ = json.Unmarshal(a.body, &e) // not JSON: no code
	return e
}

// rawClient is the tests' own client. It makes one try and follows nothing.
var rawClient = &http.Client{
	Timeout:       2 * time.Minute,
	Transport:     &http.Transport{DisableCompression: true, ExpectContinueTimeout: 10 * time.Second},
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

// cutOff is the status of a PUT whose connection the server closed without
// reading all of it: versitygw says 100 first and looks afterwards, and the
// refusal can be lost behind the broken connection.
const cutOff = 0

// refused tells that a PUT was not taken, with the status that was to be
// expected if there is any.
func (a answer) refused(status int) bool { return a.status == status || a.status == cutOff }

func send(t testing.TB, method, url string, header map[string]string, body []byte) answer {
	t.Helper()
	req, err := http.NewRequestWithContext(context.Background(), method, url, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	switch {
	case len(body) == 0:
		req.Body = http.NoBody
	case method == http.MethodPut && len(body) > mib:
		req.Header.Set("Expect", "100-continue") // else an early refusal is lost behind a broken connection
	}
	for k, v := range header {
		if http.CanonicalHeaderKey(k) == "Host" {
			req.Host = v
			continue
		}
		req.Header.Set(k, v)
	}
	resp, err := rawClient.Do(req)
	if err != nil && method == http.MethodPut {
		return answer{status: cutOff}
	}
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{resp.StatusCode, resp.Header, raw}
}

func get(t testing.TB, url string) answer { return send(t, http.MethodGet, url, nil, nil) }

// post makes one call of the signer. body is marshalled unless it is raw.
func post(t testing.TB, base, path string, body any, header ...map[string]string) answer {
	t.Helper()
	raw, ok := body.([]byte)
	if !ok {
		var err error
		if raw, err = json.Marshal(body); err != nil {
			t.Fatal(err)
		}
	}
	h := map[string]string{"Content-Type": "application/json"}
	for _, more := range header {
		maps.Copy(h, more)
	}
	return send(t, http.MethodPost, base+path, h, raw)
}

// call makes a call that must succeed.
func call[Out any](t testing.TB, base, path string, body any, header ...map[string]string) Out {
	t.Helper()
	a := post(t, base, path, body, header...)
	if a.status != http.StatusOK {
		t.Fatalf("%s: %d %s", path, a.status, a.body)
	}
	return decode[Out](t, a)
}

func decode[Out any](t testing.TB, a answer) Out {
	t.Helper()
	var out Out
	if err := json.Unmarshal(a.body, &out); err != nil {
		t.Fatalf("%v in %s", err, a.body)
	}
	return out
}

// wantCode wants an error with the status and a sentence of the closed list.
func wantCode(t testing.TB, a answer, want api.Code) {
	t.Helper()
	info, ok := want.Info()
	if !ok {
		t.Fatalf("%q is not in the closed list", want)
	}
	e := a.failure()
	if a.status != info.Status || e.Code != want {
		t.Errorf("answer %d %s, want %d %s", a.status, oneLine(string(a.body)), info.Status, want)
		return
	}
	if e.Message == "" || e.RequestID == "" {
		t.Errorf("the error has no sentence or no request id: %s", a.body)
	}
}

// newRef mints an uploadRef.
func newRef() string { return ulid.Make().String() }

// crcOf is the CRC64NVME as S3 writes it.
func crcOf(b []byte) string {
	var sum [8]byte
	binary.BigEndian.PutUint64(sum[:], crc64nvme.Checksum(b))
	return base64.StdEncoding.EncodeToString(sum[:])
}

func ptr[T any](v T) *T { return &v }

// initRequest asks for a checksummed upload of data in 5 MiB parts.
func initRequest(name string, data []byte) api.InitRequest {
	return api.InitRequest{
		FileName: name, MimeType: "application/octet-stream", Size: ptr(int64(len(data))),
		Checksum: api.ChecksumCRC64NVME, UploadRef: newRef(), PartSize: api.MinPartSize,
	}
}

// sendAll signs and sends every part of data.
func sendAll(t testing.TB, base string, up api.InitResponse, data []byte) []api.Part {
	t.Helper()
	return sendAllAs(t, base, up, data, nil)
}

func sendAllAs(t testing.TB, base string, up api.InitResponse, data []byte, who map[string]string) []api.Part {
	t.Helper()
	var parts []api.Part
	for n := 1; n == 1 || int64(n-1)*up.PartSize < int64(len(data)); n++ {
		from := int64(n-1) * up.PartSize
		piece := data[from:min(from+up.PartSize, int64(len(data)))]
		u := signPart(t, base, up, n, piece, who)
		a := send(t, http.MethodPut, u.URL, u.Headers, piece)
		if a.status != http.StatusOK {
			t.Fatalf("part %d: %d %s", n, a.status, a.body)
		}
		parts = append(parts, api.Part{PartNumber: n, ETag: a.header.Get("ETag"), Checksum: crcOf(piece)})
	}
	return parts
}

func signPart(t testing.TB, base string, up api.InitResponse, n int, piece []byte, who map[string]string) api.PartURLResponse {
	t.Helper()
	return call[api.PartURLResponse](t, base, api.PathGetPartURL, api.PartURLRequest{
		UploadID: up.UploadID, ObjectKey: up.ObjectKey, PartNumber: n, Size: ptr(int64(len(piece))), Checksum: crcOf(piece),
	}, who)
}

func completeRequest(up api.InitResponse, parts []api.Part, data []byte) api.CompleteRequest {
	return api.CompleteRequest{
		UploadID: up.UploadID, ObjectKey: up.ObjectKey, Parts: parts, Size: ptr(int64(len(data))), Checksum: crcOf(data),
	}
}

// wantStored compares a stored object, as a plain file, with what was sent.
func wantStored(t testing.TB, path string, want []byte) {
	t.Helper()
	got, err := os.ReadFile(path)
	if err != nil {
		t.Errorf("the object is not there: %v", err)
		return
	}
	if !bytes.Equal(got, want) {
		t.Errorf("the object has %d bytes that are not those sent (%d)", len(got), len(want))
	}
}

// uploadOf names an upload in list-parts and abort-upload.
func uploadOf(up api.InitResponse) api.UploadRequest {
	return api.UploadRequest{UploadID: up.UploadID, ObjectKey: up.ObjectKey}
}

// statOf looks at one key through the signer.
func statOf(t testing.TB, base, key string) api.ObjectStat {
	t.Helper()
	r := call[api.StatObjectsResponse](t, base, api.PathStatObjects, api.StatObjectsRequest{ObjectKeys: []string{key}})
	if len(r.Objects) != 1 {
		t.Fatalf("stat-objects: %+v", r)
	}
	return r.Objects[0]
}

// seeded are bytes that look random and are the same in every run.
func seeded(n int, seed uint64) []byte {
	b := make([]byte, n)
	x := seed*0x9e3779b97f4a7c15 + 1
	for i := 0; i+8 <= n; i += 8 {
		x ^= x << 13
		x ^= x >> 7
		x ^= x << 17
		binary.LittleEndian.PutUint64(b[i:], x)
	}
	for i := n &^ 7; i < n; i++ {
		b[i] = byte(i) ^ byte(seed)
	}
	return b
}

// itoa is strconv.Itoa, short enough for tables.
func itoa(n int) string { return strconv.Itoa(n) }
