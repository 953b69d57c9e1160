package sim

import (
	"hash/fnv"
	"sync"
	"time"
)

// luck decides what befalls a call, by the seed and by which call it is.
type luck struct {
	seed uint64
	mu   sync.Mutex
	seen map[which]int
}

// which names calls that are alike.
type which struct {
	op, label string
	part      int
}

// roll is the luck of one call: a row of numbers.
type roll struct{ state uint64 }

// call counts a call and gives its luck.
func (l *luck) call(op, label string, part int) *roll {
	w := which{op, label, part}
	l.mu.Lock()
	n := l.seen[w]
	l.seen[w]++
	l.mu.Unlock()
	h := fnv.New64a()
	_, _ = h.Write([]byte(op + "\x00" + label)) // a hash takes everything
	return &roll{mix(h.Sum64()^mix(l.seed)) + mix(uint64(part)<<32|uint64(n))}
}

// mix is the finaliser of splitmix64.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

func (r *roll) next() uint64 {
	r.state++
	return mix(r.state)
}

func (r *roll) float() float64        { return float64(r.next()>>11) / (1 << 53) }
func (r *roll) chance(p float64) bool { return r.float() < p }
func (r *roll) pick(n int) int        { return int(r.next() % uint64(n)) }

// between is a time in [from, to).
func (r *roll) between(from, to time.Duration) time.Duration {
	return from + time.Duration(r.float()*float64(to-from))
}
