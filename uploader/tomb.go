package uploader

import (
	"context"
	"errors"
	"time"
)

// tomb is an upload that must go away. It outlives its job's row, and the program.
type tomb struct {
	Tombstone
	queued bool
	tries  int
	made   time.Time // when this session learned of it
	unsure bool      // a Create was never heard of and may yet make an upload
	swept  bool      // nothing is open now
}

// lateCreate is how long after its caller gave up a Create may still make an upload: three calls to S3 of a minute each
// (the signer's look, its list and the Create), and some more.
const lateCreate = 200 * time.Second

// answered tells whether a Create that ended so can have no effect any more. A gateway that says 502 (CodeVaultNotReady)
// may have lost the signer in the middle of it, and so may whatever else answers in its place.
func answered(err error) bool {
	if errors.Is(err, ErrNotSigner) {
		return false
	}
	switch CodeOf(err) {
	case CodeCancelled, CodeNetwork, CodeProxy, CodeProxySignIn, CodeWrongAddress, CodeBadResponse, CodeUnknown, CodeServer, CodeInternal,
		CodeVaultNotReady:
		return false
	}
	return true
}

// awaits is how much longer an unheard Create may still have its effect.
func (t *tomb) awaits() time.Duration {
	if !t.unsure {
		return 0
	}
	return lateCreate - time.Since(t.made)
}

// oldTomb is the age, by the wall clock, at which a tombstone of an earlier session no longer waits for a Create to have
// its effect late. It is far above lateCreate, because a wall clock may have been set by hours in between; without it a
// queue that is only ever opened for seconds would ask for the same abort for ever.
const oldTomb = 24 * time.Hour

// earlierTomb is a tombstone that an earlier session left.
func (c *core) earlierTomb(rec Tombstone) *tomb {
	unsure := rec.Attempt.Unheard || rec.Attempt.UploadID == ""
	return &tomb{Tombstone: rec, made: time.Now(), unsure: unsure && c.cfg.Now().Sub(rec.Since) < oldTomb}
}

// newTomb makes a tombstone; the caller journals it.
func (c *core) newTomb(at Attempt, j *job) *tomb {
	at.Unheard = j.unheard.Load() > 0
	t := &tomb{Tombstone: Tombstone{Attempt: at, Since: c.cfg.Now()}, made: time.Now(), unsure: at.Unheard}
	c.tombs[at.ID] = t
	return t
}

// bury queues the abort.
func (c *core) bury(t *tomb) {
	v := c.vaults[t.Attempt.Vault]
	if v == nil || t.queued || c.stopping {
		return
	}
	t.queued = true
	v.aborts = append(v.aborts, t)
}

// abortNext aborts one upload at a time for each vault: nothing waits for it.
func (c *core) abortNext(v *vaultState) {
	if v.aborting > 0 || len(v.aborts) == 0 || c.control.free() <= 0 {
		return
	}
	if !v.control.pass() {
		return // the gate's end of wait comes through the loop, and so here
	}
	conn, err := c.connection(v)
	if err != nil {
		v.control.close(CodeOf(err), err)
		return
	}
	t := v.aborts[0]
	v.aborts = v.aborts[1:]
	v.aborting++
	at := t.Attempt
	c.submit(c.ctx, c.control, func(ctx context.Context) func() {
		up, err := Upload{at.UploadID, at.Key}, error(nil)
		if up.UploadID == "" { // the program died before it learned the id: ask for it again
			var made Created
			if made, err = conn.Signer.Create(ctx, at.Request, true); err == nil {
				up = made.Upload
			}
		}
		if err == nil && up.UploadID != "" {
			err = conn.Signer.Abort(ctx, up)
		}
		return func() {
			v.aborting--
			v.control.outcome(err)
			if up.UploadID != "" {
				t.Attempt.UploadID, t.Attempt.Key = up.UploadID, up.Key
			}
			c.aborted(v, t, err)
		}
	})
}

func (c *core) aborted(v *vaultState, t *tomb, err error) {
	t.queued = false
	if err == nil || nothingToAbort(t, CodeOf(err)) {
		if wait := t.awaits(); wait > 0 {
			t.swept = true
			t.Attempt.Unheard = true
			c.changed()
			// A restart aborts by this id, and what else there is under its key, instead of creating an upload to abort.
			grave := t.Tombstone
			c.write(nil, EndAttempt{Attempt: t.Attempt.ID, Tombstone: &grave})
			c.timers.after(wait, false, func() { c.bury(t) })
			return
		}
		c.write(func() {
			delete(c.tombs, t.Attempt.ID)
			c.changed()
		}, DropTombstone{Attempt: t.Attempt.ID})
		return
	}
	if CodeOf(err).Info().Action == Wait {
		c.bury(t)
		return
	}
	t.tries++
	c.timers.after(backoff(t.tries+2, retryAfter(err), c.random), true, func() { c.bury(t) })
}

// nothingToAbort tells whether an answer means that S3 holds no upload of the attempt: it is gone, or the signer refuses
// the very request that would have made it.
func nothingToAbort(t *tomb, code Code) bool {
	switch code {
	case CodeNoSuchUpload:
		return true
	case CodeRefConflict, CodeBadName, CodeTooLarge:
		return t.Attempt.UploadID == ""
	}
	return false
}
