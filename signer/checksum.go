package signer

import (
	"encoding/base64"

	"longshore/signer/api"
)

// emptyCRC is the CRC64NVME of no bytes.
const emptyCRC = "AAAAAAAAAAA="

// checkSum holds a checksum against its mode: 8 bytes of CRC64NVME or 16 of
// MD5, in padded base64; none where the mode is none.
func checkSum(mode, sum string) error {
	if mode == api.ChecksumNone {
		if sum != "" {
			return fail(api.CodeBadChecksum, "The upload was created without checksums; send none.")
		}
		return nil
	}
	want := 8
	if mode == api.ChecksumMD5 {
		want = 16
	}
	raw, err := base64.StdEncoding.Strict().DecodeString(sum)
	if err != nil || len(raw) != want || base64.StdEncoding.EncodeToString(raw) != sum {
		return fail(api.CodeBadChecksum, "")
	}
	return nil
}

// modeOf is the mode a client asks for with init's checksum field.
func modeOf(asked, vault string) (string, error) {
	switch asked {
	case "":
		return api.ChecksumNone, nil
	case api.ChecksumMD5:
		return asked, nil
	case api.ChecksumCRC64NVME:
		if vault == api.ChecksumCRC64NVME {
			return asked, nil
		}
	}
	return "", fail(api.CodeChecksumUnsupported, "")
}
