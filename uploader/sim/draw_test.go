package sim

import (
	"fmt"
	"math/rand/v2"
	"time"

	"longshore/uploader"
)

// operations are those whose rates a seed draws apart from the usual one.
var operations = []string{
	"put", "put-part", "init-upload", "get-part-urls", "put-urls", "list-parts", "stat-objects", "complete-upload",
	"abort-upload", "s3 create", "s3 list-uploads", "s3 list-parts", "s3 complete", "s3 abort", "s3 stat", "apply", "connect",
}

// draw draws what the world is like.
func (w *world) draw() {
	pick := func(values ...float64) float64 { return values[w.rng.IntN(len(values))] }
	w.mode = uploader.ChecksumCRC64NVME
	if w.rng.IntN(5) == 0 {
		w.mode = uploader.ChecksumMD5
	}
	w.usual = pick(0, 0.02, 0.05, 0.1, 0.2)
	w.rate = map[string]float64{}
	for _, op := range operations {
		if w.rng.IntN(3) == 0 {
			w.rate[op] = pick(0, 0.1, 0.3, 0.5)
		}
	}
	if w.rate["connect"] == 0 {
		w.rate["connect"] = w.usual / 10
	}
	w.bucket.conditional = w.rng.IntN(5) > 0
	w.bucket.remembers = w.rng.IntN(2) == 0
	w.bucket.kms = w.rng.IntN(2) == 0
	if w.rng.IntN(4) == 0 {
		w.bucket.lifetime = time.Duration(1+w.rng.IntN(48)) * time.Hour
	}
	w.urlLifetime = []time.Duration{15 * time.Minute, 15 * time.Minute, time.Minute, 5 * time.Second}[w.rng.IntN(4)]
	w.signerCount = 1 + w.rng.IntN(2)
	w.limits = w.drawLimits()
	w.trace.add("seed %d: mode %s, usual %v, rates %v, conditional %v, remembers %v, kms %v, lifecycle %v, URLs %v, %d signers, limits %+v",
		w.seed, w.mode, w.usual, fmt.Sprint(w.rate), w.bucket.conditional, w.bucket.remembers, w.bucket.kms, w.bucket.lifetime,
		w.urlLifetime, w.signerCount, w.limits)
}

func (w *world) drawLimits() uploader.Limits {
	return uploader.Limits{
		PartsPerFile: 1 + w.rng.IntN(4), Parts: 1 + w.rng.IntN(8), Small: 1 + w.rng.IntN(8), SmallBytes: int64(16 + w.rng.IntN(100)),
	}
}

// The drives of this world: one that stays, one that can be pulled, one whose file system proves little.
var drives = []string{"/disk", "/disk", "/usb", "/fat"}

// drawFiles makes files and folders and returns their roots.
func (w *world) drawFiles() []string {
	w.disk.Unstable("/fat", true)
	var roots []string
	for i := range 1 + w.rng.IntN(4) {
		drive := drives[w.rng.IntN(len(drives))]
		if w.rng.IntN(4) > 0 {
			root := fmt.Sprintf("%s/f%d.bin", drive, i)
			w.disk.write(root, w.bytes(w.drawSize()))
			roots = append(roots, root)
			continue
		}
		root := fmt.Sprintf("%s/d%d", drive, i)
		for k := range 1 + w.rng.IntN(10) {
			size := w.rng.IntN(2 * smallSize)
			if w.rng.IntN(6) == 0 {
				size = w.drawSize()
			}
			w.disk.write(fmt.Sprintf("%s/s%d/%d.dcm", root, k%3, k), w.bytes(size))
		}
		roots = append(roots, root)
	}
	return roots
}

func (w *world) drawSize() int {
	switch w.rng.IntN(8) {
	case 0:
		return w.rng.IntN(3)
	case 1:
		return smallSize + w.rng.IntN(3) - 1
	case 2:
		return partSize + w.rng.IntN(3) - 1
	case 3:
		return partSize * (1 + w.rng.IntN(8))
	}
	return partSize + w.rng.IntN(9*partSize)
}

func (w *world) bytes(n int) []byte {
	var key [32]byte
	for i := range 4 {
		key[i] = byte(w.rng.Uint32())
	}
	data := make([]byte, n)
	_, _ = rand.NewChaCha8(key).Read(data) // never fails
	return data
}
