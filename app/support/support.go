// Package support makes the bundle that a person sends to whoever helps them: a zip of facts about the program, its
// settings, its queue and its log.
//
// It must not put into it what names a patient, a person or a place on their disk, nor what opens anything: no file or
// folder name, no path, no key, no token, no word of an address behind its host. What it writes is chosen field by
// field; free text (log, crash) is redacted by its looks and by the names that the queue and the history know. It sends
// nothing anywhere.
package support

import (
	"archive/zip"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"time"

	"longshore/app"
	"longshore/uploader"
)

// Options say what a bundle is made of.
type Options struct {
	Session  app.Session // nil when the folder could not be opened
	OpenErr  error       // why not
	StateDir string      // absolute; its log and crash log are read
	Program  string      // "longshore-cli 1.2"
}

// FileName is what a bundle is called.
func FileName(now time.Time) string {
	return "longshore-support-" + now.Format("2006-01-02-150405") + ".zip"
}

// Save writes a bundle to a new file, mode 0600; an existing one is left alone (fs.ErrExist).
func Save(ctx context.Context, path string, o Options) error {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600) //nolint:gosec // the person's choice
	if err != nil {
		return err
	}
	err = Write(ctx, file, o)
	if err = errors.Join(err, file.Close()); err != nil {
		return errors.Join(err, os.Remove(path))
	}
	return nil
}

// Replace writes a bundle to a file, in place of one that is there: that goes when the new one is whole. The file beside it
// that it is written to is taken away again when it does not get there.
func Replace(ctx context.Context, path string, o Options) error {
	file, err := os.CreateTemp(filepath.Dir(path), ".longshore-*.zip") // mode 0600
	if err != nil {
		return err
	}
	err = Write(ctx, file, o)
	if err == nil {
		err = file.Sync()
	}
	err = errors.Join(err, file.Close())
	if err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(file.Name()))
	}
	return nil
}

// Write writes a bundle. What cannot be had is left out, with its error's code in its place: a bundle is asked for when
// something is broken. Errors are w's and ctx's.
func Write(ctx context.Context, w io.Writer, o Options) error {
	z := zip.NewWriter(w)
	b := bundle{ctx: ctx, zip: z, names: newNames()}
	var queue *uploader.Snapshot
	if o.Session != nil {
		queue = o.Session.Snapshot()
		b.names.learn(ctx, o.Session, queue)
	}
	b.text("README.txt", readme)
	b.json("about.json", about(o))
	b.json("checks.json", checks(ctx, o))
	if o.Session != nil {
		b.json("settings.json", settings(ctx, o.Session))
		b.json("queue.json", queueOf(queue, b.names))
	}
	for _, name := range app.LogNames() {
		b.log(o.StateDir, name)
	}
	for _, name := range app.CrashNames() {
		b.crash(o.StateDir, name)
	}
	return errors.Join(b.err, z.Close(), ctx.Err())
}

const readme = `A support bundle of Longshore, made on this computer at the wish of its user.

about.json     the program, its build and this system
checks.json    what was looked at just now: folder, drive, vaults, sign-ins
settings.json  the settings, without secrets, and of files without their places
queue.json     how many files are in which state; no names
log.jsonl      the program's log, redacted once more
crash.txt      what the Go runtime printed when the program crashed, redacted

File and folder names, paths, object keys and tokens are left out. Have a look
at it before you pass it on.
`

// bundle writes the parts; the first error stays and ends the rest.
type bundle struct {
	ctx   context.Context //nolint:containedctx // of one Write
	zip   *zip.Writer
	names *names
	err   error
}

func (b *bundle) create(name string) io.Writer {
	if b.err == nil {
		b.err = b.ctx.Err()
	}
	if b.err != nil {
		return io.Discard
	}
	w, err := b.zip.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: time.Now()})
	if err != nil {
		b.err = err
		return io.Discard
	}
	return w
}

func (b *bundle) text(name, text string) {
	if _, err := io.WriteString(b.create(name), text); err != nil && b.err == nil {
		b.err = err
	}
}

func (b *bundle) json(name string, v any) {
	data, err := json.MarshalIndent(v, "", "  ")
	if err != nil && b.err == nil {
		b.err = err
	}
	b.text(name, string(data)+"\n")
}
