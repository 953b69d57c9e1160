//go:build linux

package main

import (
	"bufio"
	"context"
	"crypto/rand"
	"crypto/tls"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"longshore/bench/discard"
	"longshore/internal/collector"
	"longshore/signer"
	"longshore/signer/s3"
)

// children are what this program is besides itself.
func children() map[string]func(context.Context, []string, io.Writer) error {
	return map[string]func(context.Context, []string, io.Writer) error{
		"serve-s3": serveS3, "serve-signer": serveSigner, "bare": bareMain,
	}
}

// serving are the flags of both servers.
type serving struct {
	fs              *flag.FlagSet
	host, cert, key string
	latency         time.Duration
}

func newServing(name string) *serving {
	s := &serving{fs: flag.NewFlagSet(name, flag.ContinueOnError)}
	s.fs.StringVar(&s.host, "host", loopback, "address to listen at")
	s.fs.StringVar(&s.cert, "cert", "", "certificate file")
	s.fs.StringVar(&s.key, "key", "", "its key's file")
	s.fs.DurationVar(&s.latency, "latency", 0, "how far away to be")
	return s
}

// serve serves over TLS until standard input ends, and answers each line of it.
func (s *serving) serve(ctx context.Context, h http.Handler, out io.Writer, answer func(question string) any) error {
	cert, err := tls.LoadX509KeyPair(s.cert, s.key)
	if err != nil {
		return err
	}
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", net.JoinHostPort(s.host, "0"))
	if err != nil {
		return err
	}
	// S3 speaks HTTP/1.1 and nothing else.
	secure := tls.NewListener(l, &tls.Config{
		Certificates: []tls.Certificate{cert}, NextProtos: []string{"http/1.1"}, MinVersion: tls.VersionTLS12,
	})
	server := &http.Server{Handler: h, ReadHeaderTimeout: time.Minute, ErrorLog: log.New(io.Discard, "", 0)}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(secure) }()
	if _, err := fmt.Fprintf(out, "https://%s\n", l.Addr()); err != nil {
		return errors.Join(err, server.Close())
	}
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		if err := json.NewEncoder(out).Encode(answer(lines.Text())); err != nil {
			return errors.Join(err, server.Close())
		}
	}
	err = server.Close()
	<-failed
	return err
}

// A signer stands beside the storage, not beside its clients. Its own calls are known by their names: the AWS SDK's, and
// the one under which it looks at objects.
const (
	sdkAgent    = "aws-sdk-go-v2/"
	signerAgent = "longshore-signer"
	beside      = 5 * time.Millisecond
)

func serveS3(ctx context.Context, args []string, out io.Writer) error {
	s := newServing("serve-s3")
	if err := s.fs.Parse(args); err != nil {
		return err
	}
	h := discard.New()
	h.Latency = func(r *http.Request) time.Duration {
		if agent := r.UserAgent(); strings.HasPrefix(agent, sdkAgent) || strings.HasPrefix(agent, signerAgent) {
			return min(s.latency, beside)
		}
		return s.latency
	}
	return s.serve(ctx, h, out, func(string) any {
		t := h.Totals()
		h.Forget()
		return t
	})
}

// serveSigner is the product's signer, with everything its program does by default, somewhat away.
func serveSigner(ctx context.Context, args []string, out io.Writer) error {
	s := newServing("serve-signer")
	endpoint := s.fs.String("s3", "", "URL of the S3")
	tokens := s.fs.String("tokens", "", "file with the clients' tokens")
	if err := s.fs.Parse(args); err != nil {
		return err
	}
	auth, err := signer.OpenTokenFile(*tokens, nil)
	if err != nil {
		return err
	}
	storage, err := s3.New(ctx, s3.Config{Bucket: bucket, Region: region, Endpoint: *endpoint, AccessKey: accessKey, SecretKey: secretKey})
	if err != nil {
		return err
	}
	seal := make([]byte, signer.MinSealKey)
	_, _ = rand.Read(seal) // never fails
	sg, err := signer.New(signer.Config{Storage: storage, Name: "Bench", NoKMS: true, SealKeys: [][]byte{seal}, Auth: auth, Checksum: "crc64nvme",
		Logger: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})), Audit: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	select {
	case <-sg.Ready():
	case <-ctx.Done():
		return ctx.Err()
	}
	collector.Thrifty(15, 4<<20) // as longshore-signer does
	inner := sg.Handler()
	err = s.serve(ctx, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if pause(r.Context(), s.latency) {
			inner.ServeHTTP(w, r)
		}
	}), out, func(string) any { return nil })
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	return errors.Join(err, sg.Shutdown(stop))
}

// pause waits for d, or returns false when ctx ends first.
func pause(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return true
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
