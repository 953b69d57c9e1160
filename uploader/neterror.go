package uploader

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"syscall"
)

// netError is what a failed RoundTrip means: an *Error somewhere in the chain (the watchdog's, the proxy's) keeps its
// code; else it is CodeProxy, CodeDNS, CodeTLS, CodeWrongAddress (it speaks, but not TLS) or CodeNetwork. begun tells
// whether any byte of the body was taken: what TLS says after that is the network's doing, not the certificate's.
func netError(op string, err error, begun bool) *Error {
	var (
		known    *Error
		netOp    *net.OpError
		dns      *net.DNSError
		noTLS    tls.RecordHeaderError
		verify   *tls.CertificateVerificationError
		unknown  x509.UnknownAuthorityError
		hostname x509.HostnameError
		invalid  x509.CertificateInvalidError
	)
	isOp := errors.As(err, &netOp)
	switch {
	case errors.As(err, &known):
		return &Error{Op: op, Code: known.Code, RetryAfter: known.RetryAfter, Err: known.Err}
	case isOp && netOp.Op == "proxyconnect":
		return E(op, CodeProxy, errors.New("the proxy cannot be reached"))
	case errors.As(err, &dns) && dns.IsNotFound: // a name server that does not answer is the network's doing
		return E(op, CodeDNS, errors.New("the name cannot be resolved"))
	case errors.As(err, &verify), errors.As(err, &unknown), errors.As(err, &hostname), errors.As(err, &invalid):
		return E(op, CodeTLS, errors.New("the certificate was not accepted"))
	case errors.As(err, &noTLS):
		return E(op, CodeWrongAddress, errors.New("the answer is not TLS"))
	case isOp && netOp.Op == "remote error" && !begun:
		return E(op, CodeTLS, errors.New("the server broke off the TLS handshake"))
	}
	return E(op, CodeNetwork, plainNetError(err))
}

// neverConnected tells whether the request cannot have left this machine.
func neverConnected(err error) bool {
	var netOp *net.OpError
	return errors.As(err, &netOp) && (netOp.Op == "dial" || netOp.Op == "proxyconnect")
}

// plainNetError keeps what IT needs and drops everything that could name an address or a URL.
func plainNetError(err error) error {
	var errno syscall.Errno
	var netErr net.Error
	switch {
	case errors.As(err, &errno):
		return errno
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded), errors.As(err, &netErr) && netErr.Timeout():
		return errors.New("timeout")
	}
	return fmt.Errorf("connection lost (%T)", err)
}
