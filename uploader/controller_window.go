package uploader

import (
	"math"
	"time"
)

// window is a time of measuring.
type window struct {
	span         time.Duration
	bytes        float64
	moment       float64 // of the bytes in time, by second
	done         int
	count, short int
	limited      bool
	trips        trips

	chunks [16]chunk // of equal length; when all are full, two become one
	filled int
	length time.Duration
}

// chunk is a stretch of a window.
type chunk struct {
	span  time.Duration
	bytes float64
}

const chunkLeast = 200 * time.Millisecond

func (w *window) add(s sample) {
	w.moment += float64(s.bytes) * (w.span + s.span/2).Seconds()
	w.span += s.span
	w.bytes += float64(s.bytes)
	w.done += s.done
	w.count++
	if s.short {
		w.short++
	}
	w.limited = w.limited || s.limited
	w.trips.merge(s.trips)
	w.length = max(w.length, chunkLeast)
	c := &w.chunks[w.filled]
	c.span += s.span
	c.bytes += float64(s.bytes)
	if c.span < w.length {
		return
	}
	if w.filled++; w.filled < len(w.chunks) {
		return
	}
	for i := range w.chunks {
		if a := &w.chunks[i]; i%2 == 0 {
			w.chunks[i/2] = chunk{a.span + w.chunks[i+1].span, a.bytes + w.chunks[i+1].bytes}
		}
	}
	clear(w.chunks[len(w.chunks)/2:])
	w.filled, w.length = len(w.chunks)/2, 2*w.length
}

// trim forgets the older half.
func (w *window) trim() {
	kept := window{length: w.length, limited: w.limited, trips: w.trips}
	from := w.filled / 2
	for _, c := range w.chunks[from:] {
		if c.span > 0 {
			kept.moment += c.bytes * (kept.span + c.span/2).Seconds()
			kept.span += c.span
			kept.bytes += c.bytes
		}
	}
	copy(kept.chunks[:], w.chunks[from:])
	kept.filled = w.filled - from
	share := kept.span.Seconds() / w.span.Seconds()
	kept.done, kept.count, kept.short = int(share*float64(w.done)), int(share*float64(w.count)), int(share*float64(w.short))
	*w = kept
}

// doubt is the standard error of its rate, as a share of it: how far chance alone may have moved it. It is taken from how
// stretches of it differ, pairs of neighbours together for what lasts longer than one.
func (w *window) doubt() float64 {
	n := w.filled / 2
	if n < 2 || w.bytes <= 0 {
		return 1
	}
	mean, squares := w.rate(), 0.0
	for i := range n {
		a, b := w.chunks[2*i], w.chunks[2*i+1]
		d := (a.bytes+b.bytes)/(a.span+b.span).Seconds()/mean - 1
		squares += d * d
	}
	return math.Sqrt(squares / float64(n-1) / float64(n))
}

func (w *window) rate() float64 { return w.bytes / w.span.Seconds() }

// drifts tells whether its two halves differ clearly.
func (w *window) drifts() bool {
	return w.rising() || w.moment < 0.48*w.bytes*w.span.Seconds()
}

// rising tells whether clearly more went in its second half than in its first.
func (w *window) rising() bool { return w.moment > 0.52*w.bytes*w.span.Seconds() }

// idle tells whether there was not enough to send.
func (w *window) idle() bool { return 4*w.short > w.count }
