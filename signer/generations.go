package signer

// generations is a bounded map that forgets the oldest half: entries not used
// while limit newer ones came are dropped. It is not safe for concurrent use.
type generations[K comparable, V any] struct {
	limit      int
	young, old map[K]V
}

func newGenerations[K comparable, V any](limit int) *generations[K, V] {
	return &generations[K, V]{limit: limit, young: make(map[K]V)}
}

func (g *generations[K, V]) get(k K) (V, bool) {
	v, ok := g.young[k]
	if ok {
		return v, true
	}
	if v, ok = g.old[k]; ok {
		g.put(k, v)
	}
	return v, ok
}

func (g *generations[K, V]) put(k K, v V) {
	if _, ok := g.young[k]; !ok && len(g.young) >= g.limit {
		g.old, g.young = g.young, make(map[K]V)
	}
	g.young[k] = v
}
