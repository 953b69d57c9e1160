package signer

import "longshore/signer/api"

// plan is how an upload is cut into parts.
type plan struct {
	size     int64 // bytes of the object; unknownSize if the client did not say
	partSize int64 // bytes of every part but the last; with unknownSize only a proposal
}

// unknownSize is the size of an upload that declared none.
const unknownSize = -1

const mib = 1 << 20

// makePlan chooses the part size, or takes the client's. size is unknownSize or
// at least 0. Errors are object_too_large and bad_part_size.
func makePlan(size, wanted, standard, limit int64) (plan, error) {
	if size > limit {
		return plan{}, fail(api.CodeObjectTooLarge, "")
	}
	p := plan{size: size, partSize: wanted}
	if wanted == 0 {
		p.partSize = standard
		if size > standard*api.MaxParts {
			// Grown to whole MiB so that 10,000 parts suffice.
			p.partSize = (ceilDiv(size, api.MaxParts) + mib - 1) / mib * mib
		}
	}
	switch {
	case p.partSize < api.MinPartSize:
		return plan{}, fail(api.CodeBadPartSize, "Parts must have at least 5 MiB.")
	case p.partSize > api.MaxPartSize:
		return plan{}, fail(api.CodeBadPartSize, "Parts must have at most 5 GiB.")
	case ceilDiv(size, p.partSize) > api.MaxParts:
		return plan{}, fail(api.CodeBadPartSize, "With that part size the file would need more than 10,000 parts.")
	}
	return p, nil
}

func ceilDiv(a, b int64) int64 { return (a + b - 1) / b }

// known tells whether the client declared a size.
func (p plan) known() bool { return p.size != unknownSize }

// parts is the number of parts, and the most there can be with an unknown
// size. An empty object has one empty part.
func (p plan) parts() int {
	if !p.known() {
		return api.MaxParts
	}
	return int(max(1, ceilDiv(p.size, p.partSize)))
}

// sizeOf is the size of part n in bytes, or unknownSize.
func (p plan) sizeOf(n int) int64 {
	if !p.known() {
		return unknownSize
	}
	if n < p.parts() {
		return p.partSize
	}
	return p.size - int64(n-1)*p.partSize
}

// checkPart holds a part against the plan. size nil means the caller did not say.
func (p plan) checkPart(n int, size *int64) error {
	if n < 1 || n > p.parts() {
		return fail(api.CodeBadPartNumber, "")
	}
	if size == nil {
		return nil
	}
	if *size < 0 || *size > api.MaxPartSize || (p.known() && *size != p.sizeOf(n)) {
		return fail(api.CodeBadPartSize, "")
	}
	return nil
}
