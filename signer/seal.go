package signer

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"errors"

	"github.com/oklog/ulid/v2"

	"longshore/signer/api"
)

// claims is what a sealed uploadId says of its upload. Later calls take
// ownership and limits from it and from nothing else.
type claims struct {
	uploadID  string // the storage's own
	key       string // only its hash is sealed; the caller sends it
	principal Principal
	ref       ulid.ULID
	plan      plan
	mode      string // api.ChecksumCRC64NVME, ChecksumMD5 or ChecksumNone

	// Of the policy under which the upload began. Ids of version 1 have none of
	// it, and go by the configuration.
	policy     policyVersion
	limit      int64 // bytes of the object; 0 in version 1
	encryption encryption
}

// limitOr is the largest the object may be, in bytes.
func (c claims) limitOr(configured int64) int64 {
	if c.limit == 0 {
		return configured
	}
	return c.limit
}

// Layout of a sealed id before base64url, all lengths in bytes:
//
//	version 1 | id of the seal key 4 | flags 1 | mode 1 | ref 16 |
//	size+1 varint | part size varint | hash of the key 16 |
//	(version 2: policy version 4 | limit varint | encryption 1 | KMS key 8 |)
//	principal 1+n | storage's upload id 2+n | HMAC-SHA-256 of all before 32
//
// Version 2 is written; both are read.
const (
	sealVersion  = 2
	sealOldest   = 1
	flagPacked   = 2 // the upload id was base64 and is stored as its bytes
	keyHashLen   = 16
	sealKeyIDLen = 4
)

const sealContext = "longshore uploadId v1\x00"

// modeBytes are the sealed forms of the modes.
func modeByte(mode string) byte {
	switch mode {
	case api.ChecksumCRC64NVME:
		return 1
	case api.ChecksumMD5:
		return 2
	}
	return 0
}

func modeOfByte(b byte) (string, bool) {
	switch b {
	case 0:
		return api.ChecksumNone, true
	case 1:
		return api.ChecksumCRC64NVME, true
	case 2:
		return api.ChecksumMD5, true
	}
	return "", false
}

// sealer seals and opens upload ids. The first key seals, any opens.
type sealer struct{ keys [][]byte }

func sealKeyID(key []byte) []byte {
	sum := sha256.Sum256(append([]byte("longshore seal key id\x00"), key...))
	return sum[:sealKeyIDLen]
}

func keyHash(key string) []byte {
	sum := sha256.Sum256([]byte(key))
	return sum[:keyHashLen]
}

// seal gives the wire's uploadId. It fails only if the storage's own id is so
// long that the result would reach api.MaxUploadIDLen.
func (s sealer) seal(c claims) (string, error) {
	id, flags := packID(c.uploadID)
	b := make([]byte, 0, 256)
	b = append(b, sealVersion)
	b = append(b, sealKeyID(s.keys[0])...)
	b = append(b, flags, modeByte(c.mode))
	b = append(b, c.ref[:]...)
	b = binary.AppendUvarint(b, uint64(c.plan.size+1))
	b = binary.AppendUvarint(b, uint64(c.plan.partSize))
	b = append(b, keyHash(c.key)...)
	b = append(b, c.policy[:]...)
	b = binary.AppendUvarint(b, uint64(c.limit))
	b = append(b, byte(c.encryption.kind))
	b = append(b, c.encryption.key[:]...)
	b = append(b, byte(len(c.principal)))
	b = append(b, c.principal...)
	b = binary.BigEndian.AppendUint16(b, uint16(len(id)))
	b = append(b, id...)
	b = append(b, sealMAC(s.keys[0], b)...)
	out := base64.RawURLEncoding.EncodeToString(b)
	if len(out) >= api.MaxUploadIDLen {
		return "", errors.New("signer: the storage's upload id is too long to be sealed")
	}
	return out, nil
}

func sealMAC(key, b []byte) []byte {
	m := hmac.New(sha256.New, key)
	m.Write([]byte(sealContext))
	m.Write(b)
	return m.Sum(nil)
}

// open reads a sealed id that belongs to key. ok is false if it was not sealed
// with one of the keys, or belongs to another key.
func (s sealer) open(sealed, key string) (c claims, ok bool) {
	if len(sealed) >= api.MaxUploadIDLen {
		return c, false
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(sealed)
	if base64.RawURLEncoding.EncodeToString(b) != sealed {
		return c, false // the decoder passes over ends of lines; an id has one spelling
	}
	if err != nil || len(b) < 1+sealKeyIDLen+sha256.Size || b[0] < sealOldest || b[0] > sealVersion {
		return c, false
	}
	body, mac := b[:len(b)-sha256.Size], b[len(b)-sha256.Size:]
	for _, k := range s.keys {
		if string(sealKeyID(k)) == string(body[1:1+sealKeyIDLen]) && hmac.Equal(mac, sealMAC(k, body)) {
			return readClaims(body[0], body[1+sealKeyIDLen:], key)
		}
	}
	return c, false
}

// readClaims reads what an authentic seal holds. It still checks all lengths:
// a seal key may be shared with a newer version that writes otherwise.
func readClaims(version byte, b []byte, key string) (c claims, ok bool) {
	if len(b) < 2+16 {
		return c, false
	}
	flags := b[0]
	if c.mode, ok = modeOfByte(b[1]); !ok {
		return c, false
	}
	c.ref = ulid.ULID(b[2:18])
	b = b[18:]
	size, n := binary.Uvarint(b)
	if n <= 0 {
		return c, false
	}
	b = b[n:]
	partSize, n := binary.Uvarint(b)
	if n <= 0 || len(b) < n+keyHashLen+1 {
		return c, false
	}
	b = b[n:]
	c.plan = plan{size: int64(size) - 1, partSize: int64(partSize)}
	if c.plan.size > api.MaxObjectSize || c.plan.partSize < api.MinPartSize || c.plan.partSize > api.MaxPartSize {
		return c, false
	}
	if subtle.ConstantTimeCompare(b[:keyHashLen], keyHash(key)) != 1 {
		return c, false
	}
	c.key = key
	b = b[keyHashLen:]
	if version > 1 {
		if b, ok = c.readPolicy(b); !ok {
			return c, false
		}
	}
	n = int(b[0])
	b = b[1:]
	if len(b) < n+2 {
		return c, false
	}
	c.principal = Principal(b[:n])
	if int(binary.BigEndian.Uint16(b[n:])) != len(b)-n-2 {
		return c, false
	}
	c.uploadID = unpackID(b[n+2:], flags)
	return c, c.uploadID != ""
}

// readPolicy reads what version 2 added, and gives the rest, of which there is
// at least a byte.
func (c *claims) readPolicy(b []byte) (rest []byte, ok bool) {
	if len(b) < len(c.policy) {
		return nil, false
	}
	b = b[copy(c.policy[:], b):]
	limit, n := binary.Uvarint(b)
	if n <= 0 || limit < 1 || limit > api.MaxObjectSize || len(b) < n+1+len(c.encryption.key)+1 {
		return nil, false
	}
	c.limit = int64(limit)
	c.encryption.kind = encryptionKind(b[n])
	b = b[n+1:]
	b = b[copy(c.encryption.key[:], b):]
	return b, c.encryption.kind <= policyKMSKey
}

// packID shortens ids that are padded base64, as MinIO's are, by a quarter.
func packID(id string) (packed []byte, flags byte) {
	if raw, err := base64.StdEncoding.Strict().DecodeString(id); err == nil && base64.StdEncoding.EncodeToString(raw) == id {
		return raw, flagPacked
	}
	return []byte(id), 0
}

func unpackID(b []byte, flags byte) string {
	if flags&flagPacked != 0 {
		return base64.StdEncoding.EncodeToString(b)
	}
	return string(b)
}
