package uploader

import (
	"context"
	"errors"
	"time"
)

// complete finishes the upload: every part is recorded. Intent first, and the file is looked at once more.
func (r *run) complete() {
	r.stage = stageCompleting
	r.c.dropSender(r)
	r.c.touch(r.j)
	r.wholeSum(func(sum string) {
		r.checkList(func() {
			r.c.update2(r, Completing, PhaseCompleting, func() { r.sendComplete(sum) })
		})
	})
}

// checkList compares S3's list with the plan before Complete, where no checksum of the whole object will (DESIGN §4,
// servers that only look compatible).
func (r *run) checkList(then func()) {
	if r.j.at.Checksum == ChecksumCRC64NVME {
		then()
		return
	}
	ours := r.parts
	var held []Part
	r.signer(func(ctx context.Context, s Signer) (err error) {
		held, err = s.ListParts(ctx, ours.upload)
		return err
	}, func(err error) {
		if err != nil {
			r.vanished(err)
			return
		}
		for i, part := range ours.recorded {
			if len(held) != len(ours.recorded) || held[i].PartNumber != part.PartNumber || held[i].Size != part.Size || held[i].ETag != part.ETag {
				r.goOn(held)
				return
			}
		}
		then()
	})
}

// wholeSum works out the object's checksum from the parts', and looks at the file.
func (r *run) wholeSum(then func(sum string)) {
	at, file, fp, parts := r.j.at, r.file, r.fp, r.parts.recorded
	r.ask(r.c.disk, nil, func(_ context.Context, a *question) (func(), func()) {
		sum, err := "", unchanged(a.watch(file), fp)
		if err == nil && at.Checksum == ChecksumCRC64NVME {
			sum, err = combineSums(parts)
		}
		return func() {
			if err != nil {
				r.trouble(err)
				return
			}
			then(sum)
		}, nil
	})
}

func (r *run) sendComplete(sum string) {
	at := r.j.at
	req := CompleteRequest{
		Upload: Upload{at.UploadID, at.Key}, Attempt: at.ID, Parts: r.parts.recorded,
		Size: r.fp.Size, Checksum: sum, Mode: at.Checksum,
	}
	var object Object
	r.signer(func(ctx context.Context, s Signer) (err error) {
		object, err = s.Complete(ctx, req)
		return err
	}, func(err error) {
		switch {
		case CodeOf(err) == CodeBadDigest:
			r.disproved(sum, err)
		case err != nil:
			r.vanished(err)
		case object.Size != r.fp.Size || object.Checksum != sum && at.Checksum == ChecksumCRC64NVME:
			r.look() // an answer that proves nothing is no answer
		default:
			r.finish(object)
		}
	})
}

// disproved: every part was verified, yet S3 holds another whole than their checksums add up to. The file is read once
// more: read differently, it changed; else what lies at S3 is given up and sent anew.
func (r *run) disproved(sum string, err error) {
	file, fp := r.file, r.fp
	r.ask(r.c.disk, nil, func(ctx context.Context, a *question) (func(), func()) {
		now, readErr := sumFile(ctx, a.watch(file), fp, ChecksumCRC64NVME)
		return func() {
			switch {
			case readErr != nil:
				r.trouble(readErr)
			case now != sum:
				r.trouble(E("hash", CodeSourceChanged, nil))
			default:
				r.restart(err)
			}
		}, nil
	})
}

// look settles an unknown outcome by what is at the key (DESIGN §4, the end game).
func (r *run) look() {
	r.stage = stageLooking
	r.c.dropSender(r)
	r.c.touch(r.j)
	r.stat(func(stat ObjectStat, err error) {
		switch {
		case CodeOf(err) == CodeForbidden: // unknown, not absent
			r.backOff(maxTries, CodeServer, 0, r.look)
		case err != nil:
			r.trouble(err)
		case stat.Found && stat.Attempt != r.j.at.ID:
			r.trouble(E("look", CodeKeyTaken, nil))
		case stat.Found:
			r.settleWhole(stat.Object)
		default:
			r.absent()
		}
	})
}

// stat looks at the attempt's key.
func (r *run) stat(then func(stat ObjectStat, err error)) {
	key := r.j.at.Key
	var stat ObjectStat
	r.signer(func(ctx context.Context, s Signer) error {
		stats, err := s.StatObjects(ctx, []string{key})
		if err == nil && len(stats) != 1 {
			err = E("stat", CodeBadResponse, nil)
		}
		if err == nil {
			stat, err = stats[0], stats[0].Err
		}
		return err
	}, func(err error) { then(stat, err) })
}

// lookBefore is how an attempt goes on that may have been finished before the program died: if its object is there and
// proves to be what the journal says was sent, the job is done, whatever has become of the file since.
func (r *run) lookBefore() {
	r.stage = stageLooking
	r.looked = true
	r.c.touch(r.j)
	at := r.j.at
	r.stat(func(stat ObjectStat, err error) {
		switch {
		case err != nil && CodeOf(err) != CodeForbidden:
			r.trouble(err)
		case err != nil || !stat.Found || stat.Attempt != at.ID || stat.Size != at.Fingerprint.Size:
			r.open()
		default:
			r.sentSum(func(sum string) {
				if at.Checksum == ChecksumCRC64NVME && (sum == "" || sum != stat.Checksum) {
					r.open()
					return
				}
				r.fp, r.session, r.byLook = at.Fingerprint, false, true
				r.finish(stat.Object)
			})
		}
	})
}

// sentSum is the object's checksum by what the journal knows, "" if it does not know all of it.
func (r *run) sentSum(then func(sum string)) {
	at := r.j.at
	if at.Single || at.Checksum != ChecksumCRC64NVME {
		then(at.Request.Sum)
		return
	}
	r.do(r.c.disk, func(ctx context.Context) (func(), func()) {
		parts, err := r.c.cfg.Journal.Parts(ctx, at.ID, at.UploadID)
		sum := ""
		if err == nil && len(parts) == int(cut(at.Fingerprint.Size, at.PartSize).Parts) {
			sum, err = combineSums(parts)
		}
		return func() {
			if err != nil {
				r.trouble(err)
				return
			}
			then(sum)
		}, nil
	})
}

// absent: nothing is at the key. While the upload lives it is completed again, never sent again; when S3 does not know
// it either, twice and seconds apart, it is gone.
func (r *run) absent() {
	at := r.j.at
	var held []Part
	r.signer(func(ctx context.Context, s Signer) (err error) {
		held, err = s.ListParts(ctx, Upload{at.UploadID, at.Key})
		return err
	}, func(err error) {
		switch {
		case err == nil:
			r.gone = 0
			r.goOn(held)
		case CodeOf(err) != CodeNoSuchUpload:
			r.vanishedTrouble(err)
		case r.gone > 0:
			r.restart(r.overdue(err))
		default:
			r.gone++
			r.c.timers.after(goneTwice, true, func() {
				if !r.dead {
					r.look()
				}
			})
		}
	})
}

// vanishedTrouble keeps a Look code from looking in a circle.
func (r *run) vanishedTrouble(err error) {
	if CodeOf(err).Info().Action == Look {
		r.backOff(3, CodeServer, 0, r.look)
		return
	}
	r.trouble(err)
}

// goOn follows a look that found the upload alive: S3's parts are merged with ours, and what is missing is sent.
func (r *run) goOn(held []Part) {
	sent := r.parts != nil && r.parts.done == r.plan.Parts
	r.parts = nil
	switch {
	case sent:
		if r.laps++; r.laps > maxTries {
			r.fail(E("complete", CodeInvalidPart, nil))
			return
		}
	default:
		if r.strays++; r.strays > maxTries {
			r.fail(E("put", CodeServer, errors.New("storage denies the upload and lists its parts")))
			return
		}
	}
	r.journalled(func(ours []Part) { r.mergeAndSend(ours, held) })
}

// settleWhole decides whether an object that carries our AttemptID is this file, whole: by size, and by the checksum
// of the file's own bytes.
func (r *run) settleWhole(o Object) {
	r.stage, r.byLook = stageLooking, true
	r.c.touch(r.j)
	if o.Size != r.fp.Size {
		r.trouble(E("look", CodeSizeMismatch, nil))
		return
	}
	if r.j.at.Checksum != ChecksumCRC64NVME || o.Checksum == "" {
		r.finish(o)
		return
	}
	file, fp := r.file, r.fp
	r.ask(r.c.disk, nil, func(ctx context.Context, a *question) (func(), func()) {
		sum, err := sumFile(ctx, a.watch(file), fp, ChecksumCRC64NVME)
		return func() {
			switch {
			case err != nil:
				r.trouble(err)
			case sum != o.Checksum:
				r.trouble(E("look", CodeSourceChanged, errors.New("the stored object is another version of the file")))
			default:
				r.finish(o)
			}
		}, nil
	})
}

// finish ends a job as done. It is shown as done only when the journal says so too.
func (r *run) finish(o Object) {
	r.stage = stageCompleting
	j, c := r.j, r.c
	if o.Verified == "" {
		o.Verified = j.at.Checksum.verifies()
	}
	if o.Verified == VerifiedFullObject && o.Checksum == "" { // storage took a checksum and confirms none: it may not have looked
		o.Verified = VerifiedSizeOnly
	}
	if o.Verified != VerifiedFullObject {
		o.Checksum = "" // storage may add one by itself, of whatever bytes it holds: nobody compared it
	}
	if r.vault.Encryption == "aws:kms" && o.Encryption != "aws:kms" {
		r.trouble(E("finish", CodeEncryption, nil))
		return
	}
	r.finishing = true // from here no verb touches the job until the journal has it
	c.discount(r)
	c.sample(r)
	now := c.cfg.Now()
	record := j.Job
	record.State, record.Code, record.Detail, record.Attempt, record.EndedAt = Done, "", "", "", now
	record.Revision++
	receipt := r.receipt(o, now)
	records := []Record{Finish{Job: record, Receipt: receipt}}
	var grave *tomb
	if at := j.at; !at.Single && at.UploadID != "" && (r.byLook || j.unheard.Load() > 0) {
		grave = c.newTomb(*at, j)
		records = append([]Record{EndAttempt{Attempt: j.at.ID, Tombstone: &grave.Tombstone}}, records...)
	}
	c.write(func() {
		j.Job, j.at = record, nil
		r.end()
		c.touch(j)
		c.log("stored", j)
		c.storedEarly(j.entry.batch, receipt)
		c.whole(j.entry.batch)
		if grave != nil {
			c.bury(grave)
		}
	}, records...)
}

func (r *run) receipt(o Object, now time.Time) Receipt {
	j, at := r.j, r.j.at
	source := "looked"
	if r.session {
		source = "read"
	}
	return Receipt{
		Job: j.ID, Batch: j.Batch, Attempt: at.ID, Vault: j.Vault, Path: j.Path, RelPath: j.RelPath,
		Size: r.fp.Size, Key: o.Key, FileURL: o.FileURL, ETag: o.ETag, VersionID: o.VersionID, Checksum: o.Checksum,
		Verified: o.Verified, Encryption: o.Encryption, Source: source, StartedAt: at.StartedAt, FinishedAt: now, Note: j.Note,
		ModTime: r.fp.ModTime,
	}
}

// update2 journals a job's state and its attempt's phase together, then goes on.
func (c *core) update2(r *run, state State, phase Phase, then func()) {
	at := *r.j.at
	at.Phase = phase
	update := r.took(&at, state)
	c.barrier(func() {
		if !r.dead {
			then()
		}
	}, SaveAttempt{at}, update)
}
