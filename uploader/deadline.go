package uploader

import (
	"fmt"
	"time"
)

// Late is why an unfinished upload may not make its vault's deadline, "" if nothing speaks against it. The deadline is
// the moment at which the vault's own rule clears the upload away, finished or not (Created.ResumeBefore).
type Late string

// The kinds of Late.
const (
	LateSlow  Late = "slow"  // at the speed of the last half hour it will not be finished in time
	LateStill Late = "still" // nothing moves (paused, waiting, failed, not its turn), and the date comes near
	LateOver  Late = "over"  // the date has passed, and the vault has not said yet that the upload is gone
)

// Sentence is the user's sentence, with a next step; at is the deadline and is shown in its own zone. English, the
// translations are keyed by the kind. "" for a kind it does not know.
func (l Late) Sentence(at time.Time) string {
	form := map[Late]string{
		LateSlow:  "At this speed the vault will clear this upload away on %s before it is finished. Use a faster network, or let it go first.",
		LateStill: "The vault will clear this unfinished upload away on %s. Let it go on before then, or it starts over.",
		LateOver:  "The vault's time for this upload ended on %s. If it was cleared away, the file is sent from the start.",
	}[l]
	if form == "" {
		return ""
	}
	return fmt.Sprintf(form, at.Format("Monday 2 January 15:04"))
}

// When a deadline counts as near: the job goes to the head then. Both bounds have a second, wider one at which it
// counts as far again, so that a breath of the network does not move the queue to and fro.
const (
	nearTime, farTime   = 24 * time.Hour, 26 * time.Hour
	nearTimes, farTimes = 2.0, 2.5 // the time it still needs
	madeIt              = 0.7      // of the time left: a late job that needs less is not late any more
	// clockSlack is how wrong this machine's clock may be (DESIGN §4 knows 20 minutes): an upload that S3 does not know
	// any more so shortly before its date was ended by it.
	clockSlack = 30 * time.Minute

	deadlineEvery = 30 * time.Second // between two looks at the dates
	paceBucket    = 3 * time.Minute  // ten of them: the speed of the last half hour
)

// deadline is what the engine knows of one job's race against its vault's rule. Dates count by the wall clock, as the
// vault's do; a clock that is wrong or is set only makes these words wrong, for nothing is given up for a date alone:
// whether an upload still lives is the vault's to say.
type deadline struct {
	pace   rateMeter // useful bytes
	usual  float64   // the last pace measured in this session, 0 if none
	late   Late
	urgent bool // goes before those that are not, whatever the user's order
}

// judge looks at the race again. left is the time until the date, remaining the bytes still to be sent, now the pace's
// clock; when the job rests the pace counts for nothing.
func (d *deadline) judge(left time.Duration, remaining int64, now time.Time, resting bool) {
	pace := 0.0
	measured := d.pace.ran(now) >= paceBucket
	if !resting {
		pace = d.pace.rate(now)
	}
	if pace > 0 && measured {
		d.usual = pace
	}
	need := time.Duration(0) // unknown
	if d.usual > 0 {
		need = time.Duration(min(float64(remaining)/d.usual, 1e9) * float64(time.Second))
	}
	if d.urgent {
		d.urgent = left < farTime || float64(left) < farTimes*float64(need)
	} else {
		d.urgent = left < nearTime || float64(left) < nearTimes*float64(need)
	}
	switch {
	case left <= 0:
		d.late = LateOver
	case pace > 0 && !measured: // too early to say; what was said stands, unless it is that nothing moves
		if d.late != LateSlow {
			d.late = ""
		}
	case pace > 0 && need > left:
		d.late = LateSlow
	case pace > 0 && d.late == LateSlow && float64(need) > madeIt*float64(left):
	case pace == 0 && d.urgent:
		d.late = LateStill
	default:
		d.late = ""
	}
}

// dated begins to watch a job's date, if its attempt has one.
func (c *core) dated(j *job) {
	if j.at == nil || j.at.ResumeBefore.IsZero() || j.gone {
		return
	}
	j.due = &deadline{pace: rateMeter{width: paceBucket}}
	j.entry.news = nil // it may be late as it was, and have another date
	c.dates[j] = struct{}{}
	if c.judge(j) {
		c.reorder()
	}
}

// deadline is the date of a job's open upload; zero if it has none.
func (j *job) deadline() time.Time {
	if j.due == nil || j.at == nil {
		return time.Time{}
	}
	return j.at.ResumeBefore
}

// urgent tells whether a job goes before those that are not. A paused one stays paused: the user's word counts.
func (j *job) urgent() bool { return !j.deadline().IsZero() && j.due.urgent }

// outOfTurn tells whether a run has something to send and others have all slots.
func (r *run) outOfTurn() bool {
	return r.stage == stageSending && r.sendingNow() == 0 && r.wantsToSend() && r.c.sends.free() <= 0
}

// judge looks at a job's race and tells whether its place in the order is another now.
func (c *core) judge(j *job) (moved bool) {
	was := j.due.urgent
	resting := j.run == nil || j.run.outOfTurn()
	if resting { // that says nothing of the line's speed; a network that comes and goes does
		j.due.pace = rateMeter{width: paceBucket}
	} else {
		_, resting = j.run.waiting()
	}
	done := j.sent
	if j.run != nil && j.run.finishing {
		done = j.Size
	}
	j.due.judge(j.at.ResumeBefore.Sub(c.cfg.Now()), j.Size-done, c.steady(), resting)
	c.touch(j)
	return was != j.due.urgent
}

// steady is a clock for paces: nobody can set it, and it stands while the machine sleeps.
func (c *core) steady() time.Time { return c.begun.Round(0).Add(time.Since(c.begun)) }

// watchDates looks at all dates now and then, as long as there are any.
func (c *core) watchDates() {
	if c.dateTick != nil || len(c.dates) == 0 {
		return
	}
	c.dateTick = c.timers.after(deadlineEvery, true, func() {
		c.dateTick = nil
		moved := false
		for j := range c.dates {
			if j.at == nil || j.gone || j.at.ResumeBefore.IsZero() {
				j.due = nil
				delete(c.dates, j)
				c.touch(j)
				continue
			}
			moved = c.judge(j) || moved
		}
		if moved {
			c.reorder()
		}
	})
}

// overdue makes of "the upload is gone" what it is when its date has passed: the vault's rule ended it.
func (r *run) overdue(err error) error {
	at := r.j.at
	if at.ResumeBefore.IsZero() || r.c.cfg.Now().Add(clockSlack).Before(at.ResumeBefore) {
		return err
	}
	return E("look", CodeDeadline, err)
}
