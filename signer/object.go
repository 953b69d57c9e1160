package signer

import "longshore/signer/api"

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
