package ui

import (
	"regexp"
	"strings"

	"fyne.io/fyne/v2"

	"longshore/ui/words"
	"longshore/uploader"
)

// news is what became of drops since the last look: numbers, never names.
type news struct {
	stored, failed int  // files, of drops that are through
	person         bool // a drop goes no further without a person
}

// drops watches the queue's drops, and tells of each once that it is through, and once that it needs a person.
type drops struct {
	open   map[uploader.BatchID]bool // seen going on
	waited map[uploader.BatchID]bool // told that it needs a person
}

// newDrops begins with a queue as it is: what is through by then is not told.
func newDrops(s *uploader.Snapshot) *drops {
	d := &drops{open: map[uploader.BatchID]bool{}, waited: map[uploader.BatchID]bool{}}
	for b, sum := range sums(s) {
		d.open[b] = sum.going || sum.waits
		d.waited[b] = !sum.going && sum.waits
	}
	return d
}

// dropSum is how a drop stands.
type dropSum struct {
	going bool // something of it goes on, or may by itself
	waits bool // something of it waits for a person
	news
}

func sums(s *uploader.Snapshot) map[uploader.BatchID]dropSum {
	all := make(map[uploader.BatchID]dropSum)
	for _, e := range s.Entries.All() {
		sum := all[e.Batch]
		sum.stored += e.FilesDone
		sum.failed += e.FilesFailed
		switch {
		case e.Scanning && e.State != uploader.Waiting, !e.State.Ended() && e.State != uploader.Waiting:
			sum.going = true
		case e.State == uploader.Waiting && (e.Reason == uploader.WaitSignIn || e.Reason == uploader.WaitDrive):
			sum.waits = true
		case e.State == uploader.Waiting:
			sum.going = true
		}
		if !e.Dir && e.Files == 0 && e.State == uploader.Failed { // a path that never was a file
			sum.failed++
		}
		all[e.Batch] = sum
	}
	return all
}

func (d *drops) look(s *uploader.Snapshot) (n news) {
	all := sums(s)
	for b, sum := range all {
		switch {
		case sum.going:
			d.open[b] = true
		case sum.waits:
			n.person = n.person || !d.waited[b]
			d.open[b], d.waited[b] = true, true
		case d.open[b]:
			d.open[b] = false
			n.stored += sum.stored
			n.failed += sum.failed
		}
	}
	for b := range d.open {
		if _, there := all[b]; !there { // taken off the list
			delete(d.open, b)
			delete(d.waited, b)
		}
	}
	return n
}

// notify sends what happened as a notification, if the user wants that and does not look at the window anyway.
func (w *window) notify(n news) {
	text := n.text(w.book)
	if text == "" || !w.behaviour.Notify || w.focused && !w.away || !w.desktop.HasTray() {
		return
	}
	send := fyne.NewNotification(words.Program, harmless(text))
	w.work.all.Go(func() { w.app.SendNotification(send) }) // a service of the desktop's, which may be slow
}

// text is a sentence or two, "" for nothing to tell.
func (n news) text(b *words.Book) string {
	var texts []string
	if n.failed > 0 {
		texts = append(texts, b.Say(words.NotifyFailed, "files", n.failed))
	}
	if n.stored > 0 {
		texts = append(texts, b.Say(words.NotifyStored, "files", n.stored))
	}
	if n.person {
		texts = append(texts, b.Say(words.NotifyPerson))
	}
	return strings.Join(texts, " ")
}

// harmful is what a notification may not hold: on Windows the toolkit puts its text into a script (FYNE §4.6).
var harmful = regexp.MustCompile(`[^\p{L}\p{N} .,:!()%–-]`)

func harmless(text string) string { return harmful.ReplaceAllString(text, " ") }
