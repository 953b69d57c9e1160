package uploader

import (
	"fmt"
	"os"
	"sort"
	"strconv"
	"testing"
	"time"
)

// seeds is how many runs with other chances are asked for; the tables of docs/performance.md are made with ten.
func seeds(t *testing.T) int {
	t.Helper()
	n, err := strconv.Atoi(os.Getenv("SEEDS"))
	if err != nil {
		t.Skip("prints a table: SEEDS=10 go test ./uploader -v -run TestTableOf; VARIANT is mute, shallow or shaped")
	}
	return n
}

// spread is the mean of values, the least and the most.
func spread(v []float64, f string) string {
	sort.Float64s(v)
	s := 0.0
	for _, x := range v {
		s += x
	}
	return fmt.Sprintf(f+" ("+f+".."+f+")", s/float64(len(v)), v[0], v[len(v)-1])
}

// variant is the line as the kernel would tell of it: not at all, without a queue where it is full, or with one for each
// connection that the server caps.
func variant(l Link) Link {
	switch os.Getenv("VARIANT") {
	case "mute":
		l.Mute = true
	case "shallow":
		l.Buffer = -1
	case "shaped":
		l.Shaped = true
	}
	return l
}

func TestTableOfModelledLinks(t *testing.T) {
	for _, c := range links {
		for _, noise := range []float64{0.1, 0.4} {
			var early, late, at, parts, most []float64
			for seed := range seeds(t) {
				link := variant(c.link)
				link.Noise, link.Seed = noise, uint64(seed)
				l := link
				p := newParty(&l, 64)
				play(300*time.Second, p)
				best := 0.0
				for _, n := range []int{8, 64} {
					l := link
					q := newParty(&l, n)
					q.k = newController(n, 16<<20)
					q.k.target, q.k.ramp, q.k.wait = n, false, time.Hour
					play(time.Minute, q)
					best = max(best, q.rate(20, 60))
				}
				early = append(early, 100*p.rate(20, 120)/best)
				late = append(late, 100*p.rate(120, 300)/best)
				r := p.reach(0.9 * best)
				if r < 0 {
					r = 300 * time.Second
				}
				at = append(at, r.Seconds())
				mean, m := p.parallel(20, 300)
				parts = append(parts, mean)
				most = append(most, float64(m))
			}
			t.Logf("%-34s %.1f | %-17s | %-17s | %-18s | %-18s | %s", c.name, noise, spread(early, "%.0f"), spread(late, "%.0f"), spread(at, "%.1f"), spread(parts, "%.1f"), spread(most, "%.0f"))
		}
	}
}

func TestTableOfSharedLinks(t *testing.T) {
	fast := Link{Capacity: gbit, RTT: 20 * time.Millisecond, PerConn: 100e6}
	mid := Link{Capacity: 100 * mbit, RTT: 30 * time.Millisecond}
	for _, c := range []struct {
		name   string
		link   Link
		others int
		fixed  int
		late   time.Duration
	}{
		{"100M two", mid, 1, 0, 0},
		{"100M second a minute later", mid, 1, 0, time.Minute},
		{"1G two", fast, 1, 0, 0},
		{"1G second a minute later", fast, 1, 0, time.Minute},
		{"10M second a minute later", Link{Capacity: 10 * mbit, RTT: 50 * time.Millisecond}, 1, 0, time.Minute},
		{"1G three, half a minute apart", fast, 2, 0, 30 * time.Second},
		{"1G beside four", fast, 1, 4, 0},
		{"100M beside four", mid, 1, 4, 0},
		{"1G beside one", fast, 1, 1, 0},
		{"100M beside one", mid, 1, 1, 0},
		{"100M beside sixteen", mid, 1, 16, 0},
		{"100M loss .1 two", Link{Capacity: 100 * mbit, RTT: 30 * time.Millisecond, Loss: 1e-3}, 1, 0, 30 * time.Second},
	} {
		var evens, sums, us, them []float64
		for seed := range seeds(t) {
			l := variant(c.link)
			l.Noise, l.Seed = 0.2, uint64(seed)
			parties := []*party{newParty(&l, 64)}
			for range c.others {
				play(c.late, parties...)
				p := newParty(&l, 64)
				if c.fixed > 0 {
					p = newParty(&l, c.fixed)
					p.k.target, p.k.ramp, p.k.wait = c.fixed, false, 24*time.Hour
				}
				parties = append(parties, p)
			}
			play(4*time.Minute, parties...)
			var shares []float64
			sum := 0.0
			for i, p := range parties {
				n := len(p.history) / 10
				mean, _ := p.parallel(n-120, n)
				if i == 0 {
					us = append(us, mean)
				} else {
					them = append(them, mean)
				}
				shares = append(shares, p.rate(n-120, n))
				sum += p.rate(n-120, n)
			}
			evens = append(evens, jain(shares...))
			sums = append(sums, 100*sum/c.link.Capacity)
		}
		t.Logf("%-30s Jain %-18s | %-14s | us %-16s | them %s", c.name, spread(evens, "%.2f"), spread(sums, "%.0f"), spread(us, "%.1f"), spread(them, "%.1f"))
	}
}
