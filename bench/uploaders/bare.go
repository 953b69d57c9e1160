//go:build linux

package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"flag"
	"fmt"
	"hash"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/minio/crc64nvme"
	"golang.org/x/sync/errgroup"
)

// The bare loop's settings: what one would write first, with the sizes of the product.
const (
	bareLargest = 16 * mib // of a part
	bareFiles   = 64       // in flight
	bareParts   = 4
)

// bareLoop is all that an uploader must do: read, sum and PUT, without signatures, journal, retries or a queue.
type bareLoop struct {
	http *http.Client
	url  string
	sum  string // "pass": while the body is read; "read": in a read of its own, before
}

func bareMain(ctx context.Context, args []string, _ io.Writer) error {
	fs := flag.NewFlagSet("bare", flag.ContinueOnError)
	to := fs.String("s3", "", "URL of the S3")
	ca := fs.String("ca", "", "certificates to trust")
	sum := fs.String("sum", "read", "when checksums are made")
	if err := fs.Parse(args); err != nil {
		return err
	}
	pem, err := os.ReadFile(*ca)
	if err != nil {
		return err
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	b := &bareLoop{url: *to + "/" + bucket + "/drop/", sum: *sum, http: &http.Client{Transport: &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: roots}, Protocols: protocols,
		WriteBufferSize: 256 << 10, MaxIdleConnsPerHost: bareFiles,
	}}}
	files, ctx := errgroup.WithContext(ctx)
	files.SetLimit(bareFiles)
	walk := filepath.WalkDir(fs.Arg(0), func(path string, entry os.DirEntry, err error) error {
		if err == nil && entry.Type().IsRegular() {
			files.Go(func() error { return b.file(ctx, path) })
		}
		return err
	})
	return errors.Join(walk, files.Wait())
}

func (b *bareLoop) file(ctx context.Context, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	to := b.url + url.PathEscape(filepath.Base(path))
	if info.Size() <= bareLargest {
		return b.put(ctx, to, f, 0, info.Size())
	}
	var made struct {
		UploadID string `xml:"UploadId"`
	}
	if err := b.post(ctx, to+"?uploads", &made); err != nil {
		return err
	}
	parts, inner := errgroup.WithContext(ctx)
	parts.SetLimit(bareParts)
	for n := int64(0); n*bareLargest < info.Size(); n++ {
		part := fmt.Sprintf("%s?partNumber=%d&uploadId=%s", to, n+1, made.UploadID)
		parts.Go(func() error {
			return b.put(inner, part, f, n*bareLargest, min(bareLargest, info.Size()-n*bareLargest))
		})
	}
	if err := parts.Wait(); err != nil {
		return err
	}
	return b.post(ctx, to+"?uploadId="+made.UploadID, nil)
}

func (b *bareLoop) put(ctx context.Context, to string, f *os.File, off, size int64) error {
	var body io.Reader = io.NewSectionReader(f, off, size)
	h := crc64nvme.New()
	if b.sum == "pass" {
		body = summing{body, h}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPut, to, body)
	if err != nil {
		return err
	}
	req.ContentLength = size
	if b.sum == "read" {
		if _, err := io.CopyBuffer(struct{ io.Writer }{h}, io.NewSectionReader(f, off, size), make([]byte, 256<<10)); err != nil {
			return err
		}
		req.Header.Set("X-Amz-Checksum-Crc64nvme", base64.StdEncoding.EncodeToString(h.Sum(nil)))
	}
	return b.do(req, nil)
}

// summing reads and sums.
type summing struct {
	io.Reader
	hash.Hash64
}

func (s summing) Read(p []byte) (int, error) {
	n, err := s.Reader.Read(p)
	_, _ = s.Hash64.Write(p[:n]) // never fails
	return n, err
}

func (b *bareLoop) post(ctx context.Context, to string, answer any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, to, http.NoBody)
	if err != nil {
		return err
	}
	return b.do(req, answer)
}

func (b *bareLoop) do(req *http.Request, answer any) error {
	res, err := b.http.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", res.Status, strings.TrimSpace(string(text)))
	}
	if answer == nil {
		return nil
	}
	return xml.Unmarshal(text, answer)
}
