package uploader

import (
	"context"
	"mime"
	"path"
	"strings"
)

// open opens the file, looks at it and, if it fits in one PUT, reads its checksum in the same go.
func (r *run) open() {
	r.stage = stageOpening
	r.c.touch(r.j)
	source, name, mode := r.c.cfg.Source, r.j.Path, r.conn.Checksum
	if r.j.at != nil {
		mode = r.j.at.Checksum
	}
	planning, least := r.c.sizing, r.conn.PartSize
	at := r.j.at
	r.ask(r.c.disk, nil, func(ctx context.Context, a *question) (func(), func()) {
		var o opened
		o.read(ctx, a, source, name, at, mode, func(size int64) (Plan, error) { return planning.plan(size, least) })
		return func() { r.opened(o) }, func() {
			if o.file != nil {
				r.file = o.file // the run is over: drained closes it
			}
		}
	})
}

// opened is what a worker found when it opened the file.
type opened struct {
	file File
	fp   Fingerprint
	plan Plan
	sum  string // of a file that goes in one PUT
	err  error
}

func (o *opened) read(
	ctx context.Context, a *question, source Source, name string, at *Attempt, mode Checksum, plan func(size int64) (Plan, error),
) {
	if o.file, o.err = a.open(source, name); o.err != nil {
		return
	}
	file := a.watch(o.file)
	if o.fp, o.err = file.Fingerprint(); o.err != nil {
		return
	}
	switch {
	case at != nil && !at.Fingerprint.Same(o.fp) && (at.Checksum == ChecksumNone || !at.Fingerprint.retold(o.fp)):
		o.err = E("open", CodeSourceChanged, nil)
		return
	case at != nil && !at.Single:
		o.plan = cut(o.fp.Size, at.PartSize)
		return
	case at != nil:
		o.plan = Plan{Size: o.fp.Size, PartSize: o.fp.Size, Parts: 1}
	default:
		if o.plan, o.err = plan(o.fp.Size); o.err != nil {
			return
		}
	}
	if o.plan.Single() {
		o.sum, o.err = sumFile(ctx, file, o.fp, mode)
	}
}

// sumFile reads a whole small file's checksum and makes sure that it did not change meanwhile.
func sumFile(ctx context.Context, f File, fp Fingerprint, mode Checksum) (string, error) {
	buf := hashBuffers.Get().(*[]byte)
	defer hashBuffers.Put(buf)
	sum, err := sumRange(ctx, f, 0, fp.Size, mode, *buf)
	if err != nil {
		return "", err
	}
	return sum, unchanged(f, fp)
}

// unchanged looks at the file again.
func unchanged(f File, fp Fingerprint) error {
	now, err := f.Fingerprint()
	if err != nil {
		return err
	}
	if !fp.Same(now) {
		return E("look", CodeSourceChanged, nil)
	}
	return nil
}

func (r *run) opened(o opened) {
	r.file, r.fp, r.plan = o.file, o.fp, o.plan
	if o.err != nil {
		r.trouble(o.err)
		return
	}
	at := r.j.at
	switch {
	case at == nil && r.plan.Single() && !r.conn.PartsOnly:
		r.freshSingle(o.sum)
	case at == nil:
		r.freshParts()
	case at.Single:
		r.resumeSingle(o.sum)
	case at.Phase == PhaseCreating:
		r.create(true)
	default:
		r.resumeParts()
	}
}

// attempt mints a new attempt for the file as it is now.
func (r *run) attempt(partSize int64, sum string) *Attempt {
	j, c := r.j, r.c
	id := AttemptID(c.cfg.NewID())
	return &Attempt{
		ID: id, Job: j.ID, Vault: j.Vault, Phase: PhaseCreating, Single: partSize == 0,
		Request: CreateRequest{
			Attempt: id, FileName: path.Base(j.RelPath), RelPath: wirePath(j), ContentType: contentType(j.RelPath),
			Size: r.fp.Size, PartSize: partSize, Checksum: r.conn.Checksum, Sum: sum,
			Batch: j.Batch, ModTime: r.fp.ModTime,
		},
		Fingerprint: r.fp, PartSize: partSize, Checksum: r.conn.Checksum, StartedAt: c.cfg.Now(),
	}
}

// wirePath is the path inside a dropped folder, with the folder's own name first; "" for a file dropped by itself.
func wirePath(j *job) string {
	rest := strings.TrimPrefix(j.RelPath, j.entry.Prefix)
	if rest == "" {
		return ""
	}
	return j.entry.Name + rest
}

// contentType guesses by the name; the bytes are not looked at.
func contentType(name string) string {
	ext := strings.ToLower(path.Ext(name))
	if ext == ".dcm" {
		return "application/dicom"
	}
	if t := mime.TypeByExtension(ext); t != "" {
		return t
	}
	return "application/octet-stream"
}

// took records which file an attempt is about, when it begins.
func (r *run) took(at *Attempt, state State) UpdateJob {
	r.j.at = at
	return r.c.update(r.j, func(rec *Job) {
		rec.Attempt, rec.State, rec.Size, rec.Fingerprint = at.ID, state, r.fp.Size, r.fp
	})
}
