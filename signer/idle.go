package signer

import "context"

// Idle waits until no Complete and no Abort runs, or gives ctx's error. A host
// that stops the process between calls (AWS Lambda) waits for it before it asks
// for the next one. What begins meanwhile is waited for too.
func (s *Signer) Idle(ctx context.Context) error {
	for {
		running := s.flights.any()
		if running == nil {
			return nil
		}
		select {
		case <-running.done:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// any gives one of those that run; nil if none does.
func (f *flights) any() *flight {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, fl := range f.byID {
		return fl
	}
	return nil
}
