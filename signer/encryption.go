package signer

import (
	"crypto/sha256"
	"slices"
	"strings"

	"longshore/signer/api"
)

// encryption is what a stored object must be encrypted with. A sealed id
// carries it, so that another policy does not change it for running uploads.
type encryption struct {
	kind encryptionKind
	key  [8]byte // of oneKMSKey: a hash of the key's id
}

type encryptionKind byte

const (
	asConfigured  encryptionKind = 0 // of ids sealed before there were policies
	anyEncryption encryptionKind = 1 // whatever the bucket's own default is
	anyKMSKey     encryptionKind = 2 // the configured one is an alias, which cannot be compared
	oneKMSKey     encryptionKind = 3
	policyKMSKey  encryptionKind = 4 // one of the policy's, now or before: the upload was found, not made
)

// encryptedUnder is the demand of a configured KMS key; empty means none.
func encryptedUnder(keyID string) encryption {
	switch {
	case keyID == "":
		return encryption{kind: anyEncryption}
	case strings.Contains(keyID, "alias/"):
		return encryption{kind: anyKMSKey}
	}
	return encryption{kind: oneKMSKey, key: kmsKeyHash(keyID)}
}

// kmsKeyHash names a key by its id alone: S3 mostly reports the whole ARN.
func kmsKeyHash(id string) (h [8]byte) {
	sum := sha256.Sum256([]byte(id[strings.LastIndexAny(id, "/:")+1:]))
	copy(h[:], sum[:])
	return h
}

// encrypted tells whether o is encrypted as the upload demands.
func (s *Signer) encrypted(cl claims, o StoredObject) bool {
	switch cl.encryption.kind {
	case asConfigured:
		return encryptedUnder(s.cfg.KMSKeyID).fits(o)
	case policyKMSKey:
		return fitsOne(o, s.policy().kmsKeys)
	}
	return cl.encryption.fits(o)
}

// fits tells whether o is encrypted as demanded. A key that S3 does not report
// cannot be compared.
func (e encryption) fits(o StoredObject) bool {
	if e.kind == anyEncryption {
		return true
	}
	return o.Encryption == api.EncryptionKMS && (e.kind == anyKMSKey || o.KMSKeyID == "" || kmsKeyHash(o.KMSKeyID) == e.key)
}

// fitsOne tells whether o is encrypted under one of the keys, if there are any.
func fitsOne(o StoredObject, keyIDs []string) bool {
	return len(keyIDs) == 0 || slices.ContainsFunc(keyIDs, func(id string) bool { return encryptedUnder(id).fits(o) })
}
