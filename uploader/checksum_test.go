package uploader

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"strings"
	"syscall"
	"testing"
)

// failingReader gives bytes up to fails, and its error from there.
type failingReader struct {
	io.ReaderAt
	fails int64
	err   error
}

func (f failingReader) ReadAt(p []byte, off int64) (int, error) {
	if off+int64(len(p)) <= f.fails {
		return f.ReaderAt.ReadAt(p, off)
	}
	n, _ := f.ReaderAt.ReadAt(p[:max(0, f.fails-off)], off)
	return n, f.err
}

func TestSumRangeMatchesKnownSums(t *testing.T) {
	r := strings.NewReader("..123456789..")
	for _, c := range []struct {
		mode Checksum
		n    int64
		want string
	}{
		{ChecksumCRC64NVME, 9, "rosUhgp5mIg="}, // the check value of CRC-64/NVME: ae8b14860a799888
		{ChecksumCRC64NVME, 0, "AAAAAAAAAAA="},
		{ChecksumMD5, 9, md5Of123456789},
		{ChecksumMD5, 0, "1B2M2Y8AsgTpgAmY7PhCfg=="},
		{ChecksumNone, 9, ""},
	} {
		for _, size := range []int{1, 2, 4, 9, 64} {
			got, err := sumRange(t.Context(), r, 2, c.n, c.mode, make([]byte, size))
			if err != nil || got != c.want {
				t.Errorf("%s of %d bytes in pieces of %d: %q, %v; want %q", c.mode, c.n, size, got, err, c.want)
			}
		}
	}
}

const md5Of123456789 = "JfnnlDI7RTiF9RgfG2JNCw=="

func TestSumRangeOfABadSource(t *testing.T) {
	data := make([]byte, 1000)
	path := errors.New("the path must not show")
	for _, c := range []struct {
		name string
		err  error
		want Code
	}{
		{"short", io.EOF, CodeSourceChanged},
		{"short, and no error", nil, CodeSourceChanged},
		{"io", &os.PathError{Op: "read", Path: "/secret/name", Err: syscall.EIO}, CodeSourceUnreadable},
		{"device gone", &os.PathError{Op: "read", Path: "/secret/name", Err: syscall.ENODEV}, CodeDriveMissing},
		{"share gone", syscall.ESTALE, CodeDriveMissing},
		{"no such device", syscall.ENXIO, CodeDriveMissing},
		{"unknown", path, CodeSourceUnreadable},
		{"an error of ours", E("read", CodeDriveMissing, nil), CodeDriveMissing},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := failingReader{bytes.NewReader(data), 700, c.err}
			_, err := sumRange(t.Context(), r, 100, 800, ChecksumCRC64NVME, make([]byte, 64))
			if CodeOf(err) != c.want {
				t.Fatalf("got %v, want %s", err, c.want)
			}
			if s := err.Error(); strings.Contains(s, "secret") || strings.Contains(s, path.Error()) {
				t.Errorf("the error shows what it must not: %s", s)
			}
			if _, err := sumRange(t.Context(), r, 100, 600, ChecksumCRC64NVME, make([]byte, 64)); err != nil {
				t.Errorf("the bytes before the fault: %v", err)
			}
		})
	}
}

// cancelAfter cancels once so many reads have been made.
type cancelAfter struct {
	io.ReaderAt
	reads  *int
	cancel func()
}

func (c cancelAfter) ReadAt(p []byte, off int64) (int, error) {
	if *c.reads--; *c.reads == 0 {
		c.cancel()
	}
	return c.ReaderAt.ReadAt(p, off)
}

func TestSumRangeStopsBetweenPieces(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	reads := 3
	r := cancelAfter{bytes.NewReader(make([]byte, 1000)), &reads, cancel}
	_, err := sumRange(ctx, r, 0, 1000, ChecksumCRC64NVME, make([]byte, 10))
	if CodeOf(err) != CodeCancelled || !errors.Is(err, context.Canceled) || reads != 0 {
		t.Errorf("got %v after %d reads too many", err, -reads)
	}
}

// partsOf cuts data at the given places and sums each piece.
func partsOf(t testing.TB, data []byte, cuts []int) []Part {
	t.Helper()
	var parts []Part
	from := 0
	for i, to := range append(cuts, len(data)) {
		sum, err := sumRange(t.Context(), bytes.NewReader(data[from:to]), 0, int64(to-from), ChecksumCRC64NVME, make([]byte, 4096))
		if err != nil {
			t.Fatal(err)
		}
		parts = append(parts, Part{PartNumber: int32(i + 1), Size: int64(to - from), Checksum: sum})
		from = to
	}
	return parts
}

func checkCombine(t testing.TB, data []byte, cuts []int) {
	t.Helper()
	whole := partsOf(t, data, nil)[0].Checksum
	got, err := combineSums(partsOf(t, data, cuts))
	if err != nil || got != whole {
		t.Fatalf("%d bytes cut at %v: %q, %v; want %q", len(data), cuts, got, err, whole)
	}
}

func TestCombineSumsOfRandomCuts(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	data := make([]byte, 10_000)
	for i := range data {
		data[i] = byte(rnd.Uint32())
	}
	for range 300 {
		size := rnd.IntN(len(data) + 1)
		cuts := make([]int, rnd.IntN(12))
		at := 0
		for i := range cuts {
			at += rnd.IntN(size - at + 1) // zero-length parts among them
			cuts[i] = at
		}
		checkCombine(t, data[:size], cuts)
	}
}

func TestCombineSumsOfNothing(t *testing.T) {
	if got, err := combineSums(nil); err != nil || got != "AAAAAAAAAAA=" {
		t.Errorf("%q, %v", got, err)
	}
}

// A shift by 48.8 TiB cannot be checked by reading so much; but shifts must add up.
func TestShiftsAddUp(t *testing.T) {
	p := squares()
	rnd := rand.New(rand.NewPCG(3, 4))
	for range 1000 {
		a, b := rnd.Int64N(1<<62), rnd.Int64N(1<<62)
		if got, want := multiply(p.bytes(a), p.bytes(b)), p.bytes(a+b); got != want {
			t.Fatalf("x^8·%d · x^8·%d = %x, want %x", a, b, got, want)
		}
	}
}

func TestCombineSumsRefusesWhatIsNoCRC(t *testing.T) {
	for _, p := range []Part{{Checksum: ""}, {Checksum: "AAAA"}, {Checksum: "%%"}, {Checksum: md5Of123456789}, {Checksum: "AAAAAAAAAAA=", Size: -1}} {
		if got, err := combineSums([]Part{p}); CodeOf(err) != CodeInternal {
			t.Errorf("%+v: %q, %v", p, got, err)
		}
	}
}

func FuzzCombineSums(f *testing.F) {
	f.Add([]byte("123456789"), uint16(4), uint16(4))
	f.Fuzz(func(t *testing.T, data []byte, a, b uint16) {
		x, y := int(a)%(len(data)+1), int(b)%(len(data)+1)
		checkCombine(t, data, []int{min(x, y), max(x, y)})
	})
}

func BenchmarkCombineSums(b *testing.B) {
	parts := make([]Part, mostParts)
	for i := range parts {
		parts[i] = Part{Size: int64(i), Checksum: "rosUhgp5mIg="} // no two sizes alike: the slowest case
	}
	for b.Loop() {
		if _, err := combineSums(parts); err != nil {
			b.Fatal(err)
		}
	}
}
