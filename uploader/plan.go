package uploader

import (
	"errors"
	"fmt"
)

const mib = 1 << 20

// The sizes of DESIGN §4 ("Sizes"). The hard ones are S3's own: 5 MiB to 5 GiB a part, 10,000 parts an upload (AWS,
// "Amazon S3 multipart upload limits").
const (
	smallestPart = 5 * mib
	leastPart    = 16 * mib
	largestPart  = 5 << 30
	mostParts    = 10_000
)

// Plan says how a file is cut into parts. It is fixed for the life of an attempt.
type Plan struct {
	Size     int64 // bytes of the whole file
	PartSize int64 // bytes of every part but the last
	Parts    int32 // 1 to 10,000; 1 for an empty file, whose only part is empty
}

// Single tells whether the file fits in one part, so that one signed PUT is enough. An empty file does.
func (p Plan) Single() bool { return p.Parts <= 1 }

// Range returns where part n lies in the file. n counts from 1 to p.Parts; any other part is empty.
func (p Plan) Range(n int32) (offset, length int64) {
	if n < 1 || n > p.Parts {
		return 0, 0
	}
	offset = int64(n-1) * p.PartSize
	return offset, min(p.PartSize, p.Size-offset)
}

// sizing holds the rules apart from S3's numbers, so that a test can try all of a small world.
type sizing struct {
	unit  int64 // part sizes are multiples of it
	least int64 // wanted even where smaller parts would do
	most  int64 // bytes of the largest part
	parts int64 // the most parts of one file
}

// s3Sizing are the rules of every vault; only tests have others.
func s3Sizing() sizing {
	return sizing{unit: mib, least: leastPart, most: largestPart, parts: mostParts}
}

// plan plans a new attempt. minPart is the smallest part the vault wants, in bytes (0: none of its own). The error is
// CodeTooLarge when the file needs more than 10,000 parts of 5 GiB, and CodeBadResponse when the vault wants parts that
// S3 does not take.
func (s sizing) plan(size, minPart int64) (Plan, error) {
	s.least = max(s.least, minPart)
	partSize, err := s.partSize(size)
	if err != nil {
		return Plan{}, err
	}
	return cut(size, partSize), nil
}

// with plans with a part size that is settled already, by the signer's answer. The error is CodeTooLarge for a file
// above the limit, else CodeBadResponse when the part size is outside S3's limits or leads to too many parts.
func (s sizing) with(size, partSize int64) (Plan, error) {
	switch {
	case size < 0:
		return Plan{}, E("plan", CodeInternal, errors.New("negative size"))
	case size > s.parts*s.most:
		return Plan{}, tooLarge(s.parts * s.most)
	case partSize < min(s.least, smallestPart) || partSize > s.most:
		return Plan{}, E("plan", CodeBadResponse, errors.New("part size outside S3's limits"))
	case ceil(size, partSize) > s.parts:
		return Plan{}, E("plan", CodeBadResponse, errors.New("part size leads to too many parts"))
	}
	return cut(size, partSize), nil
}

// partSize returns the smallest allowed part size with which size needs no more than s.parts parts.
func (s sizing) partSize(size int64) (int64, error) {
	if size < 0 {
		return 0, E("plan", CodeInternal, errors.New("negative size"))
	}
	if size > s.parts*s.most {
		return 0, tooLarge(s.parts * s.most)
	}
	least := ceil(s.least, s.unit) * s.unit
	if least > s.most {
		return 0, E("plan", CodeBadResponse, errors.New("the vault's smallest part is larger than S3 allows"))
	}
	return max(least, ceil(ceil(size, s.parts), s.unit)*s.unit), nil
}

func tooLarge(limit int64) *Error {
	return E("plan", CodeTooLarge, fmt.Errorf("more than %d bytes", limit))
}

func cut(size, partSize int64) Plan {
	return Plan{Size: size, PartSize: partSize, Parts: int32(max(1, ceil(size, partSize)))}
}

// ceil is a/b rounded up, for a ≥ 0 and b > 0; it does not overflow.
func ceil(a, b int64) int64 {
	q := a / b
	if a%b != 0 {
		q++
	}
	return q
}
