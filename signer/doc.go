// Package signer is the control plane of a vault as a library: an http.Handler
// that creates multipart uploads, signs part URLs and single PUTs, completes
// and aborts, for clients that hold no storage credentials (PROTOCOL). It
// decides who may call, which key a file gets, what limits hold, and settles
// Completes whose outcome is unknown (DESIGN §4 "The end game").
//
// It keeps no state that matters: ownership and plan of an upload travel in
// its sealed uploadId, so that any number of signers with one seal key serve
// one vault.
//
// It must not know the AWS SDK or any other storage client (signer/s3 holds
// that, behind Storage), nor the upload engine, nor listeners, flags and
// processes (cmd/longshore-signer). File bytes never pass through it.
package signer
