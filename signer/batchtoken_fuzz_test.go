package signer

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"testing"
)

// FuzzPageToken looks for a token that opens without having been sealed, and for
// what makes reading authentic bytes panic.
func FuzzPageToken(f *testing.F) {
	s := sealer{keys: [][]byte{bytes.Repeat([]byte{12}, 32)}}
	page := pageToken{
		principal: "ward-7", batch: newRef(), hash: sha256.Sum256([]byte("page")), size: 9, count: 2, bytes: 1 << 40, first: newRef(), last: newRef(),
	}
	sealed := s.sealPage(page)
	if got, ok := s.openPage(sealed); !ok || got != page {
		f.Fatalf("opened %+v, sealed %+v", got, page)
	}
	raw, _ := base64.RawURLEncoding.DecodeString(sealed)
	f.Add(sealed[1:], raw)
	f.Add(sealed+"A", raw[pageTokenFixed:len(raw)-sha256.Size])
	f.Add("", []byte{})
	f.Fuzz(func(t *testing.T, text string, body []byte) {
		if got, ok := s.openPage(text); ok && got != page {
			t.Fatalf("opened a forgery: %+v", got)
		}
		if got, ok := readPage(body); ok && !got.principal.valid() {
			t.Fatalf("read %+v", got)
		}
	})
}
