package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"longshore/app"
	"longshore/uploader"
)

const (
	lineEvery   = 30 * time.Second // between lines of progress where there is no terminal
	maxFailures = 20               // failures that are printed one by one
)

// printer shows what Follow tells.
type printer struct {
	c        *cli
	json     *json.Encoder // nil for words
	failures int
	stored   int64                  // bytes of the files that are stored
	said     map[uploader.Code]bool // sentences of what was given up on
	waiting  uploader.Code
	trouble  uploader.Code
	late     uploader.Late
	known    bool // what the vault has already was told
	lastLine time.Time
	now      func() time.Time
	err      error // of the output
}

func newPrinter(c *cli, asJSON bool) *printer {
	p := &printer{c: c, said: make(map[uploader.Code]bool), now: time.Now}
	p.lastLine = p.now()
	if asJSON {
		p.json = json.NewEncoder(c.out)
		p.json.SetEscapeHTML(false)
	}
	return p
}

// file prints one file that has ended.
func (p *printer) file(f app.FileResult) {
	if p.json != nil {
		p.encode(f)
	}
	if f.State == uploader.Done {
		p.stored += f.Size
	}
	if f.Error == nil {
		return
	}
	if f.State == uploader.Waiting { // one reason for many files
		if !p.said[f.Error.Code] {
			p.said[f.Error.Code] = true
			p.c.say(f.Error.Sentence)
		}
		return
	}
	p.failures++
	if p.failures <= maxFailures {
		p.c.say(fmt.Sprintf("%s: %s", printable(f.Path), f.Error.Sentence))
		if f.Error.Detail != "" {
			p.c.say("  (" + printable(f.Error.Detail) + ")")
		}
	}
}

// left is a given path's line of --json about what of it is not sent; files that failed have lines of their own.
type left struct {
	Path    string `json:"path"`
	State   string `json:"state"`        // "left", which no file has
	LeftOut int32  `json:"leftOut"`      // the vault has them already
	Empty   int32  `json:"emptyFolders"` // of which nothing is stored
	Gone    int32  `json:"gone"`         // had gone before they could be read
}

// lefts prints the lines of what was followed.
func (p *printer) lefts(snap *uploader.Snapshot, ids []uploader.EntryID) {
	if p.json == nil {
		return
	}
	for _, e := range snap.Entries.All() {
		if e.LeftOut+e.Empty+e.Gone > 0 && slices.Contains(ids, e.ID) {
			p.encode(left{e.Path, "left", e.LeftOut, e.Empty, e.Gone})
		}
	}
}

// encode prints a line of --json.
func (p *printer) encode(line any) {
	p.c.clearLine()
	if err := p.json.Encode(line); err != nil && p.err == nil {
		p.err = err
		p.c.say("The output cannot be written: " + app.Explain(err).Detail)
	}
}

// progress shows how far it is: in one live line on a terminal, else now and then, and when what it waits for changes.
func (p *printer) progress(s app.Progress) {
	if s.Late != p.late && s.Late != "" {
		p.c.say(s.Late.Sentence(s.Deadline.Local()))
	}
	p.late = s.Late
	p.sayKnown(s)
	if p.c.width != nil {
		if s.Trouble != p.trouble && s.Trouble != "" {
			p.c.say(s.Trouble.Sentence())
		}
		p.trouble = s.Trouble
		p.c.showLine(progressText(s))
		return
	}
	now := p.now()
	waiting := s.Waiting
	if s.Active {
		waiting = ""
	}
	if s.Trouble != "" {
		waiting = s.Trouble
	}
	if waiting == p.waiting && now.Sub(p.lastLine) < lineEvery {
		return
	}
	news := waiting != p.waiting
	p.waiting, p.lastLine = waiting, now
	p.c.say(progressText(s))
	if news && waiting != "" {
		p.c.say(waiting.Sentence())
	}
}

// sayKnown tells once what the vault has already, when all folders are walked.
func (p *printer) sayKnown(s app.Progress) {
	if p.known || s.Scanning || s.Again+s.LeftOut+s.Asked+s.Empty+s.Gone == 0 {
		return
	}
	p.known = true
	p.c.say(fmt.Sprintf("Found: %s.", files(s.Files+s.LeftOut)))
	if s.Empty > 0 {
		p.c.say(fmt.Sprintf("Empty folders, of which nothing is stored: %d.", s.Empty))
	}
	if s.Gone > 0 {
		p.c.say(fmt.Sprintf("Gone before they could be read: %d.", s.Gone))
	}
	if s.LeftOut > 0 {
		p.c.say(fmt.Sprintf("Already in the vault, and left out: %s.", files(s.LeftOut)))
	}
	if s.Again > 0 {
		p.c.say(fmt.Sprintf("Already in the vault, and sent again: %s. With --skip-stored they are left out.", files(s.Again)))
	}
	if s.Asked > 0 {
		p.c.say(fmt.Sprintf("Already in the vault, and not sent before you say so: %s. "+
			"Leave them out with longshore-cli resume --skip-stored, or send them with --send-stored.", files(s.Asked)))
	}
}

func progressText(s app.Progress) string {
	parts := []string{percent(s.Sent, s.Bytes), fmt.Sprintf("%s of %s", size(s.Sent), size(s.Bytes))}
	if s.Rate > 0 && s.Active {
		parts = append(parts, size(int64(s.Rate))+"/s")
		if s.Left > 0 && !s.Scanning {
			parts = append(parts, duration(s.Left)+" left")
		}
	}
	parts = append(parts, fmt.Sprintf("%d/%s", s.Done, files(s.Files)))
	if s.Failed > 0 {
		parts = append(parts, fmt.Sprintf("%d failed", s.Failed))
	}
	switch {
	case s.Trouble != "":
		parts = append(parts, "held up: "+string(s.Trouble))
	case s.Scanning:
		parts = append(parts, "looking for files")
	case s.Waiting != "" && !s.Active:
		parts = append(parts, waitWord(s.Waiting))
	case s.Paused > 0 && !s.Active:
		parts = append(parts, "paused")
	}
	return strings.Join(parts, "  ")
}

// summary says how it ended.
func (p *printer) summary(s app.Progress) {
	if more := p.failures - maxFailures; more > 0 {
		p.c.say(fmt.Sprintf("… and %d more that failed.", more))
	}
	text := fmt.Sprintf("Stored: %s, %s.", files(s.Done), size(p.stored))
	switch {
	case s.Files+s.Cancelled == 0 && s.LeftOut > 0:
		text = "There was no new file to store."
	case s.Files+s.Cancelled == 0:
		text = "There was no file to store."
	}
	if n := s.Failed; n > 0 {
		text += fmt.Sprintf(" Failed: %s.", files(n))
	}
	if n := s.Cancelled; n > 0 {
		text += fmt.Sprintf(" Cancelled: %s.", files(n))
	}
	if n := s.LeftOut; n > 0 {
		text += fmt.Sprintf(" In the vault already: %s.", files(n))
	}
	if n := s.Files - s.Done - s.Failed; n > 0 {
		text += fmt.Sprintf(" Not finished: %s; go on with longshore-cli resume.", files(n))
	}
	p.c.say(text)
}

// showLine shows a line that is written again and again.
func (c *cli) showLine(text string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if r, w := []rune(text), c.width()-1; len(r) > w {
		text = string(r[:w])
	}
	fmt.Fprint(c.err, "\r\x1b[K"+text)
	c.shown = true
}

// clearLine makes room for other output.
func (c *cli) clearLine() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.wipe()
}

func (c *cli) wipe() {
	if c.shown {
		fmt.Fprint(c.err, "\r\x1b[K")
		c.shown = false
	}
}
