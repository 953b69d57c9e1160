package app

import (
	"crypto/x509"

	"longshore/uploader"
)

// roots are the certificates that a vault's own file, or its connection file, says to trust; nil for the system's. With
// system they come on top of these.
func (f *vaultFiles) rootsOf(v uploader.Vault, system bool) (*x509.CertPool, error) {
	switch {
	case v.CAFile != "":
		return f.roots(v.CAFile, system)
	case v.CA != "":
		return poolOf([]byte(v.CA), system)
	}
	return nil, nil
}

// poolOf makes a pool of certificates in PEM.
func poolOf(data []byte, system bool) (*x509.CertPool, error) {
	pool := x509.NewCertPool()
	if system {
		if own, err := x509.SystemCertPool(); err == nil { // else the file's alone
			pool = own
		}
	}
	if !pool.AppendCertsFromPEM(data) {
		return nil, fail("certificates", uploader.CodeBadConfig, say("ca-empty"), nil)
	}
	return pool, nil
}
