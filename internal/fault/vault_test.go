package fault

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/minio/crc64nvme"

	"longshore/uploader"
)

const attempt = uploader.AttemptID("01JDAAAAAAAAAAAAAAAAAAAAAA")

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func sum(mode uploader.Checksum, data []byte) string {
	switch mode {
	case uploader.ChecksumCRC64NVME:
		return crcText(crc64nvme.Checksum(data))
	case uploader.ChecksumMD5:
		s := md5.Sum(data)
		return base64.StdEncoding.EncodeToString(s[:])
	}
	return ""
}

// send puts data to a signed URL; the answer is "200", or the status and S3's code, or the error.
func send(ctx context.Context, v *Vault, signed uploader.SignedRequest, data []byte) (etag, outcome string) {
	req := must(http.NewRequestWithContext(ctx, "PUT", signed.URL, bytes.NewReader(data)))
	for name, values := range signed.Header {
		req.Header[name] = values
	}
	resp, err := v.Transport().RoundTrip(req)
	if err != nil {
		return "", err.Error()
	}
	defer resp.Body.Close()
	text := string(must(io.ReadAll(resp.Body)))
	outcome = fmt.Sprint(resp.StatusCode)
	if _, rest, ok := strings.Cut(text, "<Code>"); ok {
		code, _, _ := strings.Cut(rest, "</Code>")
		outcome += " " + code
	}
	return resp.Header.Get("ETag"), outcome
}

// request is an upload of so many parts of four bytes.
func request(mode uploader.Checksum, size int64) uploader.CreateRequest {
	return uploader.CreateRequest{Attempt: attempt, FileName: "a.dcm", Size: size, PartSize: 4, Checksum: mode}
}

func putPart(t *testing.T, v *Vault, up uploader.Upload, n int32, data []byte) (string, string) {
	t.Helper()
	urls, err := v.Signer().SignParts(t.Context(), up, []uploader.PartToSign{{PartNumber: n, Size: int64(len(data)), Checksum: sum(v.opt.Checksum, data)}})
	if err != nil {
		t.Fatal(err)
	}
	return send(t.Context(), v, urls[n], data)
}

func want(t *testing.T, what string, err error, code uploader.Code) {
	t.Helper()
	if uploader.CodeOf(err) != code {
		t.Errorf("%s: %v, want %q", what, err, code)
	}
}

func TestAnUploadFromBeginToEnd(t *testing.T) {
	for _, mode := range []uploader.Checksum{uploader.ChecksumCRC64NVME, uploader.ChecksumMD5, uploader.ChecksumNone} {
		t.Run(string(mode), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				v := NewVault(VaultOptions{Checksum: mode})
				s := v.Signer()
				up := must(s.Create(t.Context(), request(mode, 10), false)).Upload
				req := uploader.CompleteRequest{Upload: up, Attempt: attempt, Size: 10, Mode: mode}
				if mode == uploader.ChecksumCRC64NVME {
					req.Checksum = sum(mode, []byte("abcdefghij"))
				}
				for i, data := range []string{"abcd", "efgh", "ij"} {
					etag, got := putPart(t, v, up, int32(i+1), []byte(data))
					if got != "200" {
						t.Fatalf("part %d: %s", i+1, got)
					}
					p := uploader.Part{PartNumber: int32(i + 1), ETag: etag, Size: int64(len(data))}
					if mode == uploader.ChecksumCRC64NVME {
						p.Checksum = sum(mode, []byte(data))
					}
					req.Parts = append(req.Parts, p)
				}
				if listed := must(s.ListParts(t.Context(), up)); !slices.Equal(listed, req.Parts) {
					t.Errorf("listed %+v, want %+v", listed, req.Parts)
				}
				if stat := must(s.StatObjects(t.Context(), []string{up.Key})); stat[0].Found {
					t.Error("there is an object before Complete")
				}
				object := must(s.Complete(t.Context(), req))
				if data, _ := v.Object(up.Key); string(data) != "abcdefghij" || object.Size != 10 || object.Checksum != req.Checksum {
					t.Errorf("%q, %+v", data, object)
				}
				if again := must(s.Complete(t.Context(), req)); again != object {
					t.Errorf("a repeat answers %+v, not %+v", again, object)
				}
				if stat := must(s.StatObjects(t.Context(), []string{up.Key, "none"})); stat[0].Object != object || stat[0].Attempt != attempt || stat[1].Found {
					t.Errorf("%+v", stat)
				}
				if made := must(s.Create(t.Context(), request(mode, 10), true)); made.Object == nil || *made.Object != object {
					t.Errorf("create again: %+v", made)
				}
				_, err := s.ListParts(t.Context(), up)
				want(t, "list after the end", err, uploader.CodeNoSuchUpload)
				if _, got := putPart(t, v, up, 1, []byte("abcd")); got != "404 NoSuchUpload" {
					t.Errorf("a part after the end: %s", got)
				}
				want(t, "abort after the end", s.Abort(t.Context(), up), "")
				if len(v.Objects()) != 1 || len(v.OpenUploads()) != 0 || v.Traffic(up.Key).Accepted[1] != 1 || v.Traffic(up.Key).Bytes != 14 {
					t.Errorf("%v, %v, %+v", v.Objects(), v.OpenUploads(), v.Traffic(up.Key))
				}
			})
		})
	}
}

func TestCompleteChecksEverything(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := NewVault(VaultOptions{MinPart: 4})
		s, mode := v.Signer(), uploader.ChecksumCRC64NVME
		up := must(s.Create(t.Context(), request(mode, 10), false)).Upload
		var parts []uploader.Part
		for i, data := range []string{"abcd", "efg", "ij"} {
			etag, _ := putPart(t, v, up, int32(i+1), []byte(data))
			parts = append(parts, uploader.Part{PartNumber: int32(i + 1), ETag: etag, Checksum: sum(mode, []byte(data))})
		}
		whole := sum(mode, []byte("abcdefghij"))
		for name, c := range map[string]struct {
			change func(*uploader.CompleteRequest)
			want   uploader.Code
		}{
			"order":       {func(r *uploader.CompleteRequest) { slices.Reverse(r.Parts) }, uploader.CodeRefused},
			"no parts":    {func(r *uploader.CompleteRequest) { r.Parts = nil }, uploader.CodeRefused},
			"etag":        {func(r *uploader.CompleteRequest) { r.Parts[0].ETag = "x" }, uploader.CodeInvalidPart},
			"part sum":    {func(r *uploader.CompleteRequest) { r.Parts[0].Checksum = "" }, uploader.CodeInvalidPart},
			"no such":     {func(r *uploader.CompleteRequest) { r.Parts[2].PartNumber = 9 }, uploader.CodeInvalidPart},
			"small part":  {func(*uploader.CompleteRequest) {}, uploader.CodeEntityTooSmall},
			"size":        {func(r *uploader.CompleteRequest) { r.Parts = r.Parts[:1] }, uploader.CodeSizeMismatch},
			"whole sum":   {func(r *uploader.CompleteRequest) { r.Parts, r.Size, r.Checksum = r.Parts[:1], 4, whole }, uploader.CodeBadDigest},
			"another key": {func(r *uploader.CompleteRequest) { r.Key = "other" }, uploader.CodeForbidden},
			"forged id":   {func(r *uploader.CompleteRequest) { r.UploadID = "forged" }, uploader.CodeForbidden},
		} {
			req := uploader.CompleteRequest{Upload: up, Attempt: attempt, Parts: slices.Clone(parts), Size: 10, Checksum: whole}
			c.change(&req)
			_, err := s.Complete(t.Context(), req)
			want(t, name, err, c.want)
		}
		v.Put(up.Key, "somebody else", []byte("x"))
		_, err := s.Complete(t.Context(), uploader.CompleteRequest{Upload: up, Attempt: attempt, Parts: parts, Size: 10, Checksum: whole})
		want(t, "a taken key", err, uploader.CodeKeyTaken)
	})
}

func TestCreateAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := NewVault(VaultOptions{PartSize: 8, ResumeWithin: time.Hour})
		s, req := v.Signer(), request(uploader.ChecksumCRC64NVME, 10)
		first := must(s.Create(t.Context(), req, false))
		if first.PartSize != 8 || !first.ResumeBefore.Equal(time.Now().Add(time.Hour)) {
			t.Errorf("%+v", first)
		}
		second := must(s.Create(t.Context(), req, false))
		if again := must(s.Create(t.Context(), req, true)); again.Upload != first.Upload || second.Upload == first.Upload {
			t.Errorf("retry found %+v; made were %+v, %+v", again, first, second)
		}
		req.Size++
		_, err := s.Create(t.Context(), req, true)
		want(t, "another size", err, uploader.CodeRefConflict)
		want(t, "abort", s.Abort(t.Context(), first.Upload), "")
		if open := v.OpenUploads(); len(open) != 0 {
			t.Errorf("still open: %v", open)
		}
		if v.Calls(OpCreate) != 4 || v.Peak(OpCreate) != 1 {
			t.Errorf("%d calls, %d at once", v.Calls(OpCreate), v.Peak(OpCreate))
		}
	})
}

func TestSinglePuts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := NewVault(VaultOptions{Encryption: "aws:kms"})
		data := []byte("hello")
		req := uploader.CreateRequest{Attempt: attempt, FileName: "a", Size: 5, Checksum: uploader.ChecksumCRC64NVME, Sum: sum(uploader.ChecksumCRC64NVME, data)}
		other := req
		other.Attempt = "01JDBBBBBBBBBBBBBBBBBBBBBB"
		v.Faults.Add(OpSignObject, Fault{Code: uploader.CodeForbidden, Only: func(c Call) bool { return c.Attempt == other.Attempt }})
		signed := must(v.Signer().SignObjects(t.Context(), []uploader.CreateRequest{other, req}))
		want(t, "the other", signed[0].Err, uploader.CodeForbidden)
		if _, got := send(t.Context(), v, signed[1].SignedRequest, []byte("hallo")); got != "400 BadDigest" {
			t.Errorf("other bytes: %s", got)
		}
		if _, got := send(t.Context(), v, signed[1].SignedRequest, []byte("hello!")); got != "403 SignatureDoesNotMatch" {
			t.Errorf("another length: %s", got)
		}
		if _, got := send(t.Context(), v, uploader.SignedRequest{URL: signed[1].URL}, data); got != "403 SignatureDoesNotMatch" {
			t.Errorf("without its headers: %s", got)
		}
		if etag, got := send(t.Context(), v, signed[1].SignedRequest, data); got != "200" || etag == "" {
			t.Errorf("%s, %q", got, etag)
		}
		if _, got := send(t.Context(), v, signed[1].SignedRequest, data); got != "412 PreconditionFailed" {
			t.Errorf("a replay: %s", got)
		}
		if tr := v.Traffic(signed[1].Key); tr.Whole[0] != 3 || tr.Accepted[0] != 1 {
			t.Errorf("%+v", tr)
		}
		v.Faults.VerifyAllFaultsExercised(t)
	})
}

func TestURLsExpire(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := NewVault(VaultOptions{URLLifetime: time.Minute})
		up := must(v.Signer().Create(t.Context(), request(uploader.ChecksumCRC64NVME, 4), false)).Upload
		urls := must(v.Signer().SignParts(t.Context(), up, []uploader.PartToSign{{PartNumber: 1, Size: 4, Checksum: sum(uploader.ChecksumCRC64NVME, []byte("abcd"))}}))
		time.Sleep(urls[1].Lifetime - 1)
		if _, got := send(t.Context(), v, urls[1], []byte("abcd")); got != "200" {
			t.Errorf("just before: %s", got)
		}
		time.Sleep(time.Nanosecond)
		if _, got := send(t.Context(), v, urls[1], []byte("abcd")); got != "403 AccessDenied" {
			t.Errorf("just after: %s", got)
		}
	})
}

func TestOffline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := NewVault(VaultOptions{Latency: time.Second, Speed: 1})
		up := must(v.Signer().Create(t.Context(), request(uploader.ChecksumCRC64NVME, 4), false)).Upload
		time.AfterFunc(3*time.Second, func() { v.Offline(true) })
		if _, got := putPart(t, v, up, 1, []byte("abcd")); !strings.Contains(got, "reset") {
			t.Errorf("under way: %s", got)
		}
		_, err := v.Signer().ListParts(t.Context(), up)
		want(t, "afterwards", err, uploader.CodeNetwork)
		v.Offline(true)
		v.Offline(false)
		v.Offline(false)
		if parts := must(v.Signer().ListParts(t.Context(), up)); len(parts) != 0 {
			t.Errorf("a part was stored: %v", parts)
		}
		if _, got := putPart(t, v, up, 1, []byte("abcd")); got != "200" {
			t.Errorf("back again: %s", got)
		}
	})
}

func TestConnector(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := NewVault(VaultOptions{Name: "one", PlanPartSize: 5})
		c := Connector(map[uploader.VaultID]*Vault{"V1": v})
		conn := must(c.Connect(uploader.Vault{ID: "V1", SignerURL: "https://signer.test"}))
		if conn.PartSize != 5 || conn.Origins[0] != "https://one.test" || conn.Checksum != uploader.ChecksumCRC64NVME {
			t.Errorf("%+v", conn)
		}
		_, err := c.Connect(uploader.Vault{ID: "V2", SignerURL: "https://signer.test"})
		want(t, "unknown", err, uploader.CodeBadConfig)
		v.Faults.Add(OpConnect, Fault{Code: uploader.CodeUnauthorized})
		_, err = c.Connect(uploader.Vault{ID: "V1", SignerURL: "https://signer.test"})
		want(t, "refused", err, uploader.CodeUnauthorized)
	})
}
