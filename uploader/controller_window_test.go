package uploader

import (
	"testing"
	"time"
)

// What a window knows of its own doubt: none for a steady throughput, much for one that swings, less the longer it lasts;
// and trimmed it is what its newer half was.
func TestAWindowKnowsItsDoubt(t *testing.T) {
	play := func(n int, bytes func(i int) int64) *window {
		w := &window{}
		for i := range n {
			w.add(sample{span: controlFirst, bytes: bytes(i), done: 1})
		}
		return w
	}
	swings := func(i int) int64 { return int64(1000 + 500*(i/10%2)) } // by a half, each second
	steady, swinging, longer := play(50, func(int) int64 { return 1000 }), play(50, swings), play(1000, swings)
	if d := steady.doubt(); d > 0.001 {
		t.Errorf("steady: %.3f", d)
	}
	if d := swinging.doubt(); d < certain || longer.doubt() > d/2 {
		t.Errorf("swinging: %.3f, longer: %.3f", d, longer.doubt())
	}
	if d := play(5, swings).doubt(); d < 1 {
		t.Errorf("too short to tell: %.3f", d)
	}
	rising := play(64, func(i int) int64 { return int64(1000 + 2000*(i/32)) })
	if r := rising.rate(); !rising.rising() || r < 19e3 || r > 21e3 {
		t.Errorf("rising %v, %.0f bytes a second", rising.rising(), r)
	}
	rising.trim()
	if r := rising.rate(); rising.rising() || r < 29e3 || r > 31e3 || rising.span > 4*time.Second || rising.done > 40 {
		t.Errorf("trimmed: rising %v, %.0f bytes a second, %v, %d parts", rising.rising(), r, rising.span, rising.done)
	}
}
