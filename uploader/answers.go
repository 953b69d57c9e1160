package uploader

import (
	"context"
	"errors"
	"time"
)

// partAnswer takes what S3 said to a part.
func (r *run) partAnswer(n int32, size int64, got stored, err error) {
	p, d := r.parts, r.parts.detail[n]
	if err == nil {
		p.expiries = 0
		r.recordPart(Part{PartNumber: n, ETag: got.etag, Size: size, Checksum: d.sum})
		return
	}
	switch {
	case r.c.stopping:
		return
	case p.leaving != nil: // what is not recorded is found out by the look, or sent in the next round
		r.quiet(p)
		return
	}
	code := CodeOf(err)
	switch code.Info().Action {
	case Wait: // the gate is shut now; the part waits behind it with its URL
		p.signed = append([]int32{n}, p.signed...)
	case Resign:
		r.resignPart(n, err)
	case Retry:
		r.retryPart(n, code, err)
	case Look:
		if code == CodeUnknown {
			p.unknown[n] = true
			r.listUnknown()
			return
		}
		r.vanished(err)
	default:
		if code == CodeCancelled {
			p.signed = append([]int32{n}, p.signed...)
			break
		}
		r.trouble(err)
		return
	}
	r.c.touch(r.j)
}

// resignPart asks for a new URL for an expired one. A URL that was over long before its time means that the signer's
// clock and S3's disagree: then the whole vault waits.
func (r *run) resignPart(n int32, err error) {
	p, d := r.parts, r.parts.detail[n]
	if r.c.fresh(d.signed, d.signedAt) {
		p.expiries++
	}
	p.hashed = append(p.hashed, n)
	if p.expiries > 3 {
		p.expiries = 0
		r.vault.data.close(CodeClockSkew, err)
	}
	r.feed()
}

// retryPart tries a refused part again later. One whose bytes were damaged is read again first: if the file reads
// differently now, it changed.
func (r *run) retryPart(n int32, code Code, err error) {
	p, d := r.parts, r.parts.detail[n]
	try, may := d.tries.again(code)
	if !may {
		r.trouble(err)
		return
	}
	r.backOff(try, code, retryAfter(err), func() {
		if code == CodeBadDigest {
			p.again = append(p.again, n)
		} else {
			p.signed = append([]int32{n}, p.signed...)
		}
		r.feed()
	})
}

// listUnknown finds out, with one list for all of them, which parts without an answer have arrived.
func (r *run) listUnknown() {
	p := r.parts
	if p.listing || len(p.unknown) == 0 {
		return
	}
	p.listing = true
	asked := p.unknown
	p.unknown = map[int32]bool{}
	var held []Part
	r.signer(func(ctx context.Context, s Signer) (err error) {
		held, err = s.ListParts(ctx, p.upload)
		return err
	}, func(err error) {
		p.listing = false
		switch {
		case p.leaving != nil:
			r.quiet(p)
			return
		case err != nil:
			r.vanished(err)
			return
		}
		at3 := byNumber(held)
		for n := range asked {
			_, size := r.plan.Range(n)
			if part, ok := at3[n]; ok && r.fits(part, size, p.detail[n].sum) {
				r.recordPart(part)
				continue
			}
			r.notArrived(n)
			if r.dead {
				return
			}
		}
		r.listUnknown()
		r.feed()
	})
}

// notArrived sends a part again whose bytes all went out, got no answer and are not there. Something that swallows them
// each time must neither fill the line for ever nor go unsaid.
func (r *run) notArrived(n int32) {
	p, d := r.parts, r.parts.detail[n]
	try, may := d.tries.again(CodeUnknown)
	if !may {
		r.trouble(E("put", CodeUnknown, errors.New("sent, no answer, and not there")))
		return
	}
	r.backOff(try, CodeNetwork, 0, func() {
		p.signed = append(p.signed, n)
		r.feed()
	})
}

// fits tells whether a part S3 lists is this part of the file. Without a checksum in the list nothing proves it.
func (r *run) fits(part Part, size int64, sum string) bool {
	return part.Size == size && r.j.at.Checksum == ChecksumCRC64NVME && sum != "" && part.Checksum == sum
}

func byNumber(parts []Part) map[int32]Part {
	m := make(map[int32]Part, len(parts))
	for _, p := range parts {
		m[p.PartNumber] = p
	}
	return m
}

// resumeParts goes on with an upload of an earlier session: it compares what the journal has with what S3 holds.
func (r *run) resumeParts() {
	r.compare(r.mergeAndSend)
}

// compare reads both sides. When S3 does not know the upload, the end game's look says what became of it.
func (r *run) compare(then func(journal, held []Part)) {
	r.stage = stageListing
	r.c.touch(r.j)
	at := r.j.at
	var held []Part
	r.signer(func(ctx context.Context, s Signer) (err error) {
		held, err = s.ListParts(ctx, Upload{at.UploadID, at.Key})
		return err
	}, func(err error) {
		if err != nil {
			r.vanished(err)
			return
		}
		r.c.barrier(func() { // a part of the run before this one may still be on its way to the journal
			if !r.dead {
				r.journalled(func(ours []Part) {
					r.gone = 0
					then(ours, held)
				})
			}
		})
	})
}

// journalled reads which parts of the attempt the journal has.
func (r *run) journalled(then func(ours []Part)) {
	at := r.j.at
	r.do(r.c.disk, func(ctx context.Context) (func(), func()) {
		ours, err := r.c.cfg.Journal.Parts(ctx, at.ID, at.UploadID)
		return func() {
			if err != nil {
				r.trouble(err)
				return
			}
			then(ours)
		}, nil
	})
}

// mergeAndSend applies DESIGN §4 (resume, Uploading): both agree → done; S3 alone → adopted once the file's own bytes
// prove it; the journal alone → sent again. On file systems that prove little, what both agree on is read again too.
func (r *run) mergeAndSend(ours, held []Part) {
	at, at3 := r.j.at, byNumber(held)
	var agreed []Part
	var drops []Record
	claims := map[int32]claim{}
	known := make(map[int32]bool, len(ours))
	for _, part := range ours {
		got, ok := at3[part.PartNumber]
		if _, size := r.plan.Range(part.PartNumber); !ok || got.ETag != part.ETag || got.Size != part.Size || part.Size != size {
			drops = append(drops, DropPart{Attempt: at.ID, UploadID: at.UploadID, PartNumber: part.PartNumber})
			continue
		}
		known[part.PartNumber] = true
		if r.fp.Unstable && part.Checksum != "" {
			claims[part.PartNumber] = claim{Part: part, journalled: true}
		} else {
			agreed = append(agreed, part)
		}
	}
	for _, part := range held {
		if part.PartNumber < 1 || part.PartNumber > r.plan.Parts || known[part.PartNumber] {
			continue
		}
		if _, size := r.plan.Range(part.PartNumber); r.fits(part, size, part.Checksum) {
			claims[part.PartNumber] = claim{Part: part}
		}
	}
	if len(drops) > 0 {
		r.c.write(nil, drops...)
	}
	r.c.update2(r, Uploading, PhaseUploading, func() { r.send(agreed, claims) })
}

// vanished handles an upload that S3 may not know any more. Only a look at the object says whether it is finished.
func (r *run) vanished(err error) {
	switch {
	case CodeOf(err).Info().Action != Look:
		r.trouble(err)
	case r.parts != nil && r.parts.leaving != nil: // another part has found out already
	default:
		r.leave(r.look)
	}
}

// goneTwice is how far apart two NoSuchUpload must be to count as two.
const goneTwice = 3 * time.Second
