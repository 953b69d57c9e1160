package fault

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"syscall"
	"time"

	"github.com/minio/crc64nvme"

	"longshore/uploader"
)

// Transport returns the vault's data plane: it takes the PUTs its signer signed. It reads the body, honours the
// request's context and closes the body, as a transport must.
func (v *Vault) Transport() http.RoundTripper { return transport{v} }

// Connection returns the vault as the engine gets it, with the product's own watchdog around the data plane.
func (v *Vault) Connection() uploader.Connection {
	return uploader.Connection{
		Signer: v.Signer(), Transport: uploader.Compose(v.Transport(), uploader.TransportOptions{}),
		Origins: []string{v.Origin()}, Checksum: v.opt.Checksum, PartSize: v.opt.PlanPartSize,
	}
}

// Connector connects to vaults by their ids; CodeBadConfig for an unknown one. Faults of a vault's "connect" apply.
func Connector(vaults map[uploader.VaultID]*Vault) uploader.Connector { return connector(vaults) }

type connector map[uploader.VaultID]*Vault

func (c connector) Connect(vault uploader.Vault) (uploader.Connection, error) {
	v, ok := c[vault.ID]
	if !ok || vault.SignerURL == "" {
		return uploader.Connection{}, uploader.E(OpConnect, uploader.CodeBadConfig, nil)
	}
	fault, end := v.Faults.begin(Call{Op: OpConnect})
	defer end()
	if fault.Before != nil {
		fault.Before()
	}
	if err := fault.refusal(OpConnect); err != nil {
		return uploader.Connection{}, err
	}
	return v.Connection(), nil
}

type transport struct{ v *Vault }

// RoundTrip is one PUT.
func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body == nil {
		r.Body = http.NoBody
	}
	defer r.Body.Close()
	v := t.v
	v.mu.Lock()
	sig := v.signed[r.URL.Query().Get("X-Amz-Signature")]
	v.mu.Unlock()
	if sig == nil || "https://"+r.URL.Host != v.Origin() || r.Method != http.MethodPut {
		return s3Answer(http.StatusForbidden, "SignatureDoesNotMatch", ""), nil
	}
	op := OpPutPart
	if sig.upload == "" {
		op = OpPutObject
	}
	fault, end := v.Faults.begin(Call{Op: op, Key: sig.key, Attempt: sig.attempt, Part: sig.part})
	defer end()
	up, cut := v.network()
	if !up {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ENETUNREACH}
	}
	ctx, cancel := context.WithCancelCause(r.Context())
	defer cancel(nil)
	stop := watch(ctx, cut, cancel)
	defer stop()
	resp, err := v.serve(ctx, r, sig, &fault)
	if err == nil && ctx.Err() != nil { // the answer finds nobody
		err = ctx.Err()
	}
	if err != nil {
		if errors.Is(context.Cause(ctx), errCut) {
			err = &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}
		}
		return nil, err
	}
	return resp, nil
}

// serve takes the body and makes the answer.
func (v *Vault) serve(ctx context.Context, r *http.Request, sig *signature, fault *Fault) (*http.Response, error) {
	if err := fault.enter(ctx); err != nil {
		return nil, ctx.Err()
	}
	if err := sleep(ctx, v.opt.Latency); err != nil {
		return nil, ctx.Err()
	}
	switch {
	case fault.Err != nil:
		return nil, fault.Err
	case fault.Status != 0:
		return fault.answer(), nil
	case fault.Code != "" && !fault.DropAnswer:
		return nil, uploader.E("put", fault.Code, nil)
	case !time.Now().Before(sig.expires):
		return s3Answer(http.StatusForbidden, "AccessDenied", "Request has expired"), nil
	case !sig.matches(r):
		return s3Answer(http.StatusForbidden, "SignatureDoesNotMatch", ""), nil
	}
	got, err := v.receive(ctx, r.Body, sig, fault)
	if err != nil {
		return nil, err
	}
	resp := v.accept(sig, got)
	if fault.After != nil {
		fault.After()
	}
	switch {
	case fault.Hang:
		<-ctx.Done()
		return nil, ctx.Err()
	case fault.DropAnswer:
		return nil, &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}
	}
	return resp, nil
}

// body is a request's body as it arrived.
type body struct {
	data []byte // nil when the vault keeps no bytes
	size int64
	crc  uint64
	md5  string
}

// receive reads the body at the vault's speed, through the fault.
func (v *Vault) receive(ctx context.Context, r io.Reader, sig *signature, fault *Fault) (*body, error) {
	got, crc, md := &body{}, crc64nvme.New(), md5.New()
	buf := make([]byte, 64<<10)
	broken := &net.OpError{Op: "write", Net: "tcp", Err: syscall.EPIPE}
	for {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		piece := buf
		if fault.CutAfter > 0 {
			piece = buf[:min(int64(len(buf)), fault.CutAfter-got.size)]
		}
		n, err := r.Read(piece)
		if fault.Corrupt && got.size == 0 && n > 0 {
			piece[0] ^= 1
		}
		crc.Write(piece[:n])
		md.Write(piece[:n])
		if !v.opt.Discard {
			got.data = append(got.data, piece[:n]...)
		}
		got.size += int64(n)
		v.mu.Lock()
		v.trafficOf(sig.key).Bytes += int64(n)
		v.mu.Unlock()
		if v.opt.Speed > 0 {
			if err := sleep(ctx, time.Duration(float64(n)/float64(v.opt.Speed)*float64(time.Second))); err != nil {
				return nil, ctx.Err()
			}
		}
		switch {
		case err == io.EOF && fault.CutAfter > 0: // it all arrived, and nobody will know
			return nil, broken
		case err == io.EOF:
			got.crc, got.md5 = crc.Sum64(), base64.StdEncoding.EncodeToString(md.Sum(nil))
			return got, nil
		case err != nil:
			return nil, fmt.Errorf("http: reading the body: %w", err)
		case fault.CutAfter > 0 && got.size >= fault.CutAfter && got.size < sig.size:
			return nil, broken
		case fault.CutAfter > 0 && got.size >= fault.CutAfter:
			fault.CutAfter = got.size + 1 // all bytes are here: read the end
		}
	}
}

// accept stores a body, or refuses it as S3 does.
func (v *Vault) accept(sig *signature, got *body) *http.Response {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.expire()
	t := v.trafficOf(sig.key)
	if got.size != sig.size {
		return s3Answer(http.StatusBadRequest, "IncompleteBody", "")
	}
	t.Whole[sig.part]++
	if v.opt.Checksum == uploader.ChecksumCRC64NVME && crcText(got.crc) != sig.sum || v.opt.Checksum == uploader.ChecksumMD5 && got.md5 != sig.sum {
		return s3Answer(http.StatusBadRequest, "BadDigest", "")
	}
	header := http.Header{}
	if sig.upload == "" {
		if _, taken := v.objects[sig.key]; taken && !v.opt.NoCondition {
			return s3Answer(http.StatusPreconditionFailed, "PreconditionFailed", "")
		}
		o := v.store(sig.key, sig.attempt, got.data, got.size, crcText(got.crc))
		header.Set("ETag", o.ETag)
		if v.opt.Checksum == uploader.ChecksumCRC64NVME {
			header.Set("x-amz-checksum-crc64nvme", sig.sum)
		}
		header.Set("x-amz-version-id", o.VersionID)
		if v.opt.Encryption != "none" {
			header.Set("x-amz-server-side-encryption", v.opt.Encryption)
		}
	} else {
		u := v.uploads[sig.upload]
		if u == nil {
			return s3Answer(http.StatusNotFound, "NoSuchUpload", "")
		}
		v.serial++
		p := &part{Part: uploader.Part{PartNumber: sig.part, ETag: etag(got.data, v.serial), Size: got.size, Checksum: sig.sum}, data: got.data}
		u.parts[sig.part] = p
		header.Set("ETag", p.ETag)
	}
	t.Accepted[sig.part]++
	return response(http.StatusOK, header, nil)
}

// answer is the refusal a fault asks for.
func (f *Fault) answer() *http.Response {
	resp := s3Answer(f.Status, f.S3Code, f.Message)
	if f.Body != "" {
		resp = response(f.Status, http.Header{"Content-Type": {"text/html"}}, []byte(f.Body))
	}
	if f.RetryAfter > 0 {
		resp.Header.Set("Retry-After", strconv.FormatInt(int64(f.RetryAfter/time.Second), 10))
	}
	return resp
}

// s3Answer is an error in S3's form.
func s3Answer(status int, code, message string) *http.Response {
	text, err := xml.Marshal(struct {
		XMLName   xml.Name `xml:"Error"`
		Code      string
		Message   string
		RequestID string `xml:"RequestId"`
	}{Code: code, Message: message, RequestID: "FAULT"})
	if err != nil {
		panic(err) // three strings can always be written
	}
	return response(status, http.Header{"Content-Type": {"application/xml"}}, text)
}

func response(status int, header http.Header, text []byte) *http.Response {
	return &http.Response{
		StatusCode: status, Header: header, Body: io.NopCloser(bytes.NewReader(text)), ContentLength: int64(len(text)),
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
	}
}
