package uploader

import (
	"encoding/base64"
	"encoding/binary"
	"errors"

	"github.com/minio/crc64nvme"
)

// combineSums returns the CRC64NVME of a whole object from its parts' checksums and sizes, without reading a byte
// (DESIGN §4). parts must be in order; no parts give the sum of an empty object. The error is CodeInternal when a
// part's checksum is no CRC64NVME or its size is negative.
//
// A CRC is the remainder of the message as a polynomial over GF(2). Appending n bytes multiplies what came before by
// x^8n; the inversions before and after the division cancel out in the sum of two. So
// crc(A‖B) = crc(A)·x^(8·len(B)) + crc(B), all modulo the CRC's polynomial.
func combineSums(parts []Part) (string, error) {
	powers := squares()
	var sum, shift uint64
	size := int64(-1) // whose shift is at hand: nearly all parts have one size
	for _, p := range parts {
		raw, err := base64.StdEncoding.DecodeString(p.Checksum)
		if err != nil || len(raw) != crc64nvme.Size || p.Size < 0 {
			return "", &Error{Op: "checksum", Part: p.PartNumber, Code: CodeInternal, Err: errors.New("not a CRC64NVME")}
		}
		if p.Size != size {
			size, shift = p.Size, powers.bytes(p.Size)
		}
		sum = multiply(sum, shift) ^ binary.BigEndian.Uint64(raw)
	}
	return base64.StdEncoding.EncodeToString(binary.BigEndian.AppendUint64(nil, sum)), nil
}

// The polynomials here are reflected, as the CRC is: the highest bit is the coefficient of x^0.
const polynomialOne = uint64(1) << 63

// multiply returns a·b modulo the CRC's polynomial.
func multiply(a, b uint64) uint64 {
	var product uint64
	for ; a != 0; a <<= 1 {
		if a&polynomialOne != 0 {
			product ^= b
		}
		carry := b & 1
		b >>= 1
		b ^= -carry & crc64nvme.NVME
	}
	return product
}

// powersOfX holds x^(2^i) modulo the CRC's polynomial for i up to 66: enough for 2^63 bytes of eight bits.
type powersOfX [67]uint64

func squares() powersOfX {
	var p powersOfX
	p[0] = polynomialOne >> 1
	for i := 1; i < len(p); i++ {
		p[i] = multiply(p[i-1], p[i-1])
	}
	return p
}

// bytes returns x^(8n) modulo the CRC's polynomial.
func (p *powersOfX) bytes(n int64) uint64 {
	result := polynomialOne
	for i := 3; n > 0; i, n = i+1, n>>1 {
		if n&1 == 1 {
			result = multiply(result, p[i])
		}
	}
	return result
}
