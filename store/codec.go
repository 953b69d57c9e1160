package store

import (
	"encoding/binary"
	"errors"
	"time"
)

var errTorn = errors.New("store: record cannot be decoded")

// coder writes or reads the fields of a record in a fixed order. One function per type names the fields once for both
// directions, so that the two cannot drift apart.
//
// A record that ends early leaves its last fields zero, and bytes after the last known field are ignored: a field may
// therefore be added at the end of a type without a migration.
type coder struct {
	out     []byte
	in      string // decoded strings are slices of it: one allocation per record
	reading bool
	err     error
}

// decode copies payload, so that the result may outlive the transaction payload belongs to.
func decode[T any](fields func(*coder, *T), payload []byte) (T, error) {
	var v T
	var c coder
	c.read(payload)
	fields(&c, &v)
	return v, c.err
}

// read begins a record; it copies payload.
func (c *coder) read(payload []byte) { *c = coder{in: string(payload), reading: true} }

func (c *coder) uint(v *uint64) {
	if !c.reading {
		c.out = binary.AppendUvarint(c.out, *v)
		return
	}
	*v = 0
	for shift := uint(0); len(c.in) > 0 && c.err == nil; shift += 7 {
		b := c.in[0]
		c.in = c.in[1:]
		if shift > 63 || shift == 63 && b > 1 {
			c.err = errTorn
			return
		}
		*v |= uint64(b&0x7f) << shift
		if b < 0x80 {
			return
		}
		if len(c.in) == 0 {
			c.err = errTorn
		}
	}
}

// int is zig-zag coded: small numbers of either sign are short.
func (c *coder) int(v *int64) {
	u := uint64(*v)<<1 ^ uint64(*v>>63)
	c.uint(&u)
	if c.reading {
		*v = int64(u>>1) ^ -int64(u&1)
	}
}

func (c *coder) int32(v *int32) {
	n := int64(*v)
	c.int(&n)
	if c.reading {
		if n != int64(int32(n)) {
			c.err = errTorn
		}
		*v = int32(n)
	}
}

func (c *coder) bool(v *bool) {
	var u uint64
	if *v {
		u = 1
	}
	c.uint(&u)
	if c.reading {
		*v = u != 0
	}
}

func (c *coder) small(v *uint8) {
	u := uint64(*v)
	c.uint(&u)
	if c.reading {
		if u > 255 {
			c.err = errTorn
		}
		*v = uint8(u)
	}
}

func text[T ~string](c *coder, v *T) {
	n := uint64(len(*v))
	c.uint(&n)
	if !c.reading {
		c.out = append(c.out, *v...)
		return
	}
	if c.err != nil || n > uint64(len(c.in)) {
		c.err = errTorn
		return
	}
	*v = T(c.in[:n])
	c.in = c.in[n:]
}

func (c *coder) texts(v *[]string) {
	n := uint64(len(*v))
	c.uint(&n)
	if c.reading {
		if n > uint64(len(c.in)) { // each takes at least its length byte
			c.err = errTorn
			return
		}
		*v = nil
		if n > 0 {
			*v = make([]string, n)
		}
	}
	for i := range *v {
		text(c, &(*v)[i])
	}
}

// time keeps the instant to the nanosecond over time.Time's whole range (file systems know years that UnixNano does
// not) and drops the zone: what is read is in UTC. The zero time stays zero.
func (c *coder) time(v *time.Time) {
	if c.reading && len(c.in) == 0 {
		*v = time.Time{} // a record from before this field existed
		return
	}
	sec, nsec := v.Unix(), int64(v.Nanosecond())
	c.int(&sec)
	c.int(&nsec)
	if c.reading {
		*v = time.Unix(sec, nsec).UTC()
	}
}
