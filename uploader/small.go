package uploader

// What a queue of 100,000 files keeps of each is kept in few bytes here.

// byState counts files by their state. It is an array, not a map, because a queue has as many as it has entries.
type byState [10]int32

// place is where a state is counted; "" has none.
func place(s State) int {
	switch s {
	case Queued:
		return 0
	case Creating:
		return 1
	case Uploading:
		return 2
	case Completing:
		return 3
	case Done:
		return 4
	case Paused:
		return 5
	case Waiting:
		return 6
	case SourceChanged:
		return 7
	case Failed:
		return 8
	}
	return 9 // Cancelled
}

func (t *byState) add(s State, n int) { t[place(s)] += int32(n) }

func (t *byState) of(s State) int { return int(t[place(s)]) }

// lateness is a Late in one byte: a string takes 16 of every file in the queue.
type lateness uint8

func (l Late) number() lateness {
	switch l {
	case LateSlow:
		return 1
	case LateStill:
		return 2
	case LateOver:
		return 3
	}
	return 0
}

// Late is what number was made of.
func (n lateness) Late() Late { return [...]Late{"", LateSlow, LateStill, LateOver}[n&3] }

// enter counts a job of the entry as active.
func (e *entry) enter() {
	if e.runs++; e.meter == nil {
		e.meter = &rateMeter{}
	}
}

// leave takes it back. Without one nothing is measured.
func (e *entry) leave() {
	if e.runs--; e.runs == 0 {
		e.meter = nil
	}
}
