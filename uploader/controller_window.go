package uploader

import "time"

// window is a time of measuring.
type window struct {
	span         time.Duration
	bytes        float64
	moment       float64 // of the bytes in time, by second
	done         int
	count, short int
	limited      bool
}

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
