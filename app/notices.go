package app

import (
	"strconv"
	"strings"

	"longshore/store"
)

// Notice is something about the opening that the user should know: sentences that follow one another.
type Notice []Problem

// String is the notice in English.
func (n Notice) String() string {
	texts := make([]string, len(n))
	for i, p := range n {
		texts[i] = p.Sentence
	}
	return strings.Join(texts, " ")
}

func notice(list ...saying) Notice {
	n := make(Notice, len(list))
	for i, s := range list {
		n[i] = Problem{Key: s.key, Args: s.args, Sentence: s.String()}
	}
	return n
}

// recovered says what became of a damaged journal.
func recovered(r *store.Recovery) Notice {
	head, lost := say("notes-damaged"), say("nothing-lost")
	if r.SetAside == "" {
		head = say("notes-gone")
	}
	switch {
	case r.Lost > 0 && r.Unknown:
		lost = say("lost-at-least", "files", strconv.Itoa(r.Lost))
	case r.Lost > 0:
		lost = say("lost", "files", strconv.Itoa(r.Lost))
	case r.Unknown:
		lost = say("lost-unknown")
	}
	list := []saying{head, say("back-in-queue", "files", strconv.Itoa(r.Jobs)), lost}
	if r.SetAside != "" {
		list = append(list, say("set-aside", "file", r.SetAside))
	}
	return notice(list...)
}
