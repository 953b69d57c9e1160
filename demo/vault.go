package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"time"

	"longshore/signer"
	"longshore/signer/s3"
)

const (
	bucket       = "vault"
	region       = "us-east-1"
	startTimeout = 30 * time.Second
	stopTimeout  = 10 * time.Second
)

// config is what the command line says.
type config struct {
	data     string // folder, may be relative
	listen   string // the signer's host:port
	s3Listen string // the S3 server's host:port
	out      io.Writer
	log      *slog.Logger
}

// runVault starts the S3 server and the signer, announces them, and serves until
// ctx ends (nil) or one of them breaks (why, in words).
func runVault(ctx context.Context, cfg config) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()

	listener, err := listen(ctx, "--listen", cfg.listen)
	if err != nil {
		return err
	}
	defer listener.Close() // the HTTP server closes it first.
	s3Addr, err := resolve(ctx, "--s3-listen", cfg.s3Listen)
	if err != nil {
		return err
	}
	folder, err := openFolder(cfg.data)
	if err != nil {
		return err
	}

	gw, err := startGateway(ctx, folder, s3Addr)
	if err != nil {
		return err
	}
	defer gw.stop() // last: the signer may still settle a Complete
	if err := gw.createBucket(ctx); err != nil {
		return err
	}
	return serveSigner(ctx, cfg, listener, folder.secrets, gw)
}

// serveSigner runs the signer on the gateway until ctx ends or either breaks.
func serveSigner(ctx context.Context, cfg config, l net.Listener, sec secrets, gw *gateway) error {
	sgn, err := newSigner(ctx, cfg, sec, gw)
	if err != nil {
		return err
	}
	srv := &http.Server{
		Handler:           sgn.Handler(),
		ReadHeaderTimeout: 10 * time.Second,
		ErrorLog:          slog.NewLogLogger(cfg.log.Handler(), slog.LevelWarn),
	}
	served := make(chan error, 1)
	go func() { served <- srv.Serve(l) }()

	err = announce(ctx, cfg.out, l.Addr(), sgn, gw)
	if err == nil {
		select {
		case <-ctx.Done():
		case err = <-served:
			served <- err
		case <-gw.ended:
			err = gw.failure()
		}
	}
	return errors.Join(err, shutdown(ctx, srv, sgn, served))
}

// shutdown stops taking calls, lets running ones end, and waits for all.
func shutdown(ctx context.Context, srv *http.Server, sgn *signer.Signer, served <-chan error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
	defer cancel()
	if err := srv.Shutdown(ctx); err != nil {
		_ = srv.Close() // a caller that will not let go must not keep us
	}
	if err := <-served; !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("the signer stopped serving: %w", err)
	}
	if err := sgn.Shutdown(ctx); err != nil {
		return fmt.Errorf("the signer did not finish in time: %w", err)
	}
	return nil
}

func newSigner(ctx context.Context, cfg config, sec secrets, gw *gateway) (*signer.Signer, error) {
	storage, err := s3.New(ctx, s3.Config{
		Bucket:    bucket,
		Region:    region,
		Endpoint:  gw.endpoint,
		AccessKey: sec.AccessKey,
		SecretKey: sec.SecretKey,
	})
	if err != nil {
		return nil, err
	}
	return signer.New(signer.Config{
		Storage:            storage,
		Name:               "Demo vault on this computer",
		NoKMS:              true,
		SealKeys:           [][]byte{sec.SealKey},
		Auth:               signer.NoAuth(),
		AllowSimpleClients: true,
		Logger:             cfg.log,
	})
}

// announce prints the ready line once the signer has probed its bucket.
func announce(ctx context.Context, out io.Writer, addr net.Addr, sgn *signer.Signer, gw *gateway) error {
	timeout := time.NewTimer(startTimeout)
	defer timeout.Stop()
	select {
	case <-ctx.Done():
		return nil
	case <-gw.ended:
		return gw.failure()
	case <-timeout.C:
		return fmt.Errorf("the signer could not use its bucket within %v; run again with --verbose to see why", startTimeout)
	case <-sgn.Ready():
	}
	if _, err := fmt.Fprintf(out, "ready http://%s\n", addr); err != nil {
		return fmt.Errorf("print the ready line: %w", err)
	}
	return nil
}
