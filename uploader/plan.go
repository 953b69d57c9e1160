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

// PlanParts plans a new attempt. minPart is the smallest part the vault wants, in bytes (0: none of its own); what is
// below 16 MiB counts as 16 MiB. maxParts is the vault's limit (0: S3's own 10,000, which is also the most). The error
// is CodeTooLarge when the file needs more than the limit's number of 5 GiB parts, and CodeBadResponse when the vault
// wants parts that S3 does not take.
func PlanParts(size, minPart int64, maxParts int) (Plan, error) {
	rules := sizing{unit: mib, least: max(leastPart, minPart), most: largestPart, parts: mostParts}
	if maxParts > 0 {
		rules.parts = min(rules.parts, int64(maxParts))
	}
	partSize, err := rules.partSize(size)
	if err != nil {
		return Plan{}, err
	}
	return cut(size, partSize), nil
}

// PlanWith plans with a part size that is settled already: by the signer's answer, or by the attempt that is resumed.
// The error is CodeTooLarge for a file above 10,000 × 5 GiB, else CodeBadResponse when the part size is outside
// 5 MiB to 5 GiB or leads to more than 10,000 parts.
func PlanWith(size, partSize int64) (Plan, error) {
	switch {
	case size < 0:
		return Plan{}, E("plan", CodeInternal, errors.New("negative size"))
	case size > mostParts*largestPart:
		return Plan{}, tooLarge(mostParts * largestPart)
	case partSize < smallestPart || partSize > largestPart:
		return Plan{}, E("plan", CodeBadResponse, errors.New("part size outside 5 MiB to 5 GiB"))
	case size > mostParts*partSize:
		return Plan{}, E("plan", CodeBadResponse, errors.New("part size leads to more than 10,000 parts"))
	}
	return cut(size, partSize), nil
}

// sizing holds the rules apart from S3's numbers, so that a test can try all of a small world.
type sizing struct {
	unit  int64 // part sizes are multiples of it
	least int64 // wanted even where smaller parts would do
	most  int64 // bytes of the largest part
	parts int64 // the most parts of one file
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
