package uploader

import (
	"context"
	"sync/atomic"
	"time"
)

// put sends bytes; back runs when they are off the wire, whatever happened; then gets the answer if the run still lives,
// after the file was looked at again: bytes of a file that changed do not count.
func (r *run) put(pool *pool, signed SignedRequest, body putBody, back func(), then func(stored, error)) {
	conn, file, fp, g, moving := r.conn, r.file, r.fp, &r.vault.data, r.c.allow.moving
	var counted atomic.Int64
	var begun time.Time
	adapt, part, on := &r.c.adapt, pool == r.c.sends, &wire{}
	body.sent = func(total int64) {
		was := counted.Swap(total)
		delta := total - was
		r.inflight.Add(delta)
		if delta > 0 {
			r.moved.Add(delta)
		}
		if part && delta > 0 {
			adapt.sent.Add(delta)
			if was == 0 {
				adapt.noteBegun(time.Since(begun))
				adapt.wires.begin(on)
			}
		}
	}
	over := false
	settle := func(err error) {
		if !over {
			over = true
			back()
			g.outcome(err)
			r.c.notePut(pool, err)
		}
	}
	giveUp := func() { settle(E("put", CodeCancelled, nil)) }
	r.ask(pool, giveUp, func(ctx context.Context, a *question) (func(), func()) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		defer context.AfterFunc(moving, cancel)()
		body.r = a.watch(file)
		if part {
			ctx = adapt.wires.follow(ctx, on)
			defer adapt.wires.drop(on)
		}
		begun = time.Now()
		got, err := put(ctx, conn, signed, body)
		if err == nil {
			err = unchanged(a.watch(file), fp)
		}
		return func() {
			settle(err)
			if r.inflight.Add(-counted.Load()); err != nil {
				r.wasted += counted.Load()
			}
			then(got, err)
		}, func() { settle(err) }
	})
}
