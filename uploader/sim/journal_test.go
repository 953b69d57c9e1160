package sim

import (
	"context"
	"errors"
	"time"

	"longshore/uploader"
)

// journal is the engine's journal as one session sees it. What a dead session hands over is not written, except the
// group that was on its way: that one may be durable and nobody knows.
type journal struct {
	uploader.Journal
	s *session
}

var errDead = errors.New("the program is dead")

func (j journal) Apply(ctx context.Context, records []uploader.Record) error {
	w := j.s.w
	if j.s.isDead() {
		return uploader.E("apply", uploader.CodeJournalBroken, errDead)
	}
	r := w.luck.call("apply", "", 0)
	if w.diskFull.Load() {
		code := []uploader.Code{uploader.CodeDiskFull, uploader.CodeReadOnly}[w.seed%2]
		w.trace.add("journal: %s (%d records)", code, len(records))
		return uploader.E("apply", code, nil)
	}
	d := r.between(0, 10*time.Millisecond)
	if w.fails(r, "apply") {
		d = r.between(0, 3*time.Second)
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-j.s.dead:
	}
	torn := j.s.isDead()
	if torn && r.chance(0.5) {
		w.trace.add("journal: %d records were lost with the crash", len(records))
		return uploader.E("apply", uploader.CodeJournalBroken, errDead)
	}
	w.monitor.before(records)
	err := j.Journal.Apply(ctx, records)
	if err != nil {
		w.trace.violate("journal: %s", err)
		return err
	}
	for _, rec := range records {
		w.trace.add("journal: %s", note{rec})
	}
	w.monitor.applied(records)
	if torn {
		return uploader.E("apply", uploader.CodeJournalBroken, errDead)
	}
	return nil
}
