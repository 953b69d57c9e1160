package e2e

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"os"
	"testing"
)

// newer makes a journal say that a later version wrote it. It knows of the file
// what docs/journal.md promises never to change: the record "schema", a number
// in text, sealed with a CRC32C of value and key.
func newer(t testing.TB, path string) {
	t.Helper()
	const key, size = "schema", 8 // kind, codec, length, one digit, four bytes of CRC
	table := crc32.MakeTable(crc32.Castagnoli)
	sum := func(body []byte) uint32 { return crc32.Update(crc32.Checksum(body, table), table, []byte(key)) }
	raw := readAll(t, path)
	changed := 0
	for at := 0; ; {
		next := bytes.Index(raw[at:], []byte(key))
		if next < 0 {
			break
		}
		at += next + len(key)
		if at+size > len(raw) {
			break
		}
		body, crc := raw[at:at+size-4], raw[at+size-4:at+size]
		if binary.LittleEndian.Uint32(crc) != sum(body) || body[3] < '1' || body[3] > '8' {
			continue
		}
		body[3] = '9'
		binary.LittleEndian.PutUint32(crc, sum(body))
		changed++
	}
	if changed == 0 {
		t.Fatal("the journal's schema was not found")
	}
	check(t, os.WriteFile(path, raw, 0o600))
}
