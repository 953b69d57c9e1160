package fault

import (
	"bytes"
	"context"
	"errors"
	"io"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"longshore/uploader"
)

func TestFaultsOfAPut(t *testing.T) {
	data := bytes.Repeat([]byte("x"), 200_000)
	ran := 0
	for name, c := range map[string]struct {
		fault  Fault
		want   string
		bytes  int64
		stored bool
		took   time.Duration
	}{
		"none":           {Fault{}, "200", 200_000, true, 2 * time.Second},
		"refused":        {Fault{Status: 503, S3Code: "SlowDown"}, "503 SlowDown", 0, false, 0},
		"a hotel":        {Fault{Status: 200, Body: "<html>"}, "200", 0, false, 0},
		"an error":       {Fault{Err: io.ErrClosedPipe}, io.ErrClosedPipe.Error(), 0, false, 0},
		"a code":         {Fault{Code: uploader.CodeDNS}, "put: dns", 0, false, 0},
		"slow":           {Fault{Delay: time.Minute}, "200", 200_000, true, 62 * time.Second},
		"corrupt":        {Fault{Corrupt: true}, "400 BadDigest", 200_000, false, 2 * time.Second},
		"no answer":      {Fault{DropAnswer: true}, "read tcp: connection reset by peer", 200_000, true, 2 * time.Second},
		"cut":            {Fault{CutAfter: 70_000}, "write tcp: broken pipe", 70_000, false, 700 * time.Millisecond},
		"cut at the end": {Fault{CutAfter: 200_000}, "write tcp: broken pipe", 200_000, false, 2 * time.Second},
		"cut beyond":     {Fault{CutAfter: 900_000}, "write tcp: broken pipe", 200_000, false, 2 * time.Second},
		"hangs":          {Fault{Hang: true}, "context deadline exceeded", 200_000, true, time.Hour},
		"hooks":          {Fault{Before: func() { ran++ }, After: func() { ran++ }}, "200", 200_000, true, 2 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				v := NewVault(VaultOptions{Speed: 100_000})
				req := request(uploader.ChecksumCRC64NVME, 200_000)
				req.PartSize = req.Size
				up := must(v.Signer().Create(t.Context(), req, false)).Upload
				urls := must(v.Signer().SignParts(t.Context(), up, []uploader.PartToSign{{PartNumber: 1, Size: 200_000, Checksum: sum(req.Checksum, data)}}))
				v.Faults.Add(OpPutPart, c.fault)
				ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
				defer cancel()
				start := time.Now()
				_, got := send(ctx, v, urls[1], data)
				took := time.Since(start).Round(time.Millisecond)
				stored := len(must(v.Signer().ListParts(t.Context(), up))) == 1
				if tr := v.Traffic(up.Key); got != c.want || tr.Bytes != c.bytes || stored != c.stored || took != c.took {
					t.Errorf("%q, %d bytes, stored %v, took %v; want %q, %d, %v, %v", got, tr.Bytes, stored, took, c.want, c.bytes, c.stored, c.took)
				}
				v.Faults.VerifyAllFaultsExercised(t)
			})
		})
	}
	if ran != 2 {
		t.Errorf("%d hooks ran", ran)
	}
}

func TestFaultsOfTheSigner(t *testing.T) {
	odd := errors.New("odd")
	for name, c := range map[string]struct {
		fault  Fault
		want   uploader.Code
		effect bool
	}{
		"none":               {Fault{}, "", true},
		"a code":             {Fault{Code: uploader.CodeThrottled, RetryAfter: time.Second}, uploader.CodeThrottled, false},
		"an error":           {Fault{Err: odd}, uploader.CodeInternal, false},
		"no answer":          {Fault{DropAnswer: true}, uploader.CodeNetwork, true},
		"unknown":            {Fault{DropAnswer: true, Code: uploader.CodeUnknown}, uploader.CodeUnknown, true},
		"hangs":              {Fault{Hang: true}, uploader.CodeNetwork, true}, // the deadline's
		"slower than wanted": {Fault{Delay: time.Hour}, uploader.CodeNetwork, false},
		"lies":               {Fault{Reply: func(r any) { r.(*uploader.Created).PartSize = 3 }}, "", true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				v := NewVault(VaultOptions{Latency: time.Second})
				v.Faults.Add(OpCreate, c.fault)
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				made, err := v.Signer().Create(ctx, request(uploader.ChecksumCRC64NVME, 4), false)
				want(t, "create", err, c.want)
				if (len(v.OpenUploads()) == 1) != c.effect {
					t.Errorf("open: %v", v.OpenUploads())
				}
				if c.fault.Reply != nil && made.PartSize != 3 {
					t.Errorf("%+v", made)
				}
				v.Faults.VerifyAllFaultsExercised(t)
			})
		})
	}
}

func TestFaultsComeInOrderAndFit(t *testing.T) {
	f := newFaults()
	f.Add("op", Fault{Repeat: 1}, Fault{Code: "a", Only: func(c Call) bool { return c.Part == 7 }}, Fault{Code: "b"}, Fault{Code: "z", Repeat: Forever})
	take := func(part int32) uploader.Code {
		fault, end := f.begin(Call{Op: "op", Part: part})
		end()
		return fault.Code
	}
	var got []uploader.Code
	for _, part := range []int32{7, 7, 1, 1, 7, 7, 1} {
		got = append(got, take(part))
	}
	if !slices.Equal(got, []uploader.Code{"", "", "b", "z", "a", "z", "z"}) {
		t.Errorf("%q", got)
	}
	f.VerifyAllFaultsExercised(t)
	f.Add("op", Fault{})
	f.Add("other", Fault{Repeat: 1})
	take(1)
	var left counter
	f.VerifyAllFaultsExercised(&left)
	if left != 2 {
		t.Errorf("%d faults are left, want 2", left)
	}
	f.Clear("other")
	f.Clear("op")
	left = 0
	if f.VerifyAllFaultsExercised(&left); left != 0 {
		t.Errorf("%d faults are left after Clear", left)
	}
}

type counter int

func (*counter) Helper()                 {}
func (c *counter) Errorf(string, ...any) { *c++ }
