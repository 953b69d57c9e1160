package uploader

import "slices"

// A file of a folder can be taken off the list by itself. Its record stays, hidden: so a walk that is done again, after a
// crash or because something in the folder failed, does not bring back what the user did not want. Only dropping the
// folder or the file anew does.

// alone are the files that a target names by themselves and that can be taken off: those that are not stored, of entries
// that stay.
func (c *core) alone(t Target) (jobs []*job) {
	if t.All {
		return nil
	}
	ids := slices.Clone(t.Jobs)
	slices.Sort(ids)
	for _, id := range slices.Compact(ids) {
		if j := c.jobs[id]; j != nil && j.removable() {
			jobs = append(jobs, j)
		}
	}
	return jobs
}

func (j *job) removable() bool { return !j.gone && !j.Removed && j.State != Done && !j.finishing() }

// takeOut cancels a file and hides it.
func (c *core) takeOut(j *job) {
	c.cancel(j)
	c.write(nil, c.update(j, func(rec *Job) { rec.Removed = true }))
	c.pub.job(j)
	c.changed()
}

// keepFile notes a file as it is, before it is cancelled.
func (r *removal) keepFile(j *job) {
	rec := j.Job
	rec.State = comingBack(rec.State)
	r.alone = append(r.alone, rec)
	r.files++
}

// comingBack is how a file stands that is taken back: nothing of it is under way any more.
func comingBack(s State) State {
	if s.Ended() || s == Paused {
		return s
	}
	return Queued
}

// putBack brings a file that was taken off its folder into it again, as it was. It tells whether it is there: it is not
// if the folder is gone, and the user may have dropped it anew.
func (c *core) putBack(was Job) bool {
	j := c.jobs[was.ID]
	if j == nil || j.gone {
		return false
	}
	if j.Removed {
		c.write(func() { c.makeReady(j) }, c.update(j, func(rec *Job) {
			rec.Removed, rec.State, rec.Code, rec.Detail = false, was.State, was.Code, was.Detail
			rec.Known, rec.EndedAt = was.Known, was.EndedAt
		}))
		c.pub.job(j)
		c.changed()
	}
	return true
}
