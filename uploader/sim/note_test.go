package sim

import (
	"fmt"

	"longshore/uploader"
)

// note is a record in words. The record is a value and does not change.
type note struct{ uploader.Record }

func (n note) String() string {
	short := func(id string) string { return id[max(0, len(id)-4):] }
	switch r := n.Record.(type) {
	case uploader.AddBatch:
		return fmt.Sprintf("batch %s with %d entries", short(string(r.Batch.ID)), len(r.Entries))
	case uploader.SaveBatch:
		return fmt.Sprintf("batch %s scanning=%v", short(string(r.Batch.ID)), r.Batch.Scanning)
	case uploader.RemoveEntry:
		return "remove entry " + r.Entry.Path
	case uploader.AddJob:
		return fmt.Sprintf("job %s %s %s %d", short(string(r.Job.ID)), r.Job.RelPath, r.Job.State, r.Job.Size)
	case uploader.RemoveJob:
		return "remove job " + r.Job.RelPath
	case uploader.UpdateJob:
		return fmt.Sprintf("job %s %s %s %s attempt=%s rev=%d", short(string(r.Job.ID)), r.Job.RelPath, r.Job.State, r.Job.Code, short(string(r.Job.Attempt)), r.Job.Revision)
	case uploader.SaveAttempt:
		return fmt.Sprintf("attempt %s of job %s %s single=%v", short(string(r.Attempt.ID)), short(string(r.Attempt.Job)), r.Attempt.Phase, r.Attempt.Single)
	case uploader.SavePart:
		return fmt.Sprintf("part %d of %s %s", r.Part.PartNumber, short(string(r.Attempt)), r.Part.ETag)
	case uploader.DropPart:
		return fmt.Sprintf("drop part %d of %s", r.PartNumber, short(string(r.Attempt)))
	case uploader.Finish:
		return fmt.Sprintf("finish job %s %s attempt=%s rev=%d", short(string(r.Job.ID)), r.Job.RelPath, short(string(r.Receipt.Attempt)), r.Job.Revision)
	case uploader.EndAttempt:
		return fmt.Sprintf("end attempt %s tombstone=%v", short(string(r.Attempt)), r.Tombstone != nil)
	case uploader.SaveManifest:
		return fmt.Sprintf("manifest of %s %s %s %s", short(string(r.Manifest.Batch)), r.Manifest.State, r.Manifest.Code, r.Manifest.Detail)
	case uploader.DropTombstone:
		return "drop tombstone " + short(string(r.Attempt))
	}
	return fmt.Sprintf("%T", n.Record)
}
