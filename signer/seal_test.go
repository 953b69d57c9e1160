package signer

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"strings"
	"testing"

	"github.com/oklog/ulid/v2"

	"longshore/signer/api"
)

func testClaims() claims {
	return claims{
		uploadID: base64.StdEncoding.EncodeToString([]byte("0b7c4d3e-1111-2222-3333-444455556666.9f8e7d6c-aaaa-bbbb-cccc-ddddeeeeffffx1763900000000000000")),
		key:      "uploads/ward-7/2016-07-30/01ARZ3NDEKTSV4RRFFQ69G5FAV/a", principal: "ward-7",
		ref:  ulid.MustParseStrict("01ARZ3NDEKTSV4RRFFQ69G5FAV"),
		plan: plan{size: api.MaxObjectSize, partSize: api.MaxPartSize}, mode: api.ChecksumCRC64NVME,
		policy: policyVersion{1, 2, 3, 4}, limit: api.MaxObjectSize, encryption: encryptedUnder("arn:aws:kms:eu-central-1:1:key/k"),
	}
}

func TestSealRoundTrip(t *testing.T) {
	s := sealer{keys: [][]byte{bytes.Repeat([]byte{1}, 32)}}
	aws := "ibZBv_75gd9r8lH_gqXatLdxMVpAlj6ZQjEs.OwyF3953YdwbcQnMA2BLGn8Lx12fQNICtMw5KyteFeHw.Sjng--"
	for name, change := range map[string]func(*claims){
		"MinIO":        func(*claims) {},
		"AWS":          func(c *claims) { c.uploadID = aws },
		"UUID":         func(c *claims) { c.uploadID = "8f14e45f-ceea-467f-a8b6-a1b2c3d4e5f6" },
		"hex":          func(c *claims) { c.uploadID = strings.Repeat("0123456789abcdef", 4) },
		"long":         func(c *claims) { c.uploadID = strings.Repeat("a.b_", 50) },
		"no size":      func(c *claims) { c.plan = plan{size: unknownSize, partSize: api.MinPartSize} },
		"empty object": func(c *claims) { c.plan.size = 0; c.mode = api.ChecksumNone },
		"hash":         func(c *claims) { c.principal = HashPrincipal("token", "", "x"); c.mode = api.ChecksumMD5 },
		"long alias":   func(c *claims) { c.principal = Principal(strings.Repeat("a", 40)) },
	} {
		c := testClaims()
		change(&c)
		sealed, err := s.seal(c)
		if err != nil || len(sealed) >= api.MaxUploadIDLen {
			t.Errorf("%s: %v, %d characters", name, err, len(sealed))
			continue
		}
		if got, ok := s.open(sealed, c.key); !ok || got != c {
			t.Errorf("%s: opened %+v, sealed %+v", name, got, c)
		}
	}
	c := testClaims()
	c.uploadID = strings.Repeat("a.b_", 100)
	if _, err := s.seal(c); err == nil {
		t.Error("an id too long for the wire was sealed")
	}
}

// TestSealVersion1 opens what signers before there were policies have sealed:
// uploads that run while a vault is updated go on.
func TestSealVersion1(t *testing.T) {
	const old = "AXOTjaUCAQFWPjq109Z2TGHvuZMCvVuBgICAwJoMgICAgBSan3fCRD3jgq-kbstqlwp2BndhcmQtNwBdMGI3YzRkM2UtMTExMS0yMjIyLTMzMzMtN" +
		"DQ0NDU1NTU2NjY2LjlmOGU3ZDZjLWFhYWEtYmJiYi1jY2NjLWRkZGRlZWVlZmZmZngxNzYzOTAwMDAwMDAwMDAwMDAwndscVgFgNo6PdVWJ28cbji7YV-rPK6xX2V4EeINKlLk"
	want := testClaims()
	want.policy, want.limit, want.encryption = policyVersion{}, 0, encryption{}
	got, ok := sealer{keys: [][]byte{bytes.Repeat([]byte{1}, 32)}}.open(old, want.key)
	if !ok || got != want {
		t.Errorf("opened %v %+v, want %+v", ok, got, want)
	}
	s := &Signer{cfg: Config{KMSKeyID: "arn:aws:kms:x:1:key/k"}}
	stored := func(key string) StoredObject { return StoredObject{Encryption: api.EncryptionKMS, KMSKeyID: key} }
	if !s.encrypted(got, stored("k")) || s.encrypted(got, stored("other")) || s.encrypted(got, StoredObject{}) {
		t.Error("version 1 goes by the vault's key")
	}
	if got.limitOr(7) != 7 {
		t.Error("what version 1 does not say must come from the configuration")
	}
}

func TestSealKeyRing(t *testing.T) {
	older, newer := bytes.Repeat([]byte{1}, 32), bytes.Repeat([]byte{2}, 40)
	c := testClaims()
	sealed, err := sealer{keys: [][]byte{older}}.seal(c)
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := (sealer{keys: [][]byte{newer, older}}).open(sealed, c.key); !ok {
		t.Error("the ring does not open what its older key sealed")
	}
	if _, ok := (sealer{keys: [][]byte{newer}}).open(sealed, c.key); ok {
		t.Error("a stranger's key opens it")
	}
}

// FuzzSealOpen looks for anything that opens without having been sealed, and
// for what makes reading authentic bytes panic.
func FuzzSealOpen(f *testing.F) {
	// A key of this target's own: inputs that the fuzzer kept from an older
	// version of the seal, under the key of the other tests, are no forgeries.
	s := sealer{keys: [][]byte{bytes.Repeat([]byte{11}, 32)}}
	c := testClaims()
	sealed, err := s.seal(c)
	if err != nil {
		f.Fatal(err)
	}
	raw, _ := base64.RawURLEncoding.DecodeString(sealed)
	f.Add(sealed, raw, c.key)
	f.Add("", []byte{}, "")
	f.Fuzz(func(t *testing.T, text string, body []byte, key string) {
		if got, ok := s.open(text, key); ok && (text != sealed || key != c.key || got != c) {
			t.Fatalf("opened a forgery: %+v", got)
		}
		_, _ = readClaims(sealOldest, body, key)
		_, _ = readClaims(sealVersion, body, key)
	})
}

// FuzzSealRoundTrip seals whatever a storage may call its uploads.
func FuzzSealRoundTrip(f *testing.F) {
	key := make([]byte, 32)
	_, _ = rand.Read(key) // never fails
	s := sealer{keys: [][]byte{key}}
	f.Add("id", int64(5), "k")
	f.Add("YWJj", int64(-1), "k")
	f.Add("YWI=", int64(0), "")
	f.Fuzz(func(t *testing.T, id string, size int64, objectKey string) {
		c := testClaims()
		c.uploadID, c.key = id, objectKey
		c.plan.size = max(unknownSize, min(size, api.MaxObjectSize))
		sealed, err := s.seal(c)
		if err != nil || id == "" {
			return
		}
		if got, ok := s.open(sealed, objectKey); !ok || got != c {
			t.Fatalf("opened %+v, sealed %+v", got, c)
		}
		if _, ok := s.open(sealed, objectKey+"x"); ok {
			t.Fatal("opened for another key")
		}
	})
}
