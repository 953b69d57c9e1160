package uploader

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"sync/atomic"
	"time"
)

// A share whose server is gone may not answer a read, an open or a look for hours, and nothing in a program can end
// such a call. So the owner watches how long each takes. When one takes too long its worker is given up (another takes
// its place), its job waits, and so does everything else on that drive; when the call comes back, they go on. What a
// late call brings home is thrown away, and its buffer belongs to it until then: nothing it writes can get into bytes
// that count.
const (
	hangAfter  = 30 * time.Second // a call of a file; a drive that must spin up takes 15 s
	walkHangs  = time.Minute      // a walk that finds nothing: a large folder takes a while
	quitAfter  = 2 * time.Second  // any of them, when the program ends
	driveEvery = 2 * time.Second  // between two looks
	// Who asks a drive that hangs may hang too. So many may, beyond those who found out.
	probesMost = 16
	probeFirst = 30 * time.Second
	probeLast  = time.Hour
	walksMost  = 8 // walks that hang and are passed by, at most
	// A drive may answer for all files but some: those that lie in a cloud, or under a bad place of the disk. A file of
	// which so many calls hang is not asked for again before one of them is back, or the user says so; and so many calls
	// may hang on one drive before its files are taken one at a time, and so many before it is not asked any more: all
	// small objects in flight may hang at once, and that must not be the end of asking.
	stuckFile  = 32
	stuckDrive = 96
	stuckMost  = 192 + stuckDrive
)

// question is a task's way to the drive. since is written by the worker and read by the owner; all else is the owner's.
type question struct {
	begun time.Time    // since counts from here
	since atomic.Int64 // when the call under way began, in nanoseconds and at least 1; 0 while there is none
	heard atomic.Int64 // when bytes came last

	drive  string
	after  time.Duration // so long a call may take
	task   *task
	pool   *pool
	job    *job // nil for none
	hung   *drive
	walk   *walkTask // for a walk
	aside  bool      // nothing waits for it: a look into a folder's files
	passed bool      // others went past it
	file   File      // that is only closed; nil for any other call
	giveUp func()    // runs on the owner when it hangs, or when its drive is known to
}

func (a *question) now() int64 { return int64(time.Since(a.begun)) + 1 }
func (a *question) begin()     { a.since.Store(a.now()) }
func (a *question) end()       { a.since.Store(0) }

// hangs tells whether the call under way has lasted for d.
func (a *question) hangs(d time.Duration) bool {
	since := a.since.Load()
	return since > 0 && a.now()-since >= int64(d)
}

// open opens a file, watched.
func (a *question) open(s Source, path string) (File, error) {
	a.begin()
	defer a.end()
	return s.Open(path)
}

// watch returns f, watched.
func (a *question) watch(f File) File { return watched{f, a} }

// watched is a file whose calls are watched.
type watched struct {
	File
	*question
}

func (w watched) ReadAt(p []byte, off int64) (int, error) {
	w.begin()
	n, err := w.File.ReadAt(p, off)
	if n > 0 {
		w.heard.Store(w.now())
	}
	w.end()
	return n, err
}

func (w watched) Fingerprint() (Fingerprint, error) {
	w.begin()
	defer w.end()
	return w.File.Fingerprint()
}

func (w watched) Close() error {
	w.begin()
	defer w.end()
	return w.File.Close()
}

// drive is one that does not answer. There is none for a drive that does.
type drive struct {
	name    string
	since   int64 // on the questions' clock
	probes  int   // calls that were to find out and hang too
	tries   int
	prober  *job
	waiting []*job
	files   []File // to be closed when it answers
	timer   *later
}

// drive names what a job's file lies on, as far as the last look at it tells.
func (j *job) drive() string {
	fp := j.Fingerprint
	return fmt.Sprintf("%s|%s|%x", filepath.VolumeName(j.Path), fp.Mount, fp.Device)
}

// newQuestion prepares a task that asks a drive. It is watched from its submission until it comes back.
func (c *core) newQuestion(name string, after time.Duration, giveUp func()) *question {
	a := &question{begun: c.begun, drive: name, after: after, giveUp: giveUp}
	c.asks[a] = struct{}{}
	return a
}

// submitAsk is submit for work that asks a drive. then runs on the owner when it is back in time, late when it is not.
func (c *core) submitAsk(ctx context.Context, p *pool, a *question, work func(ctx context.Context) (then, late func())) {
	if c.stopping {
		delete(c.asks, a)
		return
	}
	a.pool = p
	a.task = &task{ctx: ctx, ask: a, work: func(ctx context.Context) func() {
		then, late := work(ctx)
		return func() {
			delete(c.asks, a)
			if a.hung != nil {
				late()
				c.cameBack(a)
				return
			}
			if d := c.drives[a.drive]; d != nil && a.heard.Load() > d.since {
				c.answers(d)
			}
			then()
		}
	}}
	p.submit(a.task)
}

// watchDrives looks now and then whether a call hangs, as long as there are any.
func (c *core) watchDrives() {
	if c.driveTick != nil || len(c.asks) == 0 {
		return
	}
	c.driveTick = c.timers.after(driveEvery, false, func() {
		c.driveTick = nil
		c.giveUpAfter(0)
	})
}

// giveUpAfter gives up on every call that has lasted for its time, or for d if that is not 0.
func (c *core) giveUpAfter(d time.Duration) {
	for a := range c.asks {
		limit := a.after
		if d > 0 {
			limit = d
		}
		switch {
		case a.walk != nil:
			c.listen(a, limit)
		case a.aside:
			c.passBy(a, limit)
		case a.hung == nil && a.hangs(limit):
			c.hangs(a)
		}
	}
}

// hangs gives up on one call: its drive is shut.
func (c *core) hangs(a *question) {
	if !a.pool.abandon(c.staff, a.task) {
		return // it has come back this very moment
	}
	d := c.drives[a.drive]
	if d == nil {
		d = &drive{name: a.drive, since: a.now()}
		c.drives[a.drive] = d
		c.knockLater(d)
		c.cfg.Log.Warn("a drive does not answer")
	}
	if d.prober != nil && a.job == d.prober {
		d.probes++
		d.prober = nil
	}
	a.hung = d
	c.stuck[a.drive]++
	if a.job != nil {
		a.job.stuck++
	}
	a.giveUp()
	c.changed()
}

// cameBack follows a call that was given up and has come back at last: the drive answers.
func (c *core) cameBack(a *question) {
	if c.stuck[a.drive]--; c.stuck[a.drive] == 0 {
		delete(c.stuck, a.drive)
	}
	if c.drives[a.hung.name] == a.hung {
		c.answers(a.hung)
	}
	if j := a.job; j != nil {
		if j.stuck--; j.stuck == 0 {
			j.hangs = 0
			if c.shut(j) == nil {
				c.unhold(j)
			}
		}
	}
}

// answers lets everything go on that waited for a drive. If it hangs again it is shut again.
func (c *core) answers(d *drive) {
	if c.stuck[d.name] >= stuckDrive { // it answers for some files, and too many calls hang that are for others
		d.tries, d.probes = 0, 0
		return
	}
	delete(c.drives, d.name)
	c.timers.stop(d.timer)
	for _, f := range d.files {
		c.closeLater(d.name, f)
	}
	for _, j := range d.waiting {
		c.unhold(j)
	}
	c.changed()
}

// unhold lets a job go on that waited for its drive. One of which a call still hangs, though the drive answers others,
// waits for that call; and as it may never come back, the job tries again now and then.
func (c *core) unhold(j *job) {
	if j.hold != CodeDriveHangs || j.gone {
		return
	}
	c.timers.stop(j.again)
	if j.stuck == 0 {
		c.goOn(j)
		return
	}
	if j.stuck < stuckFile {
		j.again = c.timers.after(min(probeFirst<<min(j.hangs, 8), probeLast), true, func() { c.goOn(j) })
	}
}

func (c *core) goOn(j *job) {
	j.hold = ""
	c.makeReady(j)
	c.touch(j)
}

// shut tells whether a job must wait for its drive.
func (c *core) shut(j *job) *drive {
	d := c.drives[j.drive()]
	if d == nil || d.prober == j {
		return nil
	}
	return d
}

// holdFor puts a job aside until its drive answers.
func (c *core) holdFor(d *drive, j *job) {
	j.hold = CodeDriveHangs
	d.waiting = append(d.waiting, j)
	c.touch(j)
}

// knockLater lets one of the jobs that wait find out whether the drive answers again, for the call that hangs may be
// one that never comes back.
func (c *core) knockLater(d *drive) {
	wait := min(probeFirst<<min(d.tries, 8), probeLast)
	d.tries++
	d.timer = c.timers.after(wait, true, func() {
		if j := d.prober; j != nil && j.run == nil && j.ready < 0 { // it came through, and had nothing to read: go on asking
			d.tries, d.probes = 0, 0
		}
		c.knockLater(d)
		if d.probes >= probesMost || c.stuck[d.name] >= stuckMost || d.prober != nil && (d.prober.run != nil || d.prober.ready >= 0) {
			return
		}
		d.prober = c.pickProber(d)
		if d.prober != nil {
			c.goOn(d.prober)
		}
	})
}

// pickProber takes one of those that wait for a drive, nil if none may ask: any of them, for where some files of a drive
// never answer the first may all be such.
func (c *core) pickProber(d *drive) *job {
	d.waiting = slices.DeleteFunc(d.waiting, func(j *job) bool { return j.hold != CodeDriveHangs || j.gone })
	n := len(d.waiting)
	first := int(c.random() * float64(n))
	for i := range n {
		at := (first + i) % n
		if j := d.waiting[at]; j.stuck == 0 || j.stuck < stuckFile && c.stuck[d.name] < stuckDrive {
			d.waiting = slices.Delete(d.waiting, at, at+1)
			return j
		}
	}
	return nil
}

// refuse gives up at once on what waits in a pool for a drive that does not answer.
func (c *core) refuse(p *pool) {
	if len(c.drives) == 0 {
		return
	}
	var refused []*question
	kept := p.queue[:0:0]
	for _, t := range p.queue {
		if t.ask != nil && t.ask.file != nil {
			if d := c.drives[t.ask.drive]; d != nil {
				d.files = append(d.files, t.ask.file)
				delete(c.asks, t.ask)
				continue
			}
		}
		if t.ask != nil && t.ask.job != nil && c.shut(t.ask.job) != nil {
			refused = append(refused, t.ask)
			continue
		}
		kept = append(kept, t)
	}
	p.queue = kept
	for _, a := range refused {
		delete(c.asks, a)
		a.giveUp()
	}
}

// closeLater closes a file in a worker: on a share that hangs, so does Close. While its drive is known to hang the file
// stays open.
func (c *core) closeLater(name string, f File) {
	if c.stopping {
		c.left = append(c.left, f)
		return
	}
	if d := c.drives[name]; d != nil {
		d.files = append(d.files, f)
		return
	}
	a := c.newQuestion(name, c.patience, func() {})
	a.file = f
	c.submitAsk(c.ctx, c.disk, a, func(context.Context) (func(), func()) {
		_ = a.watch(f).Close() // read only: nothing can be lost
		return func() {}, func() {}
	})
}

// closeFiles closes what is open at the end of the program, and waits a little: on a share that hangs, Close does too.
func closeFiles(files []File) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		for _, f := range files {
			_ = f.Close() // read only: nothing can be lost
		}
	}()
	timer := time.NewTimer(quitAfter)
	defer timer.Stop()
	select {
	case <-done:
	case <-timer.C:
	}
}
