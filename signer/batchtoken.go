package signer

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"

	"github.com/oklog/ulid/v2"

	"longshore/signer/api"
)

// pageToken is what a page's token says: that this signer, or another of the
// vault, looked at every object of the page and stored the page. With it the
// last call needs no state and no second look.
type pageToken struct {
	principal   Principal
	batch       ulid.ULID
	hash        [sha256.Size]byte // of the page
	size        int64             // bytes of the page
	count       int
	bytes       int64 // of its objects
	first, last ulid.ULID
}

// Layout before base64url: version 1 | id of the seal key 4 | batch 16 |
// hash 32 | first 16 | last 16 | size, count, bytes varints | principal | HMAC 32.
const (
	pageTokenVersion = 1
	pageTokenFixed   = 1 + sealKeyIDLen
	pageTokenContext = "longshore manifest page v1\x00"
)

func pageMAC(key, b []byte) []byte {
	m := hmac.New(sha256.New, key)
	m.Write([]byte(pageTokenContext))
	m.Write(b)
	return m.Sum(nil)
}

func (s sealer) sealPage(t pageToken) string {
	b := make([]byte, 0, 256)
	b = append(b, pageTokenVersion)
	b = append(b, sealKeyID(s.keys[0])...)
	b = append(b, t.batch[:]...)
	b = append(b, t.hash[:]...)
	b = append(b, t.first[:]...)
	b = append(b, t.last[:]...)
	b = binary.AppendUvarint(b, uint64(t.size))
	b = binary.AppendUvarint(b, uint64(t.count))
	b = binary.AppendUvarint(b, uint64(t.bytes))
	b = append(b, t.principal...)
	b = append(b, pageMAC(s.keys[0], b)...)
	return base64.RawURLEncoding.EncodeToString(b)
}

// openPage reads a token. ok is false if it was not sealed with one of the keys.
func (s sealer) openPage(text string) (t pageToken, ok bool) {
	if len(text) >= api.MaxPageTokenLen {
		return t, false
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(b) < pageTokenFixed+sha256.Size || b[0] != pageTokenVersion {
		return t, false
	}
	body, mac := b[:len(b)-sha256.Size], b[len(b)-sha256.Size:]
	for _, k := range s.keys {
		if string(sealKeyID(k)) == string(body[1:pageTokenFixed]) && hmac.Equal(mac, pageMAC(k, body)) {
			return readPage(body[pageTokenFixed:])
		}
	}
	return t, false
}

func readPage(b []byte) (t pageToken, ok bool) {
	const refs = 3*16 + sha256.Size
	if len(b) < refs {
		return t, false
	}
	b = b[copy(t.batch[:], b):]
	b = b[copy(t.hash[:], b):]
	b = b[copy(t.first[:], b):]
	b = b[copy(t.last[:], b):]
	var numbers [3]uint64
	for i := range numbers {
		v, n := binary.Uvarint(b)
		if n <= 0 {
			return t, false
		}
		numbers[i], b = v, b[n:]
	}
	t.size, t.count, t.bytes = int64(numbers[0]), int(numbers[1]), int64(numbers[2])
	t.principal = Principal(b)
	return t, t.principal.valid()
}
