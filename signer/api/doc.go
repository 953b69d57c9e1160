// Package api is the wire contract of Longshore's signer, version 1: paths,
// request and response bodies, and the closed list of error codes. It is all
// that client and server share (DESIGN §2, PROTOCOL).
//
// It must not know how either side works: no HTTP client or handler, no
// storage, no keys or policy, nothing beyond the standard library.
//
// JSON names are those of PROTOCOL.md to the letter; note the capital
// PartNumber and ETag in lists of parts, which come from S3. Sizes are bytes.
// Times are RFC 3339. Checksums are base64 as S3 writes them: 12 characters
// for a CRC64NVME, 24 for an MD5.
package api
