package uploader

import "time"

// holdProbe is how often a missing drive is looked for: at first, and at the longest.
const (
	holdFirst = 2 * time.Second
	holdMost  = 30 * time.Second
)

// trouble ends a run that cannot go on, in the way its code's row says.
func (r *run) trouble(err error) {
	if r.dead || r.c.stopping {
		return
	}
	switch code := CodeOf(err); code.Info().Action {
	case Ask:
		r.changed(err)
	case Hold:
		r.holdOn(code)
	case Restart:
		r.restart(err)
	default:
		r.fail(err)
	}
}

// fail ends a job as Failed. Its upload stays open at S3, so that a retry goes on where it stopped, unless it is of no
// use any more.
func (r *run) fail(err error) { r.failWith(err, keepsAttempt(CodeOf(err))) }

func (r *run) failWith(err error, keep bool) {
	j, c := r.j, r.c
	code := CodeOf(err)
	if code == CodeCancelled {
		code = CodeInternal
	}
	r.end()
	c.write(nil, c.update(j, func(rec *Job) {
		rec.State, rec.Code, rec.Detail, rec.EndedAt = Failed, code, err.Error(), c.cfg.Now()
		if !keep {
			rec.Attempt = ""
		}
	}))
	if !keep {
		c.dropAttempt(j, r)
	}
	c.log("failed", j)
}

// keepsAttempt tells whether a retry can use what S3 already holds.
func keepsAttempt(code Code) bool {
	switch code {
	case CodeKeyTaken, CodeEncryption, CodeSizeMismatch, CodeEntityTooSmall, CodeInvalidPart, CodeTooLarge, CodeBadName,
		CodeRefConflict, CodeSourceChanged:
		return false
	}
	return true
}

// changed ends a job as SourceChanged: what was sent of the old version is of no use, and the user decides.
func (r *run) changed(err error) {
	j, c := r.j, r.c
	r.end()
	c.write(nil, c.update(j, func(rec *Job) {
		rec.State, rec.Code, rec.Detail, rec.Attempt = SourceChanged, CodeSourceChanged, err.Error(), ""
		rec.EndedAt = c.cfg.Now()
	}))
	c.dropAttempt(j, r)
	c.log("source changed", j)
}

// restart starts the job over: a new attempt, hence a new key and a new upload.
func (r *run) restart(err error) {
	j, c := r.j, r.c
	if j.lost++; j.lost > 3 {
		r.failWith(err, false)
		return
	}
	r.end()
	c.dropAttempt(j, r)
	update := c.update(j, func(rec *Job) {
		rec.State, rec.Attempt = Queued, ""
		if code := CodeOf(err); code == CodeDeadline {
			rec.Note = code
		}
	})
	c.barrier(func() { c.makeReady(j) }, update)
	c.log("starts over", j)
}

// holdOn puts a job aside until its drive is back, and looks for it now and then.
func (r *run) holdOn(code Code) {
	j, c := r.j, r.c
	r.end()
	if code == CodeDriveHangs {
		j.hangs++
		if d := c.shut(j); d != nil {
			c.holdFor(d, j)
			return
		}
	}
	j.hold = code
	d := min(holdFirst<<min(j.holds, 8), holdMost)
	j.holds++
	j.again = c.timers.after(d, true, func() {
		j.hold = ""
		c.makeReady(j)
		c.touch(j)
	})
	c.touch(j)
}

// dropAttempt ends a job's attempt and journals that. If an upload may be open at S3 it becomes a tombstone, whose abort
// begins when that is durable and nothing of the run is under way any more. The caller clears Job.Attempt.
func (c *core) dropAttempt(j *job, r *run) {
	at := j.at
	if at == nil {
		return
	}
	j.at, j.sent = nil, 0
	end := EndAttempt{Attempt: at.ID}
	var then func()
	if !at.Single {
		t := c.newTomb(*at, j)
		end.Tombstone = &t.Tombstone
		then = func() {
			if r != nil && r.tasks > 0 {
				r.onEnd = append(r.onEnd, func() { c.bury(t) })
				return
			}
			c.bury(t)
		}
	}
	c.write(then, end)
	c.changed()
}

// log notes what became of a job: identifiers and codes, never names.
func (c *core) log(what string, j *job) {
	c.cfg.Log.Info(what, "job", string(j.ID), "batch", string(j.Batch), "code", string(j.Code), "size", j.Size)
}
