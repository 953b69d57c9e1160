package uploader

import "time"

// SimWorld puts an engine that does not run yet into a simulation's small world: parts of so many bytes, objects of at
// most small bytes that count as small, and waits drawn from random, a number in [0, 1), instead of chance. It is for
// tests alone: with S3's own sizes a simulation would move gigabytes for every part it wants to lose.
func SimWorld(e *Engine, part, small int64, random func() float64) {
	e.core.sizing = sizing{unit: 1, least: part, most: largestPart, parts: mostParts}
	e.core.small = small
	e.core.adapt.controller.part = float64(part)
	e.core.random = random
	for _, j := range e.core.found { // New put nothing into a heap yet
		if j.ready >= 0 {
			panic("the engine runs already")
		}
	}
}

// SimPatience sets how long a call to a drive may take, for tests in real time. Call it before Run.
func SimPatience(e *Engine, d time.Duration) { e.core.patience = d }
