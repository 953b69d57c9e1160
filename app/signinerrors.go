package app

import (
	"context"
	"errors"
	"fmt"

	"longshore/app/signin"
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
		return fail(op, uploader.CodeCancelled, "The sign-in was stopped. Begin it again when you want to.", err)
	}
	at := host(v.OIDC.Issuer)
	switch signin.KindOf(err) {
	case signin.Needed:
		return fail(op, uploader.CodeUnauthorized, "You are not signed in to this vault. Sign in; what is queued for it then goes on by itself.", err)
	case signin.Denied:
		return fail(op, uploader.CodeUnauthorized, fmt.Sprintf("%s refused the sign-in. Try again, or ask your administrator whether you may use this vault.", at), err)
	case signin.TimedOut:
		return fail(op, uploader.CodeUnauthorized, "Nobody finished the sign-in in time. Begin it again.", err)
	case signin.Away:
		return fail(op, uploader.CodeNetwork, fmt.Sprintf("%s, where this vault signs people in, cannot be reached. Check the network, then try again.", at), err)
	case signin.Untrusted:
		return fail(op, uploader.CodeTLS, fmt.Sprintf("The certificate of %s, where this vault signs people in, is not trusted, so nothing was sent there. "+
			"Ask your administrator for the right certificate (CA) file.", at), err)
	case signin.Trouble:
		return fail(op, uploader.CodeVaultNotReady, fmt.Sprintf("%s, where this vault signs people in, has a fault at the moment. Try again in a while.", at), err)
	case signin.NoDevice:
		return fail(op, uploader.CodeRefused, fmt.Sprintf("%s offers no sign-in by code. Sign in with the browser of this computer (--browser).", at), err)
	case signin.NoLoopback:
		return fail(op, uploader.CodeBadConfig, "Your browser's answer cannot reach Longshore on this computer. Sign in by code instead (longshore-cli sign-in --device).", err)
	case signin.NoStore:
		return fail(opKeychain, uploader.CodeBadConfig, "Your sign-in cannot be kept: this computer's keychain does not answer, or is locked. Unlock it and sign in again. "+
			"On a machine without a keychain you can have it kept in a file that only you can read (--secret-store file).", err)
	case signin.Wrong:
		return fail(op, uploader.CodeUnauthorized, fmt.Sprintf("What %s says about the sign-in cannot be trusted, so you are not signed in. "+
			"Show the details to your administrator.", at), err)
	}
	return fail(op, uploader.CodeInternal, uploader.CodeInternal.Sentence(), err)
}

// opKeychain is the Op of errors that another place to keep the sign-in could mend. It crosses the socket.
const opKeychain = "keychain"

// NoKeychain tells an error that another place to keep the sign-in could mend.
func NoKeychain(err error) bool {
	var e *uploader.Error
	return errors.As(err, &e) && e.Op == opKeychain
}
