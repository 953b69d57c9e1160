package signer

import (
	"sync"

	"github.com/oklog/ulid/v2"
)

// refMemory remembers the plans of recent inits, so that a repeated uploadRef
// is noticed even where the storage does not show it. It is a help, not the
// guard: another signer or a restart knows nothing of it, and Complete checks
// size and checksum whatever it says.
type refMemory struct {
	mu    sync.Mutex
	plans *generations[refID, refPlan]
}

// refID is a ref of one principal.
type refID struct {
	principal Principal
	ref       ulid.ULID
}

// refPlan is what may not differ when a ref comes again.
type refPlan struct {
	key  string
	plan plan
	mode string
}

func newRefMemory() *refMemory {
	return &refMemory{plans: newGenerations[refID, refPlan](10_000)}
}

// note remembers the plan of a ref. seen tells that the ref came before, and
// same that it came with this plan.
func (m *refMemory) note(id refID, p refPlan) (seen, same bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	old, seen := m.plans.get(id)
	if !seen {
		m.plans.put(id, p)
	}
	return seen, old == p
}
