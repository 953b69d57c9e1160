package uploader

import (
	"context"
	"sync/atomic"
	"time"
)

// stage is what an active job is doing.
type stage int

const (
	stageOpening stage = iota
	stageCreating
	stageListing // finding out what S3 holds
	stageSending
	stageCompleting
	stageLooking
)

// run is an active job: everything that is in memory only while the engine works on it. A job that rests has none.
type run struct {
	c     *core
	j     *job
	vault *vaultState
	conn  Connection
	ctx   context.Context
	cut   context.CancelFunc
	dead  bool // the run is over; what comes back late is not for it any more
	tasks int  // work under way; the file closes when the last comes back
	// counts: it is one of core.smallRuns.
	counts bool
	// hanging counts the work that was given up because the drive does not answer; the file stays open under it.
	hanging int
	onEnd   []func()

	stage stage
	file  File
	fp    Fingerprint
	plan  Plan
	began time.Time

	parts  *partsRun // multipart
	single *singleRun
	gone   int  // times that S3 did not know the upload
	laps   int  // times that Complete found parts missing
	strays int  // times since the last part was recorded that a part heard the upload was gone, and it was not
	looked bool // for an object of an earlier session
	// byLook: the object was found, not confirmed by an answer to Complete. The signer may not have cleared away then what
	// a repeated Create left open, so the attempt ends with a tombstone.
	byLook    bool
	finishing bool  // S3 has confirmed; the journal is about to
	blocked   *gate // it waits for this one to open
	knocking  *gate // one of its calls to the signer is the probe of this one
	lastErr   Code  // why a part or a call backs off
	backing   int   // parts and calls that back off

	moved    atomic.Int64 // bytes handed to the network, resent ones too: for the rate
	inflight atomic.Int64 // bytes of parts that are not recorded yet
	lastMove int64
	wasted   int64 // of what moved: bytes of tries that failed, since the last sample
	meter    rateMeter
	session  bool // every byte was read in this session
}

// begin makes a job active.
func (c *core) begin(j *job) {
	if d := c.shut(j); d != nil {
		c.holdFor(d, j)
		return
	}
	v := c.vaults[j.Vault]
	r := &run{c: c, j: j, vault: v, began: c.cfg.Now(), session: true}
	r.ctx, r.cut = context.WithCancel(c.ctx)
	j.run = r
	c.enlist(r)
	j.entry.enter()
	c.touch(j)
	r.connect()
}

func (r *run) connect() {
	v, g := r.vault, &r.vault.control
	turn := g.pass()
	if !v.connected {
		if !turn {
			r.waitFor(g, r.connect)
			return
		}
		_, err := r.c.connection(v)
		if err != nil {
			g.close(CodeOf(err), err)
			r.waitFor(g, r.connect)
			return
		}
	}
	if turn { // nothing is asked yet, and may never be: if this was a probe's turn, hand it on
		g.outcome(E("connect", CodeCancelled, nil))
	}
	r.conn = v.conn
	if at := r.j.at; at != nil && at.Key != "" && !r.looked && (at.Single || at.Phase == PhaseCompleting) {
		r.lookBefore()
		return
	}
	r.open()
}

// end takes a run off its job. Its file closes when the last task has come back.
func (r *run) end() {
	if r.dead {
		return
	}
	r.dead = true
	r.cut()
	r.j.run = nil
	r.c.delist(r)
	r.j.entry.leave()
	r.c.dropSender(r)
	r.inflight.Store(0)
	r.c.touch(r.j)
	if r.tasks == 0 {
		r.drained()
	}
}

// drained runs when a dead run's last task is back.
func (r *run) drained() {
	if r.hanging == 0 {
		r.closeFile()
	}
	for _, f := range r.onEnd {
		f()
	}
	r.onEnd = nil
}

func (r *run) closeFile() {
	if f := r.file; f != nil {
		r.file = nil
		r.c.closeLater(r.j.drive(), f)
	}
}

// do gives work to a pool. then runs on the owner, and only if the run still lives; late, if not nil, runs when it
// does not.
func (r *run) do(p *pool, work func(ctx context.Context) (then, late func())) {
	r.tasks++
	r.c.submit(r.ctx, p, func(ctx context.Context) func() {
		then, late := work(ctx)
		return func() { r.back(then, late) }
	})
}

// back takes a task's outcome.
func (r *run) back(then, late func()) {
	r.tasks--
	switch {
	case !r.dead:
		then()
	case late != nil:
		late()
	}
	if r.dead && r.tasks == 0 {
		r.drained()
	}
}

// ask is do for work that asks the drive, through the ask it is given. When the drive does not answer, giveUp (if not
// nil) frees what the work holds, and the job waits for the drive.
func (r *run) ask(p *pool, giveUp func(), work func(ctx context.Context, a *question) (then, late func())) {
	var a *question
	a = r.c.newQuestion(r.j.drive(), r.c.patience, func() {
		if a.hung != nil {
			r.hanging++
		}
		if giveUp != nil {
			giveUp()
		}
		r.back(func() { r.trouble(E("read", CodeDriveHangs, nil)) }, nil)
	})
	a.job = r.j
	r.tasks++
	r.c.submitAsk(r.ctx, p, a, func(ctx context.Context) (func(), func()) {
		then, late := work(ctx, a)
		return func() { r.back(then, late) }, func() {
			r.hanging--
			if late != nil {
				late()
			}
			if r.dead && r.tasks == 0 {
				r.drained()
			}
		}
	})
}

// signer makes one call to the vault's signer. What concerns the vault waits at its gate, what may pass is tried again;
// then gets everything else: nil, or an error that is about this job.
func (r *run) signer(call func(ctx context.Context, s Signer) error, then func(err error)) {
	r.signerTry(&tries{}, call, then)
}

func (r *run) signerTry(t *tries, call func(ctx context.Context, s Signer) error, then func(err error)) {
	again := func() { r.signerTry(t, call, then) }
	g := &r.vault.control
	if !g.pass() {
		r.waitFor(g, again)
		return
	}
	conn, err := r.c.connection(r.vault)
	if err != nil {
		g.close(CodeOf(err), err)
		r.waitFor(g, again)
		return
	}
	r.conn = conn
	probes := g.shut
	if probes {
		r.knocking = g
		r.c.touch(r.j)
	}
	r.do(r.c.control, func(ctx context.Context) (func(), func()) {
		err := call(ctx, conn.Signer)
		answer := func() {
			if probes {
				r.knocking = nil
			}
			g.outcome(err)
			code := CodeOf(err)
			switch {
			case err == nil:
				then(nil)
			case r.c.stopping:
			case code == CodeCancelled: // the signer's client gave up by itself
				r.backOff(t.faults, CodeNetwork, 0, again)
			case code.Info().Action == Wait:
				r.waitFor(g, again)
			case code == CodeBadDigest: // it sent no bytes that could be damaged: repeating it proves nothing
				then(err)
			case code.Info().Action == Retry:
				if n, may := t.again(code); may {
					r.backOff(n, code, retryAfter(err), again)
					return
				}
				then(err)
			default:
				then(err)
			}
		}
		return answer, func() { g.outcome(err) }
	})
}

// waitFor parks what the run does next at a shut gate.
func (r *run) waitFor(g *gate, f func()) {
	r.blocked = g
	r.c.touch(r.j)
	g.wait(func() {
		if r.dead || r.c.stopping {
			g.pass() // hand the turn on
			g.outcome(E("wait", CodeCancelled, nil))
			return
		}
		r.blocked = nil
		r.c.touch(r.j)
		f()
	})
}

// backOff does f after a full-jitter wait.
func (r *run) backOff(try int, code Code, after time.Duration, f func()) {
	r.backing++
	r.lastErr = code
	r.c.touch(r.j)
	r.c.timers.after(backoff(try, after, r.c.random), true, func() {
		if r.dead {
			return
		}
		r.backing--
		r.c.touch(r.j)
		f()
	})
}

// waiting tells whether the run can do nothing now, and why. A probe that gets nowhere is a wait too: it may take minutes
// to end, and what it waits for is known.
func (r *run) waiting() (Code, bool) {
	if r.sendingNow() > 0 {
		g := &r.vault.data
		return g.code, g.shut && r.meter.rate(time.Now()) == 0
	}
	if r.knocking != nil && r.knocking.shut {
		return r.knocking.code, true
	}
	if r.blocked != nil && r.blocked.shut {
		return r.blocked.code, true
	}
	if r.stage == stageSending {
		if r.c.allow.halted() && r.wantsToSend() {
			return CodeTimetable, true
		}
		if g := &r.vault.data; g.shut && r.wantsToSend() {
			return g.code, true
		}
		if r.vault.control.shut && r.wantsURL() {
			return r.vault.control.code, true
		}
	}
	if r.backing > 0 && r.lastErr.Info().Reason != "" {
		return r.lastErr, true
	}
	return "", false
}

// dropURLs forgets every signed URL that is still to be used: after a sleep they may be over.
func (r *run) dropURLs() {
	if r.stage != stageSending {
		return
	}
	if r.parts != nil {
		r.parts.dropURLs(r)
	}
	if r.single != nil {
		r.single.dropURL(r)
	}
}
