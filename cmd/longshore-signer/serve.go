package main

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"longshore/internal/collector"
	"longshore/signer"
	"longshore/signer/companion"
	"longshore/signer/s3"
)

// serve runs the signer until ctx ends, and then stops in order: ready no more,
// no new requests, running requests, running Completes.
func serve(ctx context.Context, o options, log *slog.Logger, stdout, stderr io.Writer) (err error) {
	collector.Thrifty(heapGrowth, leastHeapGrowth)
	audit, file, endAudit, err := auditLog(o, log, stderr)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, endAudit()) }()
	auth, closeAuth, err := o.authFlags.open(log)
	if err != nil {
		return err
	}
	defer closeAuth()
	sg, err := newSigner(ctx, o, auth, log, audit)
	if err != nil {
		return err
	}
	if file != nil {
		sg.Gauge("audit_lines_lost", "Lines that the audit log's file did not take; they went to the log.", file.missing)
	}
	if o.lambda {
		return serveLambda(ctx, o, sg, log, stdout)
	}
	if o.clearTokens {
		log.Warn("serving http beyond loopback: a proxy in front must serve https, or tokens travel in the clear")
	}
	servers, err := listen(ctx, o, sg)
	if err != nil {
		return errors.Join(err, sg.Shutdown(ctx))
	}
	failed := make(chan error, len(servers))
	for _, s := range servers {
		go func() { failed <- s.run() }()
	}
	ready := sg.Ready()
	for {
		select {
		case <-ready:
			ready = nil // once
			_, _ = fmt.Fprintln(stdout, "ready "+servers[0].address())
			continue
		case err = <-failed:
		case <-ctx.Done():
		}
		break
	}
	return errors.Join(err, stopper{servers: servers, sg: sg, log: log, drain: o.drain, limit: o.stopTimeout}.stop())
}

// How much the heap may grow between two collections, in percent and at least in
// bytes. With a thousand clients it is the former that keeps memory under 64 MiB
// (DESIGN §7, docs/performance.md), for two fifths of the speed, which is five
// times what is asked for; with few there is neither much to keep nor to gain.
const (
	heapGrowth      = 15
	leastHeapGrowth = 4 << 20
)

func newSigner(ctx context.Context, o options, auth signer.Authenticator, log, audit *slog.Logger) (*signer.Signer, error) {
	cfg := o.signer
	cfg.Tool = "longshore-signer " + programVersion()
	cfg.Logger, cfg.Audit = log, audit
	cfg.Auth = auth
	var err error
	if o.policyFile != "" {
		if cfg.Policy, err = signer.OpenPolicyFile(o.policyFile, log); err != nil {
			return nil, err
		}
	}
	if cfg.SealKeys, err = sealKeys(o.sealKeyFiles); err != nil {
		return nil, err
	}
	cfg.Storage, err = s3.New(ctx, s3.Config{Bucket: o.bucket, Region: o.region, Endpoint: o.endpoint})
	if err != nil {
		return nil, err
	}
	return signer.New(cfg)
}

// sealKeys reads the key files. Without any, which only --auth none allows, it
// makes up a key that dies with the process, and running uploads with it.
func sealKeys(files []string) ([][]byte, error) {
	if len(files) == 0 {
		key := make([]byte, signer.MinSealKey)
		_, err := rand.Read(key)
		return [][]byte{key}, err
	}
	var keys [][]byte
	for _, f := range files {
		key, err := sealKey(f)
		if err != nil {
			return nil, fmt.Errorf("--seal-key-file cannot be read: %w", withoutPath(err))
		}
		keys = append(keys, key)
	}
	return keys, nil
}

// sealKey reads a file, or where there are no files for secrets, as in AWS
// Lambda, base64 from the environment.
func sealKey(from string) ([]byte, error) {
	name, env := strings.CutPrefix(from, "env:")
	if !env {
		return os.ReadFile(from)
	}
	key, err := base64.StdEncoding.DecodeString(os.Getenv(name))
	if err != nil || len(key) == 0 {
		return nil, errors.New("the environment variable holds no base64")
	}
	return key, nil
}

// withoutPath drops the path from an error of package os: logs are collected,
// and paths say more than they should. The flag names the file well enough.
func withoutPath(err error) error {
	if pe, ok := errors.AsType[*os.PathError](err); ok {
		return pe.Err
	}
	return err
}

// maxHeader bounds the headers, in bytes, which are read before anything is
// known of who sends them: a token with a thousand groups, a cookie, and room.
const maxHeader = 32 << 10

// server is one listener with its handler.
type server struct {
	http     http.Server
	listener net.Listener
	scheme   string
}

// handlerOf is the signer, with Companion's routes if wanted.
func handlerOf(o options, sg *signer.Signer) (http.Handler, error) {
	if o.companionPrefix == "" {
		return sg.Handler(), nil
	}
	h, err := companion.New(companion.Config{Prefix: o.companionPrefix, Params: o.signer.AllowForms}, sg.Handler())
	if err != nil {
		return nil, fmt.Errorf("--companion-prefix: %w", err)
	}
	return h, nil
}

// listen opens the signer's listener, first, and the metrics' one if wanted.
func listen(ctx context.Context, o options, sg *signer.Signer) ([]*server, error) {
	handler, err := handlerOf(o, sg)
	if err != nil {
		return nil, err
	}
	main, err := newServer(ctx, o.listen, handler)
	if err != nil {
		return nil, err
	}
	servers := []*server{main}
	open := newConns(o.maxConns)
	open.guard(&main.http)
	sg.Gauge("connections", "Open connections.", func() float64 { n, _ := open.counts(); return n })
	sg.Gauge("connections_dropped", "Connections closed since the start because there were too many.", func() float64 { _, n := open.counts(); return n })
	if o.tlsCert != "" {
		cert, err := tls.LoadX509KeyPair(o.tlsCert, o.tlsKey)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("--tls-cert and --tls-key cannot be used: %w", withoutPath(err)), main.listener.Close())
		}
		main.scheme = "https"
		main.listener = tls.NewListener(main.listener, &tls.Config{
			MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{cert}, NextProtos: []string{"http/1.1"},
		})
	}
	if o.metricsListen != "" {
		m, err := newServer(ctx, o.metricsListen, sg.MetricsHandler())
		if err != nil {
			return nil, errors.Join(err, main.listener.Close())
		}
		m.http.WriteTimeout = metricsTimeout
		servers = append(servers, m)
	}
	return servers, nil
}

// metricsTimeout bounds how long a scrape may take: there are few places.
const metricsTimeout = 30 * time.Second

// newServer bounds how long a client may take to send its headers. Bodies and
// answers are the handler's: a Complete may take minutes, and a deadline of the
// server's would end it.
func newServer(ctx context.Context, addr string, h http.Handler) (*server, error) {
	ln, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("listen: %w", err)
	}
	return &server{scheme: "http", listener: ln, http: http.Server{
		Handler: h, ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout: 2 * time.Minute, MaxHeaderBytes: maxHeader,
		ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError), // would log addresses of clients
	}}, nil
}

func (s *server) run() error {
	if err := s.http.Serve(s.listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve: %w", err)
	}
	return nil
}

func (s *server) address() string { return s.scheme + "://" + s.listener.Addr().String() }
