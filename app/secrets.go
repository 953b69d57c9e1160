package app

import (
	"crypto/x509"
	"path/filepath"
	"strings"

	"longshore/uploader"
)

const (
	maxTokenFile = 64 << 10
	maxCAFile    = 4 << 20
)

// token reads a token file. It is read for every call: it is tiny, and a new token counts from the next call on.
func (f *vaultFiles) token(path string) (string, error) {
	data, err := f.read(path, maxTokenFile)
	if err != nil {
		return "", fail("token", uploader.CodeBadConfig, say("token-unreadable"), err)
	}
	token := strings.TrimSpace(string(data))
	if token == "" {
		return "", fail("token", uploader.CodeUnauthorized, say("token-empty"), nil)
	}
	if strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return "", fail("token", uploader.CodeBadConfig, say("token-more"), nil)
	}
	return token, nil
}

// roots reads a file of certificates (PEM); with system, they come on top of the system's own.
func (f *vaultFiles) roots(path string, system bool) (*x509.CertPool, error) {
	data, err := f.read(path, maxCAFile)
	if err != nil {
		return nil, fail("certificates", uploader.CodeBadConfig,
			say("ca-unreadable"), err)
	}
	return poolOf(data, system)
}

// absolute makes the path of a file independent of the folder this process runs in; "" stays "".
func absolute(path string) (string, error) {
	if path == "" {
		return "", nil
	}
	return filepath.Abs(path)
}
