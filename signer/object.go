package signer

import (
	"strings"

	"longshore/signer/api"
)

// object describes a stored object to a client. mode is that of the upload it
// came from. It claims only what was verified: a server may compute checksums
// nobody sent it, and a look that lacks the checksum proves only the size.
func (s *Signer) object(o StoredObject, mode string) api.Object {
	out := api.Object{
		FileURL: s.storage.ObjectURL(o.Key), ETag: o.ETag, ObjectKey: o.Key, VersionID: o.VersionID,
		Size: o.Size, Verified: api.VerifiedSizeOnly, Encryption: encryptionOf(o),
	}
	switch {
	case mode == api.ChecksumCRC64NVME && o.CRC64NVME != "":
		out.Verified, out.Checksum = api.VerifiedFullObject, o.CRC64NVME
	case mode == api.ChecksumMD5:
		out.Verified = api.VerifiedPartMD5
	}
	return out
}

func encryptionOf(o StoredObject) string {
	if o.Encryption == "" {
		return api.EncryptionNone
	}
	return o.Encryption
}

// encrypted tells whether o is encrypted as configured. A vault without KMS
// takes whatever the bucket's own default is.
func (s *Signer) encrypted(o StoredObject) bool {
	if s.cfg.NoKMS {
		return true
	}
	return o.Encryption == api.EncryptionKMS && sameKMSKey(s.cfg.KMSKeyID, o.KMSKeyID)
}

// sameKMSKey compares a configured key with the one S3 reports, which is
// mostly its ARN. An alias cannot be compared, nor a key S3 does not report.
func sameKMSKey(configured, reported string) bool {
	if reported == "" || strings.Contains(configured, "alias/") {
		return true
	}
	id := configured[strings.LastIndexAny(configured, "/:")+1:]
	return reported[strings.LastIndexAny(reported, "/:")+1:] == id
}
