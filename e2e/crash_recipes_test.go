package e2e

import (
	"fmt"
	"math/rand/v2"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// The tours pass every fail point there is, in the order in which an upload
// comes to them: many kills in a row, each a little further on.
func tours() []recipe {
	const film = 2*partSize + 12345
	return []recipe{
		{name: "a file begins anew elsewhere", film: film, steps: []step{
			{strike: at1("signer.after.Create"), then: (*life).otherSigner}, {strike: at1("data.answered.part"), then: (*life).otherSigner},
			{strike: at1("signer.sent.Complete"), then: (*life).otherSigner},
		}},
		{name: "a file begins", film: film, steps: points(
			"journal.before.vault-saved", "journal.after.vault-saved", "journal.before.batch-added", "journal.after.batch-added",
			"journal.opened", "journal.before.job-added", "journal.after.job-added",
			"journal.before.create-intent", "journal.after.create-intent",
			"signer.before.Create", "signer.sent.Create", "signer.after.Create", "journal.before.created", "journal.after.created",
			"signer.before.ListParts", "signer.sent.ListParts", "signer.after.ListParts",
			"signer.before.SignParts", "signer.sent.SignParts", "signer.after.SignParts", "data.before.part",
		)},
		{name: "a file ends", film: film, concurrency: 2, steps: points(
			"journal.before.walk-ended", "data.half.part", "data.sent.part", "data.answered.part",
			"journal.before.part-recorded", "journal.after.part-recorded", "journal.before.complete-intent", "journal.after.complete-intent",
			"signer.before.StatObjects", "signer.sent.StatObjects", "signer.after.StatObjects", "signer.before.Complete", "signer.sent.Complete",
		)},
		{name: "a file ends unheard", film: film, steps: points(
			"signer.after.Complete", "journal.before.finished", "journal.after.finished",
			"signer.before.Abort", "signer.sent.Abort", "signer.after.Abort",
			"journal.before.tombstone-dropped", "journal.after.tombstone-dropped",
		)},
		{name: "a tree", small: 30, steps: points(
			"journal.after.entry-walked", "signer.before.SignObjects", "signer.sent.SignObjects", "signer.after.SignObjects",
			"journal.before.put-intent", "journal.after.put-intent", "data.before.put", "data.half.put", "data.sent.put",
			"data.answered.put", "journal.before.put-finished", "journal.after.put-finished", "journal.before.entry-removed",
		)},
		{name: "a tree that is walked", small: 30, steps: points(
			"journal.before.entry-walked", "journal.after.walk-ended", "data.sent.put", "signer.sent.StatObjects", "journal.after.entry-removed",
		)},
		cancelTour("journal.before.job-cancelled", "journal.before.abort-intent", "journal.after.abort-intent"),
		cancelTour("journal.after.job-cancelled"),
		{name: "a file changes", film: film, attempts: 1, steps: disturbed((*life).change,
			"journal.before.source-changed", "journal.after.source-changed", "journal.before.job-requeued", "journal.after.job-requeued",
			"signer.after.Create", "journal.after.part-recorded",
		)},
		{name: "a file is away", film: film, attempts: 1, steps: append(
			disturbed(func(l *life, t *testing.T) { l.move(t, l.root, l.root+" elsewhere") }, "journal.before.job-failed"),
			step{strike: at1("journal.after.job-failed"), then: func(l *life, t *testing.T) { l.move(t, l.root+" elsewhere", l.root) }},
			step{strike: at1("journal.before.part-recorded")},
		)},
		{name: "a folder with a pipe", film: film, folder: true, small: 5, attempts: 1, steps: append(
			[]step{{strike: at1("journal.before.job-added"), then: (*life).pipe},
				{strike: strike{wait: patience}, then: (*life).unpipe}},
			points("journal.before.job-removed", "journal.after.job-removed")...,
		)},
		{name: "the server loses a part", film: film, concurrency: 1, versity: true, resends: 1, steps: append(
			[]step{{strike: strike{point: "journal.after.part-recorded", nth: 2}, then: (*life).losePart}},
			points("journal.before.part-dropped", "journal.after.part-dropped")...,
		)},
		{name: "the server loses an upload", film: film, attempts: 1, steps: disturbed((*life).loseUpload,
			"journal.before.abort-intent", "journal.after.abort-intent",
		)},
	}
}

// points are kills at points, one after the other.
func points(names ...string) (steps []step) {
	for _, name := range names {
		steps = append(steps, step{strike: at1(name)})
	}
	return steps
}

// disturbed is an upload that is killed when its first part is recorded, and
// something happens; then kills at points.
func disturbed(what func(*life, *testing.T), names ...string) []step {
	begun := step{strike: at1("journal.after.part-recorded"), then: func(l *life, t *testing.T) {
		l.wantFired(t)
		what(l, t)
	}}
	return append([]step{begun}, points(names...)...)
}

// cancelTour cancels an upload under way; the kills of the command come first,
// then those of its clearing up.
func cancelTour(names ...string) recipe {
	steps := []step{{strike: at1("journal.after.part-recorded")}}
	for _, s := range points(names...) {
		s.cancel = true
		steps = append(steps, s)
	}
	steps = append(steps, points("signer.before.Abort", "signer.after.Abort", "journal.after.tombstone-dropped")...)
	return recipe{name: "a file is cancelled", film: 2*partSize + 12345, concurrency: 1, cancelled: true, steps: steps}
}

// random is an upload of a kind, a size and with kills that the seed chooses.
func random(seed, n uint64, points []string) recipe {
	rng := rand.New(rand.NewPCG(seed, n))
	rec := recipe{concurrency: rng.IntN(5), pace: (40 + rng.IntN(80)) * mib}
	kinds := []string{"film", "film", "tree", "tree", "folder", "cancel", "changed"}
	kind := kinds[rng.IntN(len(kinds))]
	rec.name = fmt.Sprintf("random %d: %s", n, kind)
	switch kind {
	case "tree":
		rec.small, rec.pace = 10+rng.IntN(60), (1+rng.IntN(4))*mib
	case "folder":
		rec.small, rec.folder = 5+rng.IntN(20), true
		fallthrough
	default:
		rec.film = int64(1+rng.IntN(3))*partSize + 1 + int64(rng.IntN(partSize))
	}
	kills := 4 + rng.IntN(6)
	change := -1
	switch kind {
	case "changed":
		rec.attempts, change = 1, rng.IntN(kills)
	case "cancel":
		rec.cancelled, kills = true, 2+rng.IntN(4)
	}
	for i := range kills {
		s := step{strike: randomStrike(rng, rec, i, points)}
		if i == change {
			s.then = (*life).change
		}
		rec.steps = append(rec.steps, s)
	}
	if rec.cancelled {
		rec.steps = append(rec.steps, step{cancel: true, strike: strike{wait: time.Duration(1+rng.IntN(60)) * time.Millisecond}},
			step{cancel: true, strike: strike{wait: patience}})
	}
	return rec
}

// randomStrike is uniform in bytes, or in time, or at one of the points, or a
// SIGINT that is followed by a kill or by none.
func randomStrike(rng *rand.Rand, rec recipe, i int, points []string) strike {
	most := 60*time.Millisecond + time.Duration(float64(rec.film+int64(rec.small)*30_000)/float64(rec.pace)*float64(time.Second))
	wait := time.Duration(rng.Int64N(int64(most)))
	switch rng.IntN(10) {
	case 0, 1, 2, 3:
		return strike{share: 0.001 + rng.Float64()*0.998}
	case 4, 5, 6:
		return strike{wait: wait}
	case 7:
		return strike{wait: wait, ask: true, later: time.Duration(rng.IntN(40)-10) * time.Millisecond}
	}
	var comes []string
	for _, p := range points {
		if most := rec.passes(p, i); most > 0 {
			comes = append(comes, p)
		}
	}
	p := comes[rng.IntN(len(comes))]
	return strike{point: p, nth: 1 + rng.IntN(rec.passes(p, i))}
}

// passes tells how often the i-th run of an upload of this kind comes to a
// point, at least, where nothing happens that a tour has to bring about.
func (rec recipe) passes(point string, i int) int {
	_, moment, _ := strings.Cut(strings.TrimPrefix(point, "journal."), ".")
	first, parts := i == 0, rec.film > 0
	switch moment {
	case "put", "put-intent", "put-finished", "SignObjects":
		return min(rec.small, 1)
	case "part", "part-recorded":
		return int(min(rec.film, 2))
	case "complete-intent", "finished", "SignParts", "Complete":
		return int(min(rec.film, 1))
	case "create-intent", "created", "Create":
		if first && parts {
			return 1
		}
	case "batch-added", "entry-walked", "walk-ended":
		if first {
			return 1
		}
	case "ListParts":
		if !first && parts {
			return 1
		}
	case "StatObjects":
		if !first && rec.small > 0 {
			return 1
		}
	}
	return 0
}

// change writes another version of the film, unless the vault has it already.
func (l *life) change(t *testing.T) {
	if l.r.data.count(func(x exchange) bool { return x.Op == opComplete && x.Status == 200 }) > 0 {
		return
	}
	path := l.root
	if l.folder {
		path = filepath.Join(l.root, "film.mov")
	}
	raw := readAll(t, path)
	raw[len(raw)/3] ^= 1
	check(t, os.WriteFile(path, raw, 0o644))
	l.tell("the film changes")
}

// wantFired stops a tour that did not come to the point from which it goes on.
func (l *life) wantFired(t *testing.T) {
	t.Helper()
	if len(l.fired) == 0 {
		t.Fatal("it ended before it came to the point from which this goes on")
	}
}

// move takes what is uploaded away, or back.
func (l *life) move(t *testing.T, from, to string) { check(t, os.Rename(from, to)) }

// pipe puts something into the folder that is no file.
func (l *life) pipe(t *testing.T) { check(t, mkfifo(filepath.Join(l.root, "notes.txt"))) }

// unpipe puts a file in its place.
func (l *life) unpipe(t *testing.T) {
	check(t, os.Remove(filepath.Join(l.root, "notes.txt")))
	writeFile(t, filepath.Join(l.root, "notes.txt"), []byte("notes"))
}

// otherSigner has another process of the vault's signer answer from now on: it
// knows nothing but what storage holds.
func (l *life) otherSigner(t *testing.T) {
	l.wantFired(t)
	l.r.signer.kill()
	l.r.signer, l.r.direct = startSigner(l.host, l.r.env, append(l.r.args, "--listen", "127.0.0.1:0")...)
	l.r.control.retarget(l.r.direct)
}

// losePart takes a part out of versitygw's folder.
func (l *life) losePart(t *testing.T) {
	l.wantFired(t)
	found, err := filepath.Glob(filepath.Join(l.r.s3.Dir, l.r.s3.Bucket, ".sgwtmp", "multipart", "*", "*", "1"))
	if err != nil || len(found) != 1 {
		t.Fatalf("%d parts with the number 1 were found: %v", len(found), err)
	}
	check(t, os.Remove(found[0]))
}

// loseUpload ends the upload behind the program's back.
func (l *life) loseUpload(t *testing.T) {
	x := l.puts()[0]
	u, err := url.Parse(x.URL)
	check(t, err)
	id := u.Query().Get("uploadId")
	_, err = l.r.s3.Client().AbortMultipartUpload(t.Context(), &s3.AbortMultipartUploadInput{Bucket: &l.r.s3.Bucket, Key: &x.Key, UploadId: &id})
	check(t, err)
}
