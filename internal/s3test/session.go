package s3test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"
)

// Limited gives the same server as somebody sees it who may do what policy, an
// IAM policy in JSON, allows and nothing else: a session of an hour from the
// server's STS. Only MinIO has one.
func (s *Server) Limited(t testing.TB, policy string) *Server {
	t.Helper()
	out, err := s.session(t, policy)
	if err != nil {
		t.Fatalf("s3test: a session with the policy %s: %v", policy, err)
	}
	limited := *s
	limited.AccessKey = aws.ToString(out.Credentials.AccessKeyId)
	limited.SecretKey = aws.ToString(out.Credentials.SecretAccessKey)
	limited.SessionToken = aws.ToString(out.Credentials.SessionToken)
	return &limited
}

// session asks until there is an answer to the policy: MinIO serves buckets a
// moment before it knows its users.
func (s *Server) session(t testing.TB, policy string) (*sts.AssumeRoleOutput, error) {
	ctx, cancel := lookContext(t)
	defer cancel()
	client := sts.New(sts.Options{Region: s.Region, BaseEndpoint: aws.String(s.Endpoint), Credentials: s.Client().Options().Credentials})
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for {
		out, err := client.AssumeRole(ctx, &sts.AssumeRoleInput{
			RoleArn: aws.String("arn:aws:iam::000000000000:role/test"), RoleSessionName: aws.String("test"), // MinIO reads neither
			Policy: &policy, DurationSeconds: aws.Int32(3600),
		})
		var refused smithy.APIError
		answered := err == nil && out.Credentials != nil // MinIO has said yes and given nothing
		if answered || (errors.As(err, &refused) && refused.ErrorCode() == "InvalidParameterValue") {
			return out, err
		}
		select {
		case <-ctx.Done():
			return nil, errors.Join(context.Cause(ctx), err)
		case <-tick.C:
		}
	}
}
