// Package s3test starts real S3 servers for tests: versitygw (objects are plain
// files) and MinIO (SSE-KMS), each as a child process on a free loopback port
// with its data in the test's own folder. It is imported by tests only. It
// must not know the signer, the engine or any other package of ours: the tests
// bring the two sides together.
package s3test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

const (
	region       = "us-east-1"
	accessKey    = "longshore-test"
	secretKey    = "longshore-test-secret"
	bucketName   = "vault"
	startTimeout = 60 * time.Second // MinIO formats its folder on a busy two-core machine
	stopGrace    = 5 * time.Second  // between SIGTERM and SIGKILL
	pollEvery    = 50 * time.Millisecond
	startTries   = 3 // a free port may be taken between finding it and using it
)

// Server is one running S3 server with an empty bucket.
type Server struct {
	Endpoint  string // http://127.0.0.1:PORT, the same after Restart
	Region    string
	AccessKey string
	SecretKey string
	// SessionToken goes with the keys of a Limited server.
	SessionToken string
	Bucket       string
	KMSKeyID     string // empty: the server has no KMS (versitygw)
	Dir          string // backing folder; with versitygw objects are plain files under Dir/Bucket
	Child        *Child // the process; replaced by Restart

	start func(t testing.TB) *Child // starts the process again on the same port and folder
}

// Restart ends the process, if it still runs, and starts it again with the same
// port, folder and credentials: a server that was away for a while. The data
// stays.
func (s *Server) Restart(t testing.TB) {
	t.Helper()
	s.Child.Stop()
	s.Child = s.start(t)
	if err := s.waitUntilUp(t.Context()); err != nil {
		t.Fatalf("s3test: restart: %v\n%s", err, s.Child.Log())
	}
}

// Client returns an SDK client with the root credentials, path-style addresses
// and no retries, for looking at the server from the test's side.
func (s *Server) Client() *s3.Client {
	return s3.New(s3.Options{
		Region:           s.Region,
		BaseEndpoint:     aws.String(s.Endpoint),
		UsePathStyle:     true,
		Credentials:      credentials.NewStaticCredentialsProvider(s.AccessKey, s.SecretKey, s.SessionToken),
		RetryMaxAttempts: 1,
	})
}

// launch starts a server and waits for its bucket. command builds the child for
// a port; a child that ends before it answers gets another port.
func launch(t testing.TB, s *Server, command func(port string) (path string, args, env []string)) *Server {
	t.Helper()
	s.Region, s.AccessKey, s.SecretKey, s.Bucket = region, accessKey, secretKey, bucketName
	var err error
	for range startTries {
		addr := FreeAddr(t)
		_, port, _ := net.SplitHostPort(addr)
		s.Endpoint = "http://" + addr
		path, args, env := command(port)
		s.start = func(t testing.TB) *Child { return startChild(t, path, args, env) }
		s.Child = s.start(t)
		if err = s.waitUntilUp(t.Context()); err == nil {
			return s
		}
		s.Child.Stop()
	}
	t.Fatalf("s3test: %v\n%s", err, s.Child.Log())
	return nil
}

// waitUntilUp asks for the bucket until the server has it.
func (s *Server) waitUntilUp(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	client := s.Client()
	for {
		_, err := client.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: &s.Bucket})
		var owned *types.BucketAlreadyOwnedByYou
		if err == nil || errors.As(err, &owned) {
			return nil
		}
		select {
		case <-s.Child.Exited():
			return fmt.Errorf("the server ended before it answered: %w", err)
		case <-ctx.Done():
			return fmt.Errorf("the server did not answer within %v: %w", startTimeout, err)
		case <-tick.C:
		}
	}
}

// FreeAddr returns a loopback host:port that was free a moment ago.
func FreeAddr(t testing.TB) string {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("s3test: no free port: %v", err)
	}
	addr := l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatalf("s3test: close: %v", err)
	}
	return addr
}

// environ is the child's environment: what a program needs to run, and none of
// the AWS_*, MINIO_* or VGW_* settings of the developer's own shell.
func environ(extra ...string) []string {
	env := make([]string, 0, 4+len(extra))
	for _, name := range []string{"PATH", "TMPDIR", "SystemRoot"} {
		if v, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+v)
		}
	}
	return append(env, extra...)
}
