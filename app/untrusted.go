package app

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"strings"
	"time"
	"unicode"

	"longshore/uploader"
)

// untrusted says why a certificate was refused, and what that means: a wrong clock, somebody in between who reads along,
// or a vault of its own authority.
func (k knocked) untrusted(bad *tls.CertificateVerificationError) error {
	var (
		invalid x509.CertificateInvalidError
		name    x509.HostnameError
	)
	if len(bad.UnverifiedCertificates) == 0 {
		return trouble(uploader.CodeTLS, "", bad)
	}
	leaf := bad.UnverifiedCertificates[0]
	issuer := authority(leaf)
	switch {
	case errors.As(bad.Err, &invalid) && invalid.Reason == x509.Expired:
		return k.outOfDate(invalid.Cert, bad)
	case errors.As(bad.Err, &name):
		return trouble(uploader.CodeTLS, "test-other-name", bad, "host", k.host)
	case inspects(bad.UnverifiedCertificates):
		return trouble(uploader.CodeTLS, "test-inspected", bad, "issuer", issuer, "host", k.host)
	case k.ownCA:
		return trouble(uploader.CodeTLS, "test-other-authority", bad, "issuer", issuer, "host", k.host)
	}
	return trouble(uploader.CodeTLS, "test-unknown-authority", bad, "issuer", issuer, "host", k.host)
}

// outOfDate tells a wrong clock here from a certificate that nobody renewed, by the time that the other side tells.
func (k knocked) outOfDate(cert *x509.Certificate, bad error) error {
	if !k.date.IsZero() && !k.date.Before(cert.NotBefore) && !k.date.After(cert.NotAfter) {
		return trouble(uploader.CodeTLS, "test-clock-certificate", bad, "host", k.host)
	}
	if time.Now().Before(cert.NotBefore) {
		return trouble(uploader.CodeTLS, "test-not-yet", bad, "host", k.host)
	}
	return trouble(uploader.CodeTLS, "test-expired", bad, "host", k.host)
}

// authority names who made a certificate, fit for a sentence: it comes from whoever is on the line.
func authority(cert *x509.Certificate) string {
	name := cert.Issuer.CommonName
	if len(cert.Issuer.Organization) > 0 {
		name = cert.Issuer.Organization[0]
	}
	name = strings.TrimSpace(strings.Map(func(r rune) rune {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune(" .,&-()", r) {
			return -1
		}
		return r
	}, name))
	if r := []rune(name); len(r) > 50 {
		name = string(r[:50]) + "…"
	}
	if name == "" {
		return "?"
	}
	return name
}

// inspectors are words of the names under which products that read encrypted traffic make their certificates.
var inspectors = []string{
	"zscaler", "fortinet", "fortigate", "palo alto", "netskope", "blue coat", "bluecoat", "symantec web", "cisco umbrella", "opendns", "sophos",
	"forcepoint", "websense", "check point", "checkpoint", "barracuda", "watchguard", "sonicwall", "smoothwall", "mcafee", "trellix", "skyhigh",
	"kaspersky", "avast", "avg web", "eset ssl", "bitdefender", "trend micro", "iboss", "menlo", "untangle", "squid", "mitmproxy", "charles proxy",
	"fiddler", "burp", "inspection", "interception", "content filter", "webfilter", "web filter", "decrypt",
}

// inspects tells whether a chain looks like one of somebody who stands in between.
func inspects(chain []*x509.Certificate) bool {
	for _, c := range chain {
		names := strings.ToLower(c.Issuer.String() + " " + c.Subject.String())
		for _, word := range inspectors {
			if strings.Contains(names, word) {
				return true
			}
		}
	}
	return false
}
