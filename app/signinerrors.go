package app

import (
	"context"
	"errors"

	"longshore/app/signin"
	"longshore/internal/redact"
	"longshore/uploader"
)

// signInFailed gives an error of a sign-in its code and its sentence. The code is what jobs of the vault do about it:
// they wait, for a person or for the provider; none of them makes a job fail.
func signInFailed(err error, v uploader.Vault) error {
	const op = "sign-in"
	var own *failure
	if err == nil || errors.As(err, &own) {
		return err
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return fail(op, uploader.CodeCancelled, say("sign-in-stopped"), err)
	}
	at := host(v.OIDC.Issuer)
	switch signin.KindOf(err) {
	case signin.Needed:
		return fail(op, uploader.CodeUnauthorized, say("sign-in-needed"), err)
	case signin.Denied:
		return fail(op, uploader.CodeUnauthorized, say("sign-in-denied", "host", at), err)
	case signin.TimedOut:
		return fail(op, uploader.CodeUnauthorized, say("sign-in-timed-out"), err)
	case signin.Away:
		return fail(op, uploader.CodeNetwork, say("sign-in-away", "host", at), err)
	case signin.Untrusted:
		return fail(op, uploader.CodeTLS, say("sign-in-untrusted", "host", at), err)
	case signin.Trouble:
		return fail(op, uploader.CodeVaultNotReady, say("sign-in-trouble", "host", at), err)
	case signin.NoDevice:
		return fail(op, uploader.CodeRefused, say("no-device", "host", at), err)
	case signin.NoLoopback:
		return fail(op, uploader.CodeBadConfig, say("no-loopback"), err)
	case signin.NoStore:
		return fail(opKeychain, uploader.CodeBadConfig, say("no-keychain"), err)
	case signin.Wrong:
		return fail(op, uploader.CodeUnauthorized, say("sign-in-wrong", "host", at), err)
	}
	return uploader.E(op, uploader.CodeInternal, redact.Err(err))
}

// opKeychain is the Op of errors that another place to keep the sign-in could mend. It crosses the socket.
const opKeychain = "keychain"

// NoKeychain tells an error that another place to keep the sign-in could mend.
func NoKeychain(err error) bool {
	var e *uploader.Error
	return errors.As(err, &e) && e.Op == opKeychain
}
