package uploader

import (
	"container/heap"
	"slices"
)

// largeRuns bounds how many large files are active at once, whatever stage they are in.
const largeRuns = 64

// schedule starts what there is room for. It runs after every event and costs little when there is none.
func (c *core) schedule() {
	if c.stopping {
		return
	}
	if !c.cfg.Idle {
		c.admitLarge()
		c.admitSmall()
	}
	if !c.allow.halted() {
		c.sendLarge()
		c.sendSmall()
	}
	for _, v := range c.vaults { // after the hand-out, which finds the URLs that grew old while they waited
		c.signSingles(v)
		c.abortNext(v)
		c.manifestNext(v)
	}
	c.startTick()
	c.startControl()
}

// admitLarge makes large files active while those before them in the queue leave part slots unused. One that was
// moved to the top therefore starts at once, and takes slots from those behind it as they fall free.
func (c *core) admitLarge() {
	for len(c.ready.large) > 0 {
		j := c.ready.large[0]
		demand := 0
		for r := range c.larges {
			if before(r.j, j) {
				demand += r.demand()
			}
		}
		room := c.sends.limit
		if j.Size <= c.sizing.least { // opening, hashing and signing the next ones while these are sent
			room *= 2
		}
		if len(c.larges) >= largeRuns || demand >= room {
			return
		}
		heap.Pop(&c.ready.large)
		c.begin(j)
	}
}

// smallsAhead is how many small objects are opened, hashed and signed ahead of those in flight: they gather for two
// signing calls under way, wait for the journal, and are ready to be sent.
const smallsAhead = 400

// admitSmall keeps small objects active ahead of need. What S3 has confirmed and the journal is about to is not waited
// for.
func (c *core) admitSmall() {
	most := min(c.limits.Small+smallsAhead, 4*c.limits.Small)
	for c.smallRuns < most && len(c.ready.small) > 0 {
		c.begin(heap.Pop(&c.ready.small).(*job))
	}
}

// enlist counts a run that begins, by the size that its file has then.
func (c *core) enlist(r *run) {
	c.runs[r] = struct{}{}
	if r.small() {
		r.counts = true
		c.smallRuns++
		return
	}
	c.larges[r] = struct{}{}
}

// discount lets another small object begin in a run's place.
func (c *core) discount(r *run) {
	if r.counts {
		r.counts = false
		c.smallRuns--
	}
}

func (c *core) delist(r *run) {
	c.discount(r)
	delete(c.runs, r)
	delete(c.larges, r)
}

func (r *run) small() bool { return r.j.Size <= r.c.small }

// demand is how many part slots the run could use now or soon.
func (r *run) demand() int {
	switch {
	case r.blocked != nil || r.stage == stageCompleting || r.stage == stageLooking:
		return 0
	case r.parts != nil:
		return min(r.c.perFile(), int(r.plan.Parts-r.parts.done))
	case r.j.Size <= r.c.sizing.least:
		return 1
	}
	return r.c.perFile()
}

// sendOrder is the runs that have something to send, in the queue's order.
type sendOrder []*run

func (o *sendOrder) add(r *run) {
	if slices.Contains(*o, r) {
		return
	}
	at := len(*o)
	for at > 0 && before(r.j, (*o)[at-1].j) {
		at--
	}
	*o = slices.Insert(*o, at, r)
}

func (o *sendOrder) drop(r *run) {
	if i := slices.Index(*o, r); i >= 0 {
		*o = slices.Delete(*o, i, i+1)
	}
}

func (o sendOrder) sort() {
	slices.SortStableFunc(o, func(a, b *run) int {
		if before(a.j, b.j) {
			return -1
		}
		return 1
	})
}

// addSender lets a run take part in the hand-out of slots, at its place in the queue's order.
func (c *core) addSender(r *run) {
	if r.small() {
		c.sendSmalls.add(r)
	} else {
		c.sendLarges.add(r)
	}
}

func (c *core) dropSender(r *run) {
	c.sendLarges.drop(r)
	c.sendSmalls.drop(r)
}

// sendLarge hands part slots to the runs that have something to send, in the queue's order.
func (c *core) sendLarge() {
	for _, r := range slices.Clone(c.sendLarges) {
		for c.sends.free() > 0 && r.sendNext(c.sends) {
		}
	}
}

// sendSmall hands out the budget of small objects.
func (c *core) sendSmall() {
	if c.smalls.free() <= 0 {
		return
	}
	for _, r := range slices.Clone(c.sendSmalls) {
		if c.smalls.free() <= 0 {
			return
		}
		if c.smallBytes+r.j.Size <= c.limits.SmallBytes {
			r.sendNext(c.smalls)
		}
	}
}

// sendNext starts one PUT if the run has one ready and its vault's storage can be reached.
func (r *run) sendNext(p *pool) bool {
	switch {
	case r.dead:
		return false
	case r.parts != nil:
		return r.parts.sendNext(r, p)
	case r.single != nil:
		return r.single.sendNext(r, p)
	}
	return false
}

func (r *run) sendingNow() int {
	switch {
	case r.parts != nil:
		return r.parts.sending
	case r.single != nil && r.single.sending:
		return 1
	}
	return 0
}

func (r *run) wantsToSend() bool {
	return r.parts != nil && len(r.parts.signed) > 0 || r.single != nil && r.single.signed != nil
}

func (r *run) wantsURL() bool {
	return r.parts != nil && len(r.parts.hashed) > 0 || r.single != nil && r.single.signed == nil && !r.single.sending
}

// shown is the state of an active job in a snapshot.
func (r *run) shown() State {
	switch r.stage {
	case stageCreating, stageOpening, stageListing:
		return Creating
	case stageSending:
		return Uploading
	}
	return Completing
}

func (r *run) partNumbers() (recorded, parts, flying int32) {
	if r.parts == nil {
		return 0, 0, 0
	}
	return r.parts.done, r.plan.Parts, int32(r.parts.sending)
}

func (c *core) setLimits(l Limits) {
	c.limits = l.clamped()
	c.bound()
}
