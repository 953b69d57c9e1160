package sim

import (
	"context"
	"sync"
	"testing/synctest"
	"time"

	"longshore/uploader"
)

// storm is what befalls the run as a whole, step by step.
func (w *world) storm(roots []string) {
	later := roots[1+w.rng.IntN(len(roots)):]
	w.add(roots[:len(roots)-len(later)])
	for range 3 + w.rng.IntN(18) {
		w.pass()
		if w.died() || !w.trace.holds() {
			return
		}
		synctest.Wait() // the snapshot follows the answer
		w.checkSnapshot(w.session.engine.Snapshot())
		switch w.rng.IntN(26) {
		case 0, 1, 2:
			var user sync.WaitGroup
			w.slip(&user)
			if w.rng.IntN(3) == 0 { // in the middle of a command
				verb, target := w.drawCommand()
				s := w.session
				user.Go(func() { _ = s.engine.Do(w.patience(), verb, target) }) // nobody hears what it says
				time.Sleep(time.Duration(w.rng.Int64N(int64(40 * time.Millisecond))))
			}
			w.crash()
			user.Wait()
			if w.rng.IntN(3) == 0 {
				w.sleepHours()
			}
			if w.rng.IntN(3) == 0 {
				w.change()
			}
			if !w.start() {
				return
			}
		case 3:
			w.quit()
			if !w.start() {
				return
			}
		case 4, 5, 6, 7:
			w.command()
		case 8:
			if len(later) > 0 {
				w.add(later[:1])
				later = later[1:]
			} else {
				w.add([]string{roots[w.rng.IntN(len(roots))]})
			}
		case 9, 10:
			w.change()
		case 11:
			w.unplug()
		case 12, 13:
			w.offline()
		case 14:
			w.sleepHours()
		case 15:
			w.flip("the journal's disk is full: %v", &w.diskFull)
		case 16:
			w.flip("signed out: %v", &w.signedOut)
		case 17:
			w.flip("S3 and the signer disagree about the time: %v", &w.skew)
		case 18:
			if w.rng.IntN(3) == 0 {
				w.trace.add("s3 forgets %d uploads", w.bucket.forget())
			} else {
				w.trace.add("s3 loses %s", w.bucket.lose(w.rng.IntN))
			}
		case 19:
			w.trace.add("the signers start again")
			w.stopSigners(w.rng.IntN(2) == 0)
			w.startSigners()
		case 20:
			w.limits = w.drawLimits()
			w.trace.add("limits %+v", w.limits)
			w.report(w.session.engine.SetLimits(w.patience(), w.limits))
		case 21:
			w.trace.add("this machine's clock is set")
			w.wrong.Store(int64(time.Duration(w.rng.IntN(60)-30) * time.Minute))
		case 22:
			w.trace.add("wake")
			w.report(w.session.engine.Wake(w.patience()))
		case 23:
			w.saveVault()
		case 24:
			w.flip("the signers' credentials are over: %v", &w.expired)
		case 25:
			w.hang()
		}
		w.choose(roots)
	}
	w.add(later)
}

// pass lets time go by.
func (w *world) pass() {
	d := time.Duration(w.rng.Int64N(int64(3 * time.Second)))
	switch w.rng.IntN(6) {
	case 0:
		d = time.Duration(w.rng.Int64N(int64(50 * time.Millisecond)))
	case 1:
		d = time.Duration(w.rng.Int64N(int64(time.Minute)))
	case 2:
		if w.rng.IntN(6) == 0 {
			d = time.Duration(w.rng.Int64N(int64(20 * time.Minute)))
		}
	}
	time.Sleep(d)
}

// patience is how long a user waits for an answer.
func (w *world) patience() context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	context.AfterFunc(ctx, cancel)
	return ctx
}

// report notes what a command came to. A full disk is told, and so is patience that came to an end.
func (w *world) report(err error) {
	if err == nil {
		return
	}
	w.trace.add("it says %s", err)
	if code := uploader.CodeOf(err); code != uploader.CodeDiskFull && code != uploader.CodeReadOnly && !w.diskFull.Load() {
		w.trace.violate("a command failed: %s", err)
	}
}

// add drops paths. What was acknowledged must be in the queue from then on.
func (w *world) add(roots []string) {
	if len(roots) == 0 {
		return
	}
	w.trace.add("add %v", roots)
	rule := w.rule()
	added, err := w.session.engine.Add(w.patience(), vaultID, roots, rule)
	w.report(err)
	w.trace.add("new %d, resumed %d, rule %d", len(added.Entries), len(added.Resumed), rule)
	if err != nil {
		return
	}
	w.monitor.mu.Lock()
	defer w.monitor.mu.Unlock()
	for _, id := range added.Entries {
		if !w.monitor.entries[id] {
			w.trace.violate("an entry was acknowledged before it was durable")
		}
	}
}

var verbs = []uploader.Verb{
	uploader.Pause, uploader.Pause, uploader.Resume, uploader.Resume, uploader.Cancel, uploader.RetryJobs, uploader.RetryJobs,
	uploader.Remove, uploader.MoveToTop, uploader.MoveUp, uploader.MoveDown, uploader.MoveTo,
}

// command is a user's action on something in the queue.
func (w *world) command() {
	verb, target := w.drawCommand()
	w.report(w.session.engine.Do(w.patience(), verb, target))
}

func (w *world) drawCommand() (uploader.Verb, uploader.Target) {
	verb, target := verbs[w.rng.IntN(len(verbs))], uploader.Target{}
	s := w.session.engine.Snapshot()
	switch n := w.rng.IntN(4); {
	case n == 0:
		target.All = true
	case n == 1 && s.Jobs.Len() > 0:
		target.Jobs = []uploader.JobID{s.Jobs.At(w.rng.IntN(s.Jobs.Len())).ID}
	case s.Entries.Len() > 0:
		target.Entries = []uploader.EntryID{s.Entries.At(w.rng.IntN(s.Entries.Len())).ID}
	}
	if w.rng.IntN(3) > 0 && (verb == uploader.Remove || verb == uploader.Cancel) {
		verb = uploader.RetryJobs
	}
	w.trace.add("user: %s all=%v entries=%v jobs=%v", verb, target.All, target.Entries, target.Jobs)
	return verb, target
}

// change changes a file.
func (w *world) change() {
	names := w.disk.names()
	name := names[w.rng.IntN(len(names))]
	now := w.disk.now(name)
	if w.disk.isAbsent(name) {
		w.trace.add("disk: %s is back", name)
		w.disk.write(name, w.bytes(len(now)))
		return
	}
	switch w.rng.IntN(6) {
	case 0:
		w.trace.add("disk: %s is removed", name)
		w.disk.remove(name)
	case 1:
		w.trace.add("disk: %s is cut", name)
		w.disk.truncate(name, w.rng.IntN(len(now)+1))
	case 2:
		w.trace.add("disk: %s is replaced", name)
		w.disk.replace(name, w.bytes(len(now)))
	case 3:
		w.trace.add("disk: %s has new content", name)
		w.disk.write(name, w.bytes(w.drawSize()))
	default:
		w.trace.add("disk: %s is edited", name)
		w.disk.edit(name, w.rng.IntN(len(now)+1), w.bytes(1+w.rng.IntN(40)))
	}
}

func (w *world) unplug() {
	w.trace.add("the drive is pulled")
	w.disk.Unplug("/usb")
	w.pass()
	if w.rng.IntN(3) > 0 {
		w.trace.add("the drive is back")
		w.disk.Plug("/usb")
	}
}

// hang makes a drive stop answering; what asks it hangs until it answers again.
func (w *world) hang() {
	drive := drives[w.rng.IntN(len(drives))]
	w.trace.add("%s hangs", drive)
	answer, _ := w.disk.Hang(drive)
	time.Sleep(time.Duration(w.rng.Int64N(int64(2 * time.Minute))))
	if w.rng.IntN(2) == 0 {
		w.trace.add("%s answers", drive)
		answer()
		return
	}
	w.answers = append(w.answers, answer)
}

func (w *world) offline() {
	w.trace.add("offline")
	w.network.set(false)
	w.pass()
	if w.rng.IntN(3) > 0 {
		w.trace.add("online")
		w.network.set(true)
	}
}

// sleepHours is a closed lid: the world's clock goes on, this program's timers do not.
func (w *world) sleepHours() {
	d := time.Duration(1+w.rng.IntN(10)) * time.Hour
	w.trace.add("the machine sleeps for %v", d)
	w.network.set(false)
	w.network.servers.Wait() // nothing at the other side takes hours
	w.shift.Add(int64(d))
	w.network.set(true)
	if w.session.isDead() {
		return
	}
	if w.rng.IntN(3) > 0 {
		w.trace.add("wake")
		w.report(w.session.engine.Wake(w.patience()))
	}
}

func (w *world) saveVault() {
	w.trace.add("the vault is saved")
	w.report(w.session.engine.SaveVault(w.patience(), uploader.Vault{
		ID: vaultID, Name: "Vault", SignerURL: signerURL, DataOrigins: []string{dataOrigin}, Checksum: w.mode,
		Encryption: map[bool]string{true: "aws:kms", false: "none"}[w.bucket.kms],
	}))
}

// flip begins a trouble, or ends it.
func (w *world) flip(what string, of interface {
	Load() bool
	Store(bool)
}) {
	now := !of.Load()
	w.trace.add(what, now)
	of.Store(now)
}
