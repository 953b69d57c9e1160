package s3test

import (
	"bytes"
	"encoding/base64"
	"path/filepath"
	"testing"
)

// kmsKeyName is the one key of MinIO's built-in KMS.
const kmsKeyName = "vault-key"

// MinIO starts MinIO with a KMS of one key and creates the bucket. It answers
// with the key's ARN ("arn:aws:kms:" + KMSKeyID) where KMSKeyID was asked for.
// Its files under Dir are in its own format. MinIO is AGPL: it is run here as a
// separate program and is no part of what Longshore ships.
func MinIO(t testing.TB) *Server {
	t.Helper()
	path := tool(t, "minio")
	base := t.TempDir()
	s := &Server{Dir: filepath.Join(base, "data"), KMSKeyID: kmsKeyName}
	key := base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{0x2a}, 32))
	return launch(t, s, func(port string) (string, []string, []string) {
		args := []string{"server", s.Dir, "--address", "127.0.0.1:" + port, "--quiet"}
		return path, args, environ(
			"HOME="+base,
			"MINIO_ROOT_USER="+accessKey,
			"MINIO_ROOT_PASSWORD="+secretKey,
			"MINIO_REGION="+region,
			"MINIO_KMS_SECRET_KEY="+kmsKeyName+":"+key,
			"MINIO_BROWSER=off",
			"MINIO_UPDATE=off",
		)
	})
}
