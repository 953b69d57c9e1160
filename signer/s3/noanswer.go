package s3

import (
	"crypto/tls"
	"errors"
	"net"
	"strings"
	"syscall"
)

const noCredentials = "NoCredentials"

// noAnswer says in one word why there was no answer. It stands where a server's
// error code would, so that an operator's log tells a wrong port from a missing
// role; the errors themselves hold addresses and keys.
func noAnswer(err error) string {
	if errno, ok := errors.AsType[syscall.Errno](err); ok {
		switch errno {
		case syscall.ECONNREFUSED:
			return "ConnectionRefused"
		case syscall.ECONNRESET, syscall.EPIPE:
			return "ConnectionCut"
		}
	}
	if _, ok := errors.AsType[*net.DNSError](err); ok {
		return "HostNotFound"
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return "CertificateNotTrusted"
	}
	if ne, ok := errors.AsType[net.Error](err); ok && ne.Timeout() {
		return "Timeout"
	}
	// The SDK has no type for a chain of providers that all have nothing.
	if strings.Contains(err.Error(), "get credentials") || strings.Contains(err.Error(), "refresh cached credentials") {
		return noCredentials
	}
	return "NoAnswer"
}
