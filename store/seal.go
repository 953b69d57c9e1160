package store

import (
	"encoding/binary"
	"hash/crc32"
)

// A stored value is its kind, the codec's version, the payload, and a CRC32C over kind, version, key and payload.
// bbolt has no checksum on its data pages: without this a flipped bit in a path would be another path. The kind says
// which bucket the record belongs to, so that salvage can file records of a page whose way from the root is lost.

const codecVersion = 1

const sealSize = 2 + crc32.Size

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func seal(k kind, key, payload []byte) []byte {
	v := make([]byte, 0, len(payload)+sealSize)
	v = append(v, byte(k), codecVersion)
	v = append(v, payload...)
	return binary.LittleEndian.AppendUint32(v, sealSum(v, key))
}

func sealSum(body, key []byte) uint32 {
	return crc32.Update(crc32.Checksum(body, castagnoli), castagnoli, key)
}

// unseal returns the payload, which aliases value. It reports false for a value that is not as it was written.
func unseal(key, value []byte) (k kind, payload []byte, ok bool) {
	if len(value) < sealSize {
		return 0, nil, false
	}
	body := value[:len(value)-crc32.Size]
	if binary.LittleEndian.Uint32(value[len(body):]) != sealSum(body, key) || body[1] != codecVersion {
		return 0, nil, false
	}
	return kind(body[0]), body[2:], true
}
