package uploader

import (
	"context"
	"io"
	"path"
	"slices"
	"strings"
	"time"
)

// Image is what a look into a file tells of it.
type Image struct {
	Study    string // which study it belongs to: compared, and forgotten
	Date     string // of the study, YYYYMMDD; "" if it is not said
	Modality string // "MR", "CT"; "" if it is not said
}

// Study is what a folder of images is shown by: a date (YYYYMMDD, or "-") and a modality ("MR", "CT/PT", or nothing) with
// a space between. "" for what is no study, or several. It says nobody's name, and not which study it is.
type Study string

// Date is the study's date at midnight UTC; zero if it is not known.
func (s Study) Date() time.Time {
	day, _, _ := strings.Cut(string(s), " ")
	t, err := time.Parse("20060102", day)
	if err != nil {
		return time.Time{}
	}
	return t
}

// Modality is the kind of its images, "" if it is not known.
func (s Study) Modality() string {
	_, kind, _ := strings.Cut(string(s), " ")
	return kind
}

// studyOf is what some files of a folder have in common: all that are images belong to one study, and most are images.
func studyOf(images []Image, looked int) Study {
	if len(images) == 0 || 2*len(images) < looked {
		return ""
	}
	date := "-"
	var kinds []string
	for _, i := range images {
		if i.Study != images[0].Study {
			return ""
		}
		if i.Date != "" {
			date = i.Date
		}
		if i.Modality != "" && !slices.Contains(kinds, i.Modality) {
			kinds = append(kinds, i.Modality)
		}
	}
	slices.Sort(kinds)
	return Study(date + " " + strings.Join(kinds, "/"))
}

// Looks into files are a convenience. Nothing waits for them, and they change nothing but what a row is called.
const (
	looksMost  = 16 // files of a folder that are looked into, spread over it
	blindMost  = 4  // looks that hang and are passed by, at most: each keeps a thread
	leastImage = 132
)

// mayBeImage tells whether a file is worth a look: scanners call their images so, or give them a number.
func mayBeImage(j *job) bool {
	if j.Unwalked || j.Size < leastImage {
		return false
	}
	name := strings.ToLower(path.Base(j.RelPath))
	switch ext := path.Ext(name); ext {
	case "", ".dcm", ".dicom", ".dic", ".ima", ".img":
		return name != "dicomdir"
	default:
		return strings.Trim(ext[1:], "0123456789") == ""
	}
}

// lookInto looks into some files of a folder that has been walked, beside everything else.
func (c *core) lookInto(e *entry) {
	if c.cfg.Look == nil || !e.Dir || c.stopping {
		return
	}
	var files []*job
	for _, j := range e.jobs {
		if mayBeImage(j) {
			files = append(files, j)
		}
	}
	if len(files) == 0 {
		return
	}
	drive := files[0].drive()
	if c.drives[drive] != nil {
		return
	}
	paths := make([]string, min(len(files), looksMost))
	for i := range paths {
		paths[i] = files[i*len(files)/len(paths)].Path
	}
	a := c.newQuestion(drive, c.patience, nil)
	a.aside, a.pool = true, c.looks
	source, look := c.cfg.Source, c.cfg.Look
	a.task = &task{ctx: c.ctx, ask: a, work: func(ctx context.Context) func() {
		var images []Image
		for _, p := range paths {
			if ctx.Err() != nil || !a.task.held.Load() {
				break
			}
			if i, ok := glance(a, source, p, look); ok {
				images = append(images, i)
			}
		}
		study := studyOf(images, len(paths))
		return func() {
			delete(c.asks, a)
			if a.passed {
				c.blind--
				return
			}
			if ctx.Err() == nil && c.entries[e.ID] == e && e.Study != study {
				e.Study = study
				c.pub.entry(e)
				c.changed()
				c.write(nil, SaveEntry{e.Entry})
			}
		}
	}}
	c.looks.submit(a.task)
}

// glance looks into one file. What cannot be read is no image here; its upload will say why.
func glance(a *question, s Source, path string, look func(io.ReaderAt, int64) (Image, bool)) (Image, bool) {
	f, err := a.open(s, path)
	if err != nil {
		return Image{}, false
	}
	f = a.watch(f)
	defer f.Close()
	fp, err := f.Fingerprint()
	if err != nil {
		return Image{}, false
	}
	return look(f, fp.Size)
}

// passBy gives up on a look that hangs. Its drive is not shut for it: an upload that meets the same will say so.
func (c *core) passBy(a *question, limit time.Duration) {
	if a.passed || !a.hangs(limit) || c.blind >= blindMost && !c.stopping {
		return
	}
	if a.pool.abandon(c.staff, a.task) {
		a.passed = true
		c.blind++
	}
}
