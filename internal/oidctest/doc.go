// Package oidctest runs a real, small OpenID Connect provider as a process of
// its own, for tests of both sides of sign-in: the signer that checks tokens
// and the client that gets them. Start builds it with the Go toolchain alone
// (the program is the module in ./provider) and ends it with the test. People
// and groups, lifetimes, keys and outages are the test's to change while it
// runs; the browser's part of a sign-in can be walked over plain HTTP.
//
// It must not know the signer or the client: it speaks the protocol and
// nothing of ours. Only tests import it.
package oidctest
