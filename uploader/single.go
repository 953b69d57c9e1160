package uploader

import (
	"context"
	"errors"
	"time"
)

// A signing call asks for up to signBatch objects. While calls are under way the next batch gathers, and another call
// begins only with a full one, or when the latest takes long; signCalls of them at most. So a queue of many files costs
// one call per 100, a file by itself does not wait, and none waits for a call that hangs.
const (
	signBatch = 100
	signCalls = 4
	signsLong = time.Second
)

// singleRun is a file that goes in one signed PUT.
type singleRun struct {
	sum      string
	queued   bool // waits for a signing call
	signed   *SignedRequest
	signedAt time.Time
	sending  bool
	tries    tries
	expiries int
}

// freshSingle begins an attempt at a single PUT. Signing has no effect at S3; the attempt is journalled with its key
// before the PUT is sent.
func (r *run) freshSingle(sum string) {
	r.j.at = r.attempt(0, sum)
	r.single = &singleRun{sum: sum}
	r.wantURL()
}

// resumeSingle goes on with a PUT of an earlier session that has not arrived.
func (r *run) resumeSingle(sum string) {
	r.single = &singleRun{sum: sum}
	if sum != r.j.at.Request.Sum {
		r.trouble(E("open", CodeSourceChanged, nil))
		return
	}
	r.wantURL() // what may have arrived was looked for before
}

func (r *run) wantURL() {
	s := r.single
	if s.queued || s.sending {
		return
	}
	r.stage = stageSending
	s.signed, s.queued = nil, true
	r.vault.toSign = append(r.vault.toSign, r)
	r.c.touch(r.j)
}

// signSingles asks for the URLs of all single objects that want one, 100 to a call.
func (c *core) signSingles(v *vaultState) {
	for len(v.toSign) > 0 && v.signing < signCalls && c.control.free() > 0 {
		if v.signing > 0 && len(v.toSign) < signBatch && time.Since(v.asked) < signsLong {
			if v.askAgain == nil {
				v.askAgain = c.timers.after(signsLong-time.Since(v.asked), false, func() { v.askAgain = nil })
			}
			return
		}
		if !v.control.pass() {
			return
		}
		conn, err := c.connection(v)
		if err != nil {
			v.control.close(CodeOf(err), err)
			return
		}
		batch := c.nextBatch(v)
		if len(batch) == 0 {
			v.control.outcome(E("sign-objects", CodeCancelled, nil))
			return
		}
		c.signBatch(v, conn, batch)
	}
}

// nextBatch takes up to signBatch runs that still live.
func (c *core) nextBatch(v *vaultState) []*run {
	var batch []*run
	for len(v.toSign) > 0 && len(batch) < signBatch {
		r := v.toSign[0]
		v.toSign = v.toSign[1:]
		if !r.dead {
			batch = append(batch, r)
		}
	}
	return batch
}

func (c *core) signBatch(v *vaultState, conn Connection, batch []*run) {
	requests := make([]CreateRequest, len(batch))
	for i, r := range batch {
		requests[i] = r.j.at.Request
	}
	v.signing++
	v.asked = time.Now()
	c.submit(c.ctx, c.control, func(ctx context.Context) func() {
		asked := c.cfg.Now()
		signed, err := conn.Signer.SignObjects(ctx, requests)
		if err == nil && len(signed) != len(requests) {
			err = E("sign-objects", CodeBadResponse, nil)
		}
		return func() {
			v.signing--
			v.control.outcome(err)
			for i, r := range batch {
				r.single.queued = false
				switch {
				case r.dead || c.stopping:
				case err != nil:
					r.signFailed(err)
				default:
					r.signedSingle(signed[i], asked)
				}
			}
		}
	})
}

// signFailed takes an error of a signing call, or of one object in it.
func (r *run) signFailed(err error) {
	s, code := r.single, CodeOf(err)
	switch {
	case code == CodeCancelled || code.Info().Action == Wait:
		r.wantURL()
	case code.Info().Action == Retry:
		if n, may := s.tries.again(code); may {
			r.backOff(n, code, retryAfter(err), r.wantURL)
			return
		}
		r.trouble(err)
	default:
		r.trouble(err)
	}
}

func (r *run) signedSingle(o SignedObject, asked time.Time) {
	if o.Err != nil {
		r.signFailed(o.Err)
		return
	}
	if o.Key == "" || o.URL == "" || o.Lifetime < time.Second {
		r.trouble(E("sign-objects", CodeBadResponse, nil))
		return
	}
	ready := func() {
		if r.dead {
			return
		}
		r.single.signed, r.single.signedAt = &o.SignedRequest, asked
		r.c.addSender(r)
		r.c.touch(r.j)
	}
	if r.j.at.Key == o.Key && r.j.at.Phase == PhaseUploading {
		ready()
		return
	}
	at := *r.j.at
	at.Key, at.Phase = o.Key, PhaseUploading
	update := r.took(&at, Uploading)
	r.c.write(ready, SaveAttempt{at}, update)
}

func (s *singleRun) sendNext(r *run, pool *pool) bool {
	if s.signed == nil || s.sending {
		return false
	}
	if !r.c.fresh(*s.signed, s.signedAt) {
		r.c.dropSender(r)
		r.wantURL()
		return false
	}
	if !r.vault.data.pass() {
		return false
	}
	s.sending = true
	c, size := r.c, r.fp.Size
	if pool == c.smalls {
		c.smallBytes += size
	}
	c.dropSender(r)
	r.put(pool, *s.signed, putBody{r: r.file, size: size}, func() {
		s.sending = false
		if pool == c.smalls {
			c.smallBytes -= size
		}
	}, r.singleAnswer)
	r.c.touch(r.j)
	return true
}

// singleAnswer takes what S3 said to a single PUT. It was signed with the object's checksum, and S3 repeats the one it
// has verified; a 200 without it says only that something is stored, and a look tells what is known of it.
func (r *run) singleAnswer(got stored, err error) {
	s, at := r.single, r.j.at
	if err == nil && at.Checksum == ChecksumCRC64NVME && got.crc != s.sum {
		r.lookSingle()
		return
	}
	if err == nil {
		o := Object{
			Key: at.Key, Size: r.fp.Size, ETag: got.etag, VersionID: got.versionID, Encryption: got.encryption,
		}
		if at.Checksum == ChecksumCRC64NVME {
			o.Checksum = s.sum
		}
		r.finish(o)
		return
	}
	if r.c.stopping {
		return
	}
	code := CodeOf(err)
	again := func() {
		if s.signed != nil && r.c.fresh(*s.signed, s.signedAt) { // a wake may have dropped it meanwhile
			r.c.addSender(r)
		} else {
			r.wantURL()
		}
	}
	switch code.Info().Action {
	case Wait:
		again()
	case Resign:
		if r.c.fresh(*s.signed, s.signedAt) {
			if s.expiries++; s.expiries > 3 {
				s.expiries = 0
				r.vault.data.close(CodeClockSkew, err)
			}
		}
		r.wantURL()
	case Retry:
		switch n, may := s.tries.again(code); {
		case !may:
			r.trouble(err)
		case code == CodeBadDigest:
			r.backOff(n, code, 0, r.reread)
		default:
			r.backOff(n, code, retryAfter(err), again)
		}
	case Look:
		r.lookSingle()
	default:
		if code == CodeCancelled {
			again()
			break
		}
		r.trouble(err)
	}
	r.c.touch(r.j)
}

// reread follows refused bytes: if the file reads differently now, it changed; else they were damaged on the way.
func (r *run) reread() {
	file, fp, mode, want := r.file, r.fp, r.j.at.Checksum, r.single.sum
	r.ask(r.c.disk, nil, func(ctx context.Context, a *question) (func(), func()) {
		sum, err := sumFile(ctx, a.watch(file), fp, mode)
		if err == nil && sum != want {
			err = E("hash", CodeSourceChanged, nil)
		}
		return func() {
			if err != nil {
				r.trouble(err)
				return
			}
			r.wantURL()
		}, nil
	})
}

// lookSingle settles a single PUT whose outcome is unknown.
func (r *run) lookSingle() {
	r.stage = stageLooking
	r.c.dropSender(r)
	r.c.touch(r.j)
	at := r.j.at
	r.stat(func(stat ObjectStat, err error) {
		s := r.single
		switch {
		case CodeOf(err) == CodeForbidden: // unknown, not absent
			r.backOff(maxTries, CodeServer, 0, r.lookSingle)
		case err != nil:
			r.trouble(err)
		case !stat.Found:
			n, may := s.tries.again(CodeUnknown)
			if !may {
				r.fail(E("put", CodeUnknown, errors.New("sent, no answer, and not there")))
				return
			}
			r.backOff(n, CodeNetwork, 0, r.wantURL)
		case stat.Attempt != at.ID:
			r.trouble(E("look", CodeKeyTaken, nil))
		case stat.Size != r.fp.Size || at.Checksum == ChecksumCRC64NVME && stat.Checksum != s.sum && stat.Checksum != "":
			r.trouble(E("look", CodeSizeMismatch, nil))
		default:
			r.finish(stat.Object)
		}
	})
}

func (s *singleRun) dropURL(r *run) {
	if s.signed != nil && !s.sending {
		r.c.dropSender(r)
		r.wantURL()
	}
}
