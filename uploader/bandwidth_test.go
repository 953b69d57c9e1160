package uploader

import (
	"context"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// limited is a data plane under a limit.
func limited(p *pacer, base http.RoundTripper) http.RoundTripper {
	return bandwidth{next: Compose(base, TransportOptions{Stall: 10 * time.Millisecond}), pacer: p}
}

// tally is a server that notes when how many bytes came.
type tally struct {
	mu    sync.Mutex
	start time.Time
	at    []time.Duration
	n     []int
}

func (c *tally) RoundTrip(r *http.Request) (*http.Response, error) {
	defer r.Body.Close()
	buf := make([]byte, 32<<10)
	for {
		n, err := r.Body.Read(buf)
		c.mu.Lock()
		c.at, c.n = append(c.at, time.Since(c.start)), append(c.n, n)
		c.mu.Unlock()
		if err == io.EOF {
			return answer(http.NoBody), nil
		}
		if err != nil {
			return nil, err
		}
	}
}

// most is the most bytes that came in any window of this width, and least the fewest, until end.
func (c *tally) window(width, from, end time.Duration) (least, most int) {
	least = 1 << 62
	for i := from; i+width <= end; i += 10 * time.Millisecond {
		sum := 0
		for k, at := range c.at {
			if at > i && at <= i+width {
				sum += c.n[k]
			}
		}
		least, most = min(least, sum), max(most, sum)
	}
	return least, most
}

// Many requests, large and small ones, at many limits: the sum stays within 5 % over ten seconds, and no second carries
// more than twice the limit.
func TestTheLimitHoldsForTheSum(t *testing.T) {
	for _, speed := range []Speed{slowestSpeed, 100e3, 5e6, 125e6} {
		for _, streams := range []int{1, 4, 256} {
			synctest.Test(t, func(t *testing.T) {
				p := newPacer(speed)
				c := &tally{start: time.Now()}
				ctx, cancel := context.WithTimeout(t.Context(), 31*time.Second)
				defer cancel()
				var all sync.WaitGroup
				for i := range streams {
					size := int64(1 << 40)
					if i%2 == 1 {
						size = 3000 // small objects, one after the other
					}
					all.Go(func() {
						for ctx.Err() == nil {
							_, _ = try2(ctx, limited(p, c), size)
						}
					})
				}
				all.Wait()
				least, most := c.window(10*time.Second, time.Second, 30*time.Second)
				_, burst := c.window(time.Second, 0, 30*time.Second)
				want := float64(speed) * 10
				if float64(least) < 0.95*want || float64(most) > 1.05*want {
					t.Errorf("%v, %d streams: %d to %d bytes in 10 s", speed, streams, least, most)
				}
				if float64(burst) > 1.2*float64(speed)+float64(smallestPiece) {
					t.Errorf("%v, %d streams: %d bytes in a second", speed, streams, burst)
				}
			})
		}
	}
}

func try2(ctx context.Context, tr http.RoundTripper, size int64) (stored, error) {
	conn := Connection{Transport: tr, Origins: []string{"https://v"}}
	return put(ctx, conn, SignedRequest{URL: "https://v/k"}, putBody{r: slowDisk{}, size: size})
}

// Every stream gets its share: first come, first served.
func TestTheLimitIsShared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPacer(1e6)
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		counts := make([]*tally, 8)
		var all sync.WaitGroup
		for i := range counts {
			counts[i] = &tally{start: time.Now()}
			all.Go(func() { _, _ = try2(ctx, limited(p, counts[i]), 1<<40) })
		}
		all.Wait()
		for i, c := range counts {
			sum := 0
			for _, n := range c.n {
				sum += n
			}
			if sum < 2e6 || sum > 3e6 {
				t.Errorf("stream %d got %d of 20 MB", i, sum)
			}
		}
	})
}

// Whoever waits under one limit waits for the new one when it changes: not a second longer, not a byte more.
func TestTheLimitChangesWhileRunning(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPacer(slowestSpeed)
		c := &tally{start: time.Now()}
		ctx, cancel := context.WithTimeout(t.Context(), 40*time.Second)
		defer cancel()
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() { _, _ = try2(ctx, limited(p, c), 1<<40) })
		}
		for _, s := range []Speed{10e6, 1e6, Halt} {
			time.Sleep(10 * time.Second)
			p.set(s)
		}
		all.Wait()
		for _, w := range []struct {
			from, to time.Duration
			speed    Speed
		}{{0, 10, slowestSpeed}, {10, 20, 10e6}, {20, 30, 1e6}, {30, 40, 0}} {
			width := (w.to - w.from) * time.Second
			_, n := c.window(width, w.from*time.Second, w.to*time.Second)
			want := 10 * float64(w.speed)
			if got := float64(n); got < 0.95*want-8*smallestPiece || got > 1.05*want+8*smallestPiece {
				t.Errorf("%d bytes in 10 s at %v", n, w.speed)
			}
		}
	})
}

func TestNoLimitCostsNoTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPacer(slowestSpeed)
		go func() {
			time.Sleep(time.Second)
			p.set(NoLimit)
		}()
		start := time.Now()
		if _, err := try2(t.Context(), limited(p, script(swallow)), 100<<20); err != nil || time.Since(start) != time.Second {
			t.Errorf("%v after %v", err, time.Since(start))
		}
	})
}

func TestAWaitForTheLimitEndsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, s := range []Speed{slowestSpeed, Halt} {
			ctx, cancel := context.WithCancel(t.Context())
			p, start, ended := newPacer(s), time.Now(), make(chan error, 10)
			for range cap(ended) {
				go func() {
					_, err := try2(ctx, limited(p, script(swallow)), 1<<40)
					ended <- err
				}()
			}
			time.Sleep(time.Second)
			cancel()
			for range cap(ended) {
				if err := <-ended; CodeOf(err) != CodeCancelled {
					t.Error(err)
				}
			}
			if took := time.Since(start); took != time.Second {
				t.Errorf("%v: after %v", s, took)
			}
		}
	})
	synctest.Test(t, func(t *testing.T) { // a goroutine left waiting for its turn would hang the bubble
		early := script(func(_ context.Context, body io.Reader) (*http.Response, error) {
			go io.Copy(io.Discard, body)
			synctest.Wait()
			return nil, io.ErrUnexpectedEOF
		})
		start := time.Now()
		_, err := try2(t.Context(), limited(newPacer(slowestSpeed), early), 1<<40)
		if took := time.Since(start); CodeOf(err) != CodeNetwork || took != 0 {
			t.Errorf("%v after %v", err, took)
		}
	})
}

// A machine that slept does not catch up on what it did not send.
func TestNothingIsSavedUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPacer(1e6)
		time.Sleep(time.Hour)
		c := &tally{start: time.Now()}
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		_, _ = try2(ctx, limited(p, c), 1<<40)
		if _, most := c.window(time.Second, 0, 2*time.Second); most > 1.2e6 {
			t.Errorf("%d bytes in a second", most)
		}
	})
}

func TestAPacerThatChangesAllTheTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPacer(Halt)
		ctx, cancel := context.WithCancel(t.Context())
		c := &tally{start: time.Now()}
		var all sync.WaitGroup
		for range 16 {
			all.Go(func() { _, _ = try2(ctx, limited(p, c), 1<<40) })
		}
		speeds := []Speed{Halt, slowestSpeed, 1e6, 3e6}
		sum := 0.0
		for range 500 {
			s, d := speeds[rand.IntN(len(speeds))], time.Duration(1+rand.IntN(200))*time.Millisecond
			p.set(s)
			time.Sleep(d)
			sum += s.in(d)
		}
		cancel()
		all.Wait()
		got := 0
		for _, n := range slices.Clone(c.n) {
			got += n
		}
		if float64(got) > 1.05*sum+1e5 {
			t.Errorf("%d bytes went, %.0f were allowed", got, sum)
		}
	})
}
