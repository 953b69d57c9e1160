package e2e

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// crashTours is how often the tour of a point is made again if the point was
// missed. (A point may be missed when two records share one commit.)
const crashTours = 3

// crashPlan hands out lives until there were enough kills and every point was
// hit.
type crashPlan struct {
	seed   uint64
	points []string
	began  time.Time

	mu    sync.Mutex
	left  []recipe // tours to be made
	made  int      // rounds of tours
	out   int      // lives under way
	n     uint64   // random lives so far
	kills int
	minio int            // of the kills
	kinds map[string]int // the kills by strike.kind
	lives int
	fired map[string]int
	total sums
	wide  int
}

// next gives the next life, or false if there is none. versity is the server
// whose files are plain.
func (p *crashPlan) next(versity bool) (recipe, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i, rec := range p.left {
		if versity || !rec.versity {
			p.left = slices.Delete(p.left, i, i+1)
			p.out++
			return rec, true
		}
	}
	if p.kills < *crashKills {
		p.out++
		p.n++
		return random(p.seed, p.n, p.points), true
	}
	if p.out == 0 && p.made < crashTours {
		p.made++
		if p.left = p.missed(versity); len(p.left) > 0 {
			rec := p.left[0]
			p.left = p.left[1:]
			p.out++
			return rec, true
		}
	}
	return recipe{}, false
}

// missed are the tours of the points that were not hit yet.
func (p *crashPlan) missed(versity bool) (again []recipe) {
	for _, rec := range tours() {
		if (versity || !rec.versity) && slices.ContainsFunc(rec.steps, func(s step) bool { return s.strike.point != "" && p.fired[s.strike.point] == 0 }) {
			again = append(again, rec)
		}
	}
	return again
}

// lived adds up what a life was.
func (p *crashPlan) lived(l *life, s sums) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.lives++
	p.kills += l.kills
	for kind, n := range l.kinds {
		p.kinds[kind] += n
	}
	if l.r.s3.KMSKeyID != "" {
		p.minio += l.kills
	}
	s.resent -= l.resends // what a tour makes the server lose
	p.wide = max(p.wide, l.widest)
	for _, point := range l.fired {
		p.fired[point]++
	}
	p.total.add(s)
}

// TestCrash kills the command line with SIGKILL again and again, at every named
// point and at moments that a seed chooses, and counts at the server what that
// cost.
func TestCrash(t *testing.T) {
	program, points := crashProgram(t)
	p := &crashPlan{seed: *crashSeed, points: points, began: time.Now(), left: tours(), fired: map[string]int{}, kinds: map[string]int{}}
	if p.seed == 0 {
		p.seed = uint64(p.began.UnixNano())
	}
	fmt.Printf("replay this choice of kills with -crash.seed=%d, and one random life with -crash.life=N as well\n", p.seed)
	if *crashLife > 0 {
		rec := random(p.seed, *crashLife, points)
		r := newVersity(t)
		t.Run(rec.name, func(sub *testing.T) { newLife(sub, t, r, program, rec).live(sub) })
		return
	}
	t.Run("kills", func(t *testing.T) {
		t.Run("versitygw", func(t *testing.T) { t.Parallel(); p.work(t, newVersity(t), program) })
		t.Run("minio", func(t *testing.T) { t.Parallel(); p.work(t, newMinIO(t), program) })
	})
	p.report(t)
}

// work lives lives on one server.
func (p *crashPlan) work(t *testing.T, r *rig, program string) {
	for !t.Failed() {
		rec, more := p.next(r.s3.KMSKeyID == "")
		if !more {
			return
		}
		t.Run(rec.name, func(sub *testing.T) {
			defer func() {
				p.mu.Lock()
				p.out--
				p.mu.Unlock()
			}()
			l := newLife(sub, t, r, program, rec)
			l.live(sub)
			p.lived(l, l.sums(sub))
		})
	}
}

// report says what happened, also when all is well, and fails if a point was never hit.
func (p *crashPlan) report(t *testing.T) {
	t.Helper()
	var hits []string
	for _, point := range slices.Sorted(maps.Keys(p.fired)) {
		hits = append(hits, fmt.Sprintf("%s %d", point, p.fired[point]))
	}
	fmt.Printf("points: %s\n", strings.Join(hits, ", "))
	fmt.Printf("kills: %d at named points, %d at a share of the bytes, %d at a moment, %d after a SIGINT\n",
		p.kinds["point"], p.kinds["bytes"], p.kinds["time"], p.kinds["SIGINT"])
	fmt.Printf("crash: %d kills (%d of them on MinIO with KMS) of %d uploads in %v, %d of %d points hit, %d bytes received for %d needed, %d PUTs cut and sent again (at most %d cut by one kill), "+
		"%d parts resent after their 200, %d uploads left open, seed %d\n",
		p.kills, p.minio, p.lives, time.Since(p.began).Round(time.Second), len(p.fired), len(p.points), p.total.received, p.total.needed, p.total.twice, p.wide,
		p.total.resent, p.total.open, p.seed)
	if t.Failed() {
		return
	}
	for _, point := range p.points {
		if p.fired[point] == 0 {
			t.Errorf("the program was never killed at %s", point)
		}
	}
	if p.kills < *crashKills {
		t.Errorf("%d kills, want %d", p.kills, *crashKills)
	}
}
