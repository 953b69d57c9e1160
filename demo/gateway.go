package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/versity/versitygw/auth"
	"github.com/versity/versitygw/backend/meta"
	"github.com/versity/versitygw/backend/posix"
	"github.com/versity/versitygw/embedgw"
)

const (
	maxRequests = 1000
	maxParts    = 10_000 // as Amazon's
	pollEvery   = 20 * time.Millisecond
)

// gateway is the embedded S3 server. One can run in a process (embedgw).
type gateway struct {
	endpoint string
	secrets  secrets
	cancel   context.CancelFunc
	ended    chan struct{} // closed when it has stopped
	err      error         // why; read after ended
}

// startGateway starts the S3 server on the folder. It is up when createBucket
// returns.
func startGateway(ctx context.Context, f folder, addr string) (*gateway, error) {
	var store meta.MetadataStorer = meta.XattrMeta{}
	if f.sidecar != "" {
		sc, err := meta.NewSideCar(f.sidecar)
		if err != nil {
			return nil, fmt.Errorf("the folder for metadata cannot be used: %w", noPath(err))
		}
		store = sc
	}
	backend, err := posix.New(f.root, store, posix.PosixOpts{})
	if err != nil {
		return nil, fmt.Errorf("the folder given with --data cannot be used: %w", noPath(err))
	}
	// It outlives ctx: the signer stops first, then stop ends it.
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	g := &gateway{endpoint: "http://" + addr, secrets: f.secrets, cancel: cancel, ended: make(chan struct{})}
	cfg := &embedgw.Config{
		RootUserAccess:    f.secrets.AccessKey,
		RootUserSecret:    f.secrets.SecretKey,
		IAMService:        onlyRoot(f.secrets),
		Region:            region,
		Ports:             []string{addr},
		MaxConnections:    maxRequests,
		MaxRequests:       maxRequests,
		MultipartMaxParts: maxParts,
		KeepAlive:         true,
		Quiet:             true,
	}
	go func() {
		defer close(g.ended)
		g.err = embedgw.RunVersityGW(ctx, backend, cfg)
	}()
	return g, nil
}

// onlyRoot knows the root account and no other. Left to itself the gateway makes
// the same, and says so on standard output, which is for the ready line.
func onlyRoot(s secrets) auth.IAMService {
	return auth.NewIAMServiceSingle(auth.Account{Access: s.AccessKey, Secret: s.SecretKey, Role: auth.RoleAdmin})
}

// stop ends the server and waits for it. Safe to repeat.
func (g *gateway) stop() {
	g.cancel()
	<-g.ended
}

// failure says why the server ended although nobody asked it to.
func (g *gateway) failure() error {
	if g.err == nil {
		return errors.New("the S3 server stopped by itself")
	}
	return fmt.Errorf("the S3 server stopped: %w", g.err)
}

// client speaks to the server as root and tries each call once.
func (g *gateway) client() *awss3.Client {
	return awss3.New(awss3.Options{
		Region:           region,
		BaseEndpoint:     aws.String(g.endpoint),
		UsePathStyle:     true,
		Credentials:      credentials.NewStaticCredentialsProvider(g.secrets.AccessKey, g.secrets.SecretKey, ""),
		RetryMaxAttempts: 1,
	})
}

// createBucket waits until the server answers and has the bucket. A cancelled
// ctx is no failure: the caller sees it next.
func (g *gateway) createBucket(ctx context.Context) error {
	client := g.client()
	deadline := time.NewTimer(startTimeout)
	defer deadline.Stop()
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for {
		_, err := client.CreateBucket(ctx, &awss3.CreateBucketInput{Bucket: aws.String(bucket)})
		if _, owned := errors.AsType[*types.BucketAlreadyOwnedByYou](err); err == nil || owned {
			return nil
		}
		select {
		case <-ctx.Done():
			return nil
		case <-g.ended:
			return g.failure()
		case <-deadline.C:
			return fmt.Errorf("the S3 server did not answer within %v: %w", startTimeout, err)
		case <-tick.C:
		}
	}
}
