package uploader

import (
	"fmt"
	"math"
	"testing"
)

// Every size of a world in which S3's limits are a handful of bytes.
func TestPartSizeInASmallWorld(t *testing.T) {
	for _, s := range []sizing{
		{unit: 1, least: 1, most: 9, parts: 7},
		{unit: 1, least: 3, most: 20, parts: 7},
		{unit: 4, least: 8, most: 40, parts: 5},
		{unit: 4, least: 9, most: 40, parts: 5},
		{unit: 4, least: 40, most: 40, parts: 1},
	} {
		for size := range s.parts*s.most + 30 {
			got, err := s.partSize(size)
			if size > s.parts*s.most {
				if CodeOf(err) != CodeTooLarge {
					t.Fatalf("%+v size %d: %v, want too-large", s, size, err)
				}
				continue
			}
			if err != nil {
				t.Fatalf("%+v size %d: %v", s, size, err)
			}
			want := int64(0) // by trying: the first multiple of the unit that fits all rules
			for p := s.unit; want == 0; p += s.unit {
				if p >= s.least && s.parts*p >= size {
					want = p
				}
			}
			if got != want || got > s.most {
				t.Fatalf("%+v size %d: part size %d, want %d", s, size, got, want)
			}
			checkCover(t, cut(size, got), s.parts)
		}
	}
}

// checkCover fails unless the plan's parts cover the file without a gap or an overlap.
func checkCover(t *testing.T, p Plan, most int64) {
	t.Helper()
	if p.Parts < 1 || int64(p.Parts) > most {
		t.Fatalf("%+v: parts outside 1 to %d", p, most)
	}
	end := int64(0)
	for n := int32(1); n <= p.Parts; n++ {
		off, length := p.Range(n)
		whole := length == p.PartSize || n == p.Parts
		if off != end || !whole || length > p.PartSize || (length < 1 && p.Size > 0) {
			t.Fatalf("%+v: part %d is %d+%d, the one before ended at %d", p, n, off, length, end)
		}
		end = off + length
	}
	if end != p.Size {
		t.Fatalf("%+v: parts end at %d", p, end)
	}
	if p.Single() != (p.Size <= p.PartSize) {
		t.Fatalf("%+v: single is %v", p, p.Single())
	}
}

func TestPlansAtTheEdges(t *testing.T) {
	const tib = 1 << 40
	for _, c := range []struct {
		size, minPart int64
		partSize      int64
		parts         int32
	}{
		{0, 0, 16 * mib, 1},
		{1, 0, 16 * mib, 1},
		{16 * mib, 0, 16 * mib, 1},
		{16*mib + 1, 0, 16 * mib, 2},
		{16 * mib, 5 * mib, 16 * mib, 1},
		{100 * mib, 32*mib + 1, 33 * mib, 4},
		{160_000 * mib, 0, 16 * mib, 10_000},
		{160_000*mib + 1, 0, 17 * mib, 9412},
		{5 * tib, 0, 525 * mib, 9987},
		{10_000 * largestPart, 0, largestPart, 10_000},
	} {
		p, err := s3Sizing().plan(c.size, c.minPart)
		if err != nil || p != (Plan{c.size, c.partSize, c.parts}) {
			t.Errorf("plan(%d, %d) = %+v, %v; want %d × %d", c.size, c.minPart, p, err, c.parts, c.partSize)
			continue
		}
		checkCover(t, p, mostParts)
		if again, err := s3Sizing().with(c.size, c.partSize); err != nil || again != p {
			t.Errorf("with(%d, %d) = %+v, %v; want %+v", c.size, c.partSize, again, err, p)
		}
	}
}

func TestPlansThatCannotBe(t *testing.T) {
	parts := func(size, minPart int64) func() error {
		return func() error { _, err := s3Sizing().plan(size, minPart); return err }
	}
	with := func(size, partSize int64) func() error {
		return func() error { _, err := s3Sizing().with(size, partSize); return err }
	}
	for i, c := range []struct {
		try  func() error
		want Code
	}{
		{parts(10_000*largestPart+1, 0), CodeTooLarge},
		{parts(math.MaxInt64, 0), CodeTooLarge},
		{parts(1, largestPart+1), CodeBadResponse},
		{parts(-1, 0), CodeInternal},
		{with(10_000*largestPart+1, largestPart), CodeTooLarge},
		{with(1, smallestPart-1), CodeBadResponse},
		{with(1, largestPart+1), CodeBadResponse},
		{with(10_000*smallestPart+1, smallestPart), CodeBadResponse},
		{with(-1, smallestPart), CodeInternal},
	} {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			if err := c.try(); CodeOf(err) != c.want {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
}

func TestRangeOutsideThePlanIsEmpty(t *testing.T) {
	p := cut(10, 4)
	for _, n := range []int32{-1, 0, 4} {
		if off, length := p.Range(n); off != 0 || length != 0 {
			t.Errorf("Range(%d) = %d, %d", n, off, length)
		}
	}
}
