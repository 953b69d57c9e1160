package app

import (
	"context"
	"time"
)

// trialLease is how long one connection may take to find out whether a proxy takes a login; then another tries.
const trialLease = 10 * time.Second

// proxyTrial is how far a proxy's login has been tried. Until it was taken once, one connection at a time says it: a
// password that is wrong by now, said by two hundred at once, locks the person out of more than a proxy.
type proxyTrial struct {
	taken bool
	under chan struct{} // closed when the connection that tries has its answer; nil while none tries
}

// tried returns when the proxy has taken the login, when it is this connection's turn to try it, or when ctx ends. What
// is to be said must be looked up after it.
func (p *proxyLogins) tried(ctx context.Context, proxy string) {
	for {
		p.mu.Lock()
		t := p.trials[proxy]
		if t.taken || t.under == nil {
			if !t.taken {
				p.trials[proxy] = proxyTrial{under: make(chan struct{})}
			}
			p.mu.Unlock()
			return
		}
		p.mu.Unlock()
		lease := time.NewTimer(trialLease)
		select {
		case <-t.under:
		case <-ctx.Done():
			lease.Stop()
			return
		case <-lease.C: // a connection that breaks tells nobody
			p.mu.Lock()
			if p.trials[proxy].under == t.under {
				p.endTrial(proxy, false)
			}
			p.mu.Unlock()
		}
		lease.Stop()
	}
}

// untried gives a turn back.
func (p *proxyLogins) untried(proxy string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.endTrial(proxy, false)
}

// endTrial lets the others go on. The caller holds the lock.
func (p *proxyLogins) endTrial(proxy string, taken bool) {
	if under := p.trials[proxy].under; under != nil {
		close(under)
	}
	p.trials[proxy] = proxyTrial{taken: taken}
}
