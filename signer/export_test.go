package signer

import (
	"maps"
	"slices"
)

// Paths are all routes, for tests that must not miss one.
func (s *Signer) Paths() []string { return slices.Sorted(maps.Keys(s.routes)) }
