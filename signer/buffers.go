package signer

import (
	"bytes"
	"encoding/json"
	"strings"
	"sync"
)

// buffers lends room for the text of bodies and of answers, and keeps some of
// what comes back: a signer under load would otherwise make a hundred KiB of
// garbage with each batch it signs.
type buffers struct {
	largest int // bytes; what has grown beyond is not kept
	idle    sync.Pool
}

// Bodies are kept small, since a thousand of them may wait at once. The largest
// answers that are common are those with api.MaxBatch signed URLs; who reads
// slowly holds a buffer, and it should not be much larger than what is in it.
const (
	largestBody   = 16 << 10
	largestAnswer = 128 << 10
)

func newBuffers(largest int) *buffers {
	return &buffers{largest: largest, idle: sync.Pool{New: func() any { return new(bytes.Buffer) }}}
}

// get gives an empty buffer with room for so many bytes. One that grows instead
// may become twice as large as it need be.
func (b *buffers) get(room int) *bytes.Buffer {
	if got := b.idle.Get().(*bytes.Buffer); got.Cap() >= room {
		return got
	}
	return bytes.NewBuffer(make([]byte, 0, room))
}

// put takes a buffer back, of which nobody holds the bytes any more.
func (b *buffers) put(used *bytes.Buffer) {
	if used.Cap() <= b.largest {
		used.Reset()
		b.idle.Put(used)
	}
}

// writeQuoted writes a JSON string.
func writeQuoted(to *bytes.Buffer, text string) {
	if strings.IndexFunc(text, escaped) < 0 {
		to.WriteByte('"')
		to.WriteString(text)
		to.WriteByte('"')
		return
	}
	quoted, err := json.Marshal(text)
	if err != nil {
		panic(err) // strings always encode
	}
	to.Write(quoted)
}

// escaped tells what may not stand in a JSON string as it is (RFC 8259 §7), and
// leaves to the library what is not ASCII.
func escaped(r rune) bool { return r < ' ' || r == '"' || r == '\\' || r > '~' }
