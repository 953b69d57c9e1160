package uploader

import (
	"context"
	"sync"
	"time"
)

// core is all state of the engine, owned by one goroutine: the one in run. Workers get values to work on and hand back
// functions, which run here; so nothing in it needs a lock.
type core struct {
	cfg    Config
	limits Limits
	sizing sizing // S3's part sizes; a test's small world has others
	small  int64  // smallObject, or a test's
	random func() float64
	show   func(*Snapshot)

	ctx      context.Context // ends when the engine stops; set by run
	stopping bool
	fatal    error
	events   chan func()
	over     chan struct{} // closed when nobody takes events any more
	staff    *staff
	timers   timers
	writer   writer

	control *pool // calls to signers
	disk    *pool // opening, hashing
	scans   *pool // folder walks
	looks   *pool // into files of a folder, to name its row
	sends   *pool // part PUTs
	smalls  *pool // PUTs of small objects

	vaults  map[VaultID]*vaultState
	batches map[BatchID]*batch
	entries map[EntryID]*entry
	jobs    map[JobID]*job
	list    []*entry // in the queue's order
	found   []*job   // in the order they were found
	ready   readyQueue
	runs    map[*run]struct{} // active jobs
	tombs   map[AttemptID]*tomb

	manifests map[BatchID]*manifest
	removals  []*removal // that can be taken back, oldest first

	begun    time.Time         // when this engine was made
	dates    map[*job]struct{} // jobs whose upload the vault clears away at some date
	dateTick *later

	asks      map[*question]struct{} // work that asks a drive
	drives    map[string]*drive      // those that do not answer
	stuck     map[string]int         // by drive: calls that were given up and are not back
	driveTick *later
	patience  time.Duration // hangAfter, or a test's
	left      []File        // open at the end of the program
	deaf      int           // walks that hang and were passed by
	blind     int           // looks into files that hang and were passed by

	allow allowance
	adapt adaptation

	larges     map[*run]struct{} // of runs, those of large files
	smallRuns  int               // of runs, small objects that are not confirmed yet
	sendLarges sendOrder
	sendSmalls sendOrder
	smallBytes int64 // of small objects in flight

	pub publisher
}

func newCore(cfg Config, q Queue, publish func(*Snapshot)) *core {
	c := &core{
		cfg: cfg, limits: cfg.Limits.clamped(),
		sizing:  s3Sizing(),
		small:   smallObject,
		show:    publish,
		events:  make(chan func(), maxWorkers),
		writer:  writer{groups: make(chan []Record, 1), results: make(chan error, 1)},
		control: newPool(16), disk: newPool(4), scans: newPool(1), looks: newPool(1),
		vaults: map[VaultID]*vaultState{}, batches: map[BatchID]*batch{}, entries: map[EntryID]*entry{},
		jobs: map[JobID]*job{}, runs: map[*run]struct{}{}, larges: map[*run]struct{}{}, tombs: map[AttemptID]*tomb{}, manifests: map[BatchID]*manifest{},
		begun: time.Now(), dates: map[*job]struct{}{},
		over: make(chan struct{}), asks: map[*question]struct{}{}, drives: map[string]*drive{}, stuck: map[string]int{}, patience: hangAfter,
	}
	c.staff = &staff{done: c.events, over: c.over}
	c.sends, c.smalls = newPool(0), newPool(0)
	c.adapt.controller = newController(c.limits.Parts, c.sizing.least)
	c.bound()
	c.allow = allowance{Bandwidth: cfg.Bandwidth, pacer: newPacer(NoLimit)}
	c.load(q)
	return c
}

// pools lists every pool, for what is done to all of them.
func (c *core) pools() []*pool {
	return []*pool{c.control, c.disk, c.scans, c.looks, c.sends, c.smalls}
}

// run is the owner's loop.
func (c *core) run(ctx context.Context, calls <-chan func(*core)) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	c.ctx = ctx
	c.allow.moving, c.allow.cut = context.WithCancel(ctx)
	defer func() { c.allow.cut() }()
	c.lookAtClock()
	var journal sync.WaitGroup
	journal.Go(func() {
		defer Nameless()
		c.writer.journalLoop(ctx, c.cfg.Journal)
	})

	c.resume()
	for c.fatal == nil && ctx.Err() == nil {
		c.step()
		select {
		case <-ctx.Done():
		case f := <-calls:
			f(c)
			c.pub.now = true
		case f := <-c.events:
			f()
			c.drainEvents()
		case err := <-c.writer.results:
			c.committed(err)
		case <-c.timers.channel():
			c.timers.fire()
		}
	}
	cancel()
	c.stop()
	close(c.over)
	close(c.writer.groups)
	journal.Wait()
	return c.fatal
}

// step does what the last event made possible: start jobs, start work, journal, show.
func (c *core) step() {
	c.startWork()
	for c.flushWrites() {
		c.startWork()
	}
	c.publishIfDue()
}

func (c *core) startWork() {
	c.watchDates()
	c.schedule()
	for _, p := range c.pools() {
		c.refuse(p)
	}
	for _, p := range c.pools() {
		p.pump(c.staff)
	}
	c.watchDrives()
}

// drainEvents takes what else has happened already, so that a burst of small objects costs one scheduling pass.
func (c *core) drainEvents() {
	for range maxWorkers {
		select {
		case f := <-c.events:
			f()
		default:
			return
		}
	}
}

// stop waits for every worker that does not hang, and journals what they brought home.
func (c *core) stop() {
	c.stopping = true
	for _, p := range c.pools() {
		p.queue = nil
		p.close()
	}
	c.finishWork()
	for r := range c.runs {
		if r.hanging == 0 {
			r.closeFile()
		}
	}
	for _, d := range c.drives {
		c.left = append(c.left, d.files...)
	}
	closeFiles(c.left)
	c.lastWrite()
	c.publish()
}

// finishWork takes what the workers bring home until all have ended. Who hangs in a call to a drive is left behind.
func (c *core) finishWork() {
	look := time.NewTicker(quitAfter / 4)
	defer look.Stop()
	idle := make(chan struct{})
	var wait sync.WaitGroup
	wait.Go(func() {
		c.staff.wg.Wait()
		close(idle)
	})
	for running := true; running; {
		select {
		case f := <-c.events:
			f()
		case <-look.C:
			c.giveUpAfter(quitAfter)
		case <-idle:
			running = false
		}
	}
	wait.Wait()
	c.drainEvents()
}

// lastWrite journals what is pending, group by group; each is tried once: trouble now is the trouble the next start will
// meet.
func (c *core) lastWrite() {
	w := &c.writer
	if c.fatal != nil {
		return
	}
	if w.busy {
		c.committed(<-w.results)
	}
	c.timers.stop(w.retry)
	w.retry = nil
	if w.trouble != "" {
		w.pending, w.calls = append(w.flying, w.pending...), append(w.flyingCalls, w.calls...)
		w.flying, w.flyingCalls = nil, nil
	}
	for len(w.calls) > 0 && w.retry == nil && c.fatal == nil {
		w.hurry = true
		c.flushWrites()
		if w.busy {
			c.committed(<-w.results)
		}
	}
}

// submit gives work to a pool; then runs on the owner. Nothing starts once the engine stops.
func (c *core) submit(ctx context.Context, p *pool, work func(ctx context.Context) func()) {
	if c.stopping {
		return
	}
	p.submit(&task{ctx: ctx, work: work})
}

// age is how long ago a wall-clock moment was. A clock that was set back makes it negative: callers treat that as old.
func (c *core) age(then time.Time) time.Duration { return c.cfg.Now().Sub(then) }

// wake follows a sleep or a change of network.
func (c *core) wake() {
	for _, v := range c.vaults {
		v.dropIdle()
		v.control.tries, v.data.tries = 0, 0
	}
	for r := range c.runs {
		r.dropURLs()
	}
	c.anew()
	c.timers.fireEarly()
}
