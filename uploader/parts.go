package uploader

import (
	"context"
	"sync"
	"time"
)

// hashBuffers are what checksums are read through: as many as disk workers, whatever the files.
var hashBuffers = sync.Pool{New: func() any {
	b := make([]byte, 256<<10)
	return &b
}}

// partsRun is a multipart upload under way. A part moves: to do → hashing → hashed → (signing) → signed → sending →
// recorded; each list holds the numbers of the parts that are there.
type partsRun struct {
	upload   Upload
	recorded []Part // by number-1; PartNumber 0 where nothing is recorded
	done     int32
	bytes    int64 // of the recorded parts

	next   int32           // the lowest number not yet begun
	again  []int32         // begun before, to be hashed again, sooner than next
	claims map[int32]claim // parts that S3 holds: once hashed and equal they count without being sent
	hashed []int32         // want a URL
	signed []int32         // may be sent
	detail map[int32]*partDetail

	hashing, signing, sending, recording int
	unknown                              map[int32]bool // sent, no answer: one list tells
	listing                              bool
	expiries                             int // URLs in a row that were over sooner than they should
	// leaving, if set, is what the run does next: nothing new starts, and it begins when all that is under way is back.
	// So no late answer of these parts can meet the parts of the next round.
	leaving func()
}

// claim is a part S3 says it has.
type claim struct {
	Part
	journalled bool // the journal says so too
}

// partDetail is what is known of a part between its hashing and its record.
type partDetail struct {
	sum      string
	tries    tries
	signed   SignedRequest
	signedAt time.Time // wall clock, when the URL was asked for
}

// freshParts begins a multipart attempt: intent first, then Create.
func (r *run) freshParts() {
	r.stage = stageCreating
	at := r.attempt(r.plan.PartSize, "")
	r.j.unheard.Store(0)
	update := r.took(at, Creating)
	r.c.barrier(func() {
		if !r.dead {
			r.create(false)
		}
	}, SaveAttempt{*at}, update)
}

// create starts the upload at S3, or after a crash finds the one that was started.
func (r *run) create(retry bool) {
	r.stage = stageCreating
	r.c.touch(r.j)
	at := r.j.at
	var made Created
	unheard := &r.j.unheard
	r.signer(func(ctx context.Context, s Signer) (err error) {
		unheard.Add(1)
		made, err = s.Create(ctx, at.Request, retry)
		retry = true // whatever became of this call, the next one is a repeat
		if answered(err) {
			unheard.Add(-1)
		}
		return err
	}, func(err error) {
		switch {
		case err != nil && CodeOf(err).Info().Action == Look:
			r.restart(err)
		case err != nil:
			r.trouble(err)
		case made.Object != nil:
			at.Key = made.Object.Key
			r.settleWhole(*made.Object)
		default:
			r.created(made)
		}
	})
}

func (r *run) created(made Created) {
	plan, err := r.c.sizing.with(r.fp.Size, made.PartSize)
	if err == nil && (made.UploadID == "" || made.Key == "" || made.Checksum != r.j.at.Checksum) {
		err = E("create", CodeBadResponse, nil)
	}
	if err != nil {
		r.trouble(err)
		return
	}
	r.plan = plan
	at := *r.j.at
	at.Phase, at.UploadID, at.Key = PhaseUploading, made.UploadID, made.Key
	at.PartSize, at.ResumeBefore, at.Unheard = made.PartSize, made.ResumeBefore, r.j.unheard.Load() > 0
	update := r.took(&at, Uploading)
	r.c.dated(r.j)
	r.c.barrier(func() {
		if !r.dead {
			r.send(nil, nil)
		}
	}, SaveAttempt{at}, update)
}

// send goes on with the parts that are not proven yet. recorded counts already; claims count once they are hashed.
func (r *run) send(recorded []Part, claims map[int32]claim) {
	at := r.j.at
	p := &partsRun{
		upload: Upload{at.UploadID, at.Key}, recorded: make([]Part, r.plan.Parts), next: 1,
		claims: claims, detail: map[int32]*partDetail{}, unknown: map[int32]bool{},
	}
	if claims == nil {
		p.claims = map[int32]claim{}
	}
	r.parts, r.stage = p, stageSending
	r.j.sent = 0
	for _, part := range recorded {
		p.record(r, part)
	}
	r.session = r.session && len(recorded) == 0
	r.c.addSender(r)
	r.c.touch(r.j)
	r.feed()
}

// record counts a part as done, in memory.
func (p *partsRun) record(r *run, part Part) {
	if p.recorded[part.PartNumber-1].PartNumber != 0 {
		return
	}
	p.recorded[part.PartNumber-1] = part
	p.done++
	p.bytes += part.Size
	r.j.sent = p.bytes + r.inflight.Load()
	delete(p.detail, part.PartNumber)
	delete(p.claims, part.PartNumber)
}

// feed hashes ahead of need: as many parts as may be in flight wait ready behind those that are.
func (r *run) feed() {
	p := r.parts
	if r.dead || p == nil || r.stage != stageSending {
		return
	}
	if p.done == r.plan.Parts {
		r.complete()
		return
	}
	for p.hashing+len(p.hashed)+p.signing+len(p.signed) < r.c.perFile() {
		n, ok := p.take(r.plan.Parts)
		if !ok {
			break
		}
		r.hash(n)
	}
	r.signParts()
}

// take returns the next part to hash.
func (p *partsRun) take(parts int32) (int32, bool) {
	if len(p.again) > 0 {
		n := p.again[0]
		p.again = p.again[1:]
		return n, true
	}
	for p.next <= parts {
		n := p.next
		p.next++
		if p.recorded[n-1].PartNumber == 0 {
			return n, true
		}
	}
	return 0, false
}

func (r *run) hash(n int32) {
	p := r.parts
	p.hashing++
	off, size := r.plan.Range(n)
	file, mode := r.file, r.j.at.Checksum
	r.ask(r.c.disk, nil, func(ctx context.Context, a *question) (func(), func()) {
		buf := hashBuffers.Get().(*[]byte)
		sum, err := sumRange(ctx, a.watch(file), off, size, mode, *buf)
		hashBuffers.Put(buf)
		return func() {
			p.hashing--
			switch {
			case err != nil:
				r.trouble(err)
			case p.leaving != nil:
				r.quiet(p)
			default:
				r.hashed(n, size, sum)
			}
		}, nil
	})
}

func (r *run) hashed(n int32, size int64, sum string) {
	p := r.parts
	d := p.detail[n]
	if d == nil {
		d = &partDetail{}
		p.detail[n] = d
	}
	if d.sum != "" && d.sum != sum { // hashed before, refused as damaged, and now it reads differently
		r.trouble(E("hash", CodeSourceChanged, nil))
		return
	}
	d.sum = sum
	if cl, ok := p.claims[n]; ok {
		switch {
		case cl.Size == size && cl.Checksum == sum:
			r.claimed(n, cl)
			return
		case cl.journalled: // this part was read and sent before, and the file reads differently now
			r.trouble(E("hash", CodeSourceChanged, nil))
			return
		}
		delete(p.claims, n)
	}
	p.hashed = append(p.hashed, n)
	r.feed()
}

// claimed counts a part that S3 holds and the file still has.
func (r *run) claimed(n int32, cl claim) {
	if cl.journalled {
		r.parts.record(r, cl.Part)
		r.c.touch(r.j)
		r.feed()
		return
	}
	r.recordPart(Part{PartNumber: n, ETag: cl.ETag, Size: cl.Size, Checksum: cl.Checksum})
}

// recordPart makes a part durable and only then counts it.
func (r *run) recordPart(part Part) {
	p := r.parts
	p.recording++
	at := r.j.at
	r.c.write(func() {
		p.recording--
		if r.dead {
			return
		}
		p.record(r, part)
		r.strays = 0
		r.c.touch(r.j)
		r.quiet(p)
		r.feed()
	}, SavePart{Attempt: at.ID, UploadID: at.UploadID, Part: part})
}

// signParts asks for URLs for everything that is hashed, in one call at a time: while one is under way the next
// batch gathers.
func (r *run) signParts() {
	p := r.parts
	if p.signing > 0 || len(p.hashed) == 0 {
		return
	}
	batch := p.hashed[:min(len(p.hashed), 100)]
	p.hashed = append([]int32(nil), p.hashed[len(batch):]...)
	p.signing = len(batch)
	ask := make([]PartToSign, len(batch))
	for i, n := range batch {
		_, size := r.plan.Range(n)
		ask[i] = PartToSign{PartNumber: n, Size: size, Checksum: p.detail[n].sum}
	}
	var urls SignedParts
	var asked time.Time
	r.signer(func(ctx context.Context, s Signer) (err error) {
		asked = r.c.cfg.Now()
		urls, err = s.SignParts(ctx, p.upload, ask)
		return err
	}, func(err error) {
		p.signing = 0
		switch {
		case err != nil:
			r.trouble(err)
			return
		case p.leaving != nil:
			r.quiet(p)
			return
		}
		for _, n := range batch {
			d := p.detail[n]
			d.signed, d.signedAt = urls[n], asked
			if d.signed.URL == "" || d.signed.Lifetime < time.Second {
				r.trouble(E("sign-parts", CodeBadResponse, nil))
				return
			}
			p.signed = append(p.signed, n)
		}
		if r.c.allow.halted() { // now it is that which it waits for
			r.c.touch(r.j)
		}
		r.feed()
	})
}

// leave ends the sending: then begins once everything under way has come back.
func (r *run) leave(then func()) {
	p := r.parts
	r.stage = stageLooking
	r.c.dropSender(r)
	r.c.touch(r.j)
	if p == nil {
		then()
		return
	}
	p.leaving = then
	r.quiet(p)
}

// quiet goes where the run is leaving for, if nothing is under way any more.
func (r *run) quiet(p *partsRun) {
	if p.leaving == nil || r.dead || p.sending+p.hashing+p.recording+p.signing > 0 || p.listing {
		return
	}
	then := p.leaving
	p.leaving = nil
	then()
}

// fresh tells whether a URL will still be good when the request arrives.
func (c *core) fresh(s SignedRequest, asked time.Time) bool {
	age := c.age(asked)
	return age >= 0 && age < s.Lifetime-min(s.Lifetime/10, 30*time.Second)
}

// sendNext hands the next signed part to a worker.
func (p *partsRun) sendNext(r *run, pool *pool) bool {
	for len(p.signed) > 0 && !r.c.fresh(p.detail[p.signed[0]].signed, p.detail[p.signed[0]].signedAt) {
		p.hashed = append(p.hashed, p.signed[0]) // it grew old while it waited
		p.signed = p.signed[1:]
		r.signParts()
	}
	if len(p.signed) == 0 || p.sending >= r.c.perFile() || !r.vault.data.pass() {
		return false
	}
	n := p.signed[0]
	p.signed = p.signed[1:]
	p.sending++
	off, size := r.plan.Range(n)
	d := p.detail[n]
	r.put(pool, d.signed, putBody{r: r.file, off: off, size: size}, func() { p.sending-- }, func(got stored, err error) {
		r.partAnswer(n, size, got, err)
	})
	r.feed()
	return true
}

func (p *partsRun) dropURLs(r *run) {
	p.hashed = append(p.hashed, p.signed...)
	p.signed = nil
	r.feed()
}
