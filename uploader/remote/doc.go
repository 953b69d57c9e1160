// Package remote is the signer over HTTP: it implements uploader.Signer with the wire types of signer/api (PROTOCOL).
// It maps every answer of a signer, and every answer of something that is none, to one of the engine's codes.
//
// It must not know files, the journal, the data plane (no byte of a file passes here), or where tokens and
// certificates come from: its caller hands it a client and a function that yields the token.
package remote
