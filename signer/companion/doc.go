// Package companion lets Uppy in a browser use a signer: it answers the /s3
// routes of Uppy's Companion by asking the signer's own calls, in the same
// process, and saying their answers in Companion's words. Sign-in, seals,
// policy, limits and the audit log so hold as for every other client; what
// Companion has and a vault must not have (credentials for the browser, keys
// chosen by the caller, calls without sign-in) is not here.
//
// It must not know storage, seals, policy or who may call: it sees the
// signer's handler and its wire types (signer/api), and nothing behind them.
package companion
