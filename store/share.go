package store

import (
	"strings"

	"longshore/uploader"
)

// sharer makes the strings of a loaded queue few and small. What a record decodes to are slices of one copy of it, which
// all of them keep alive; a queue of 100,000 files lives as long as the program, most of its words are the same in every
// record, and most of its paths are a part of another.
type sharer struct {
	entries map[uploader.EntryID]*uploader.Entry
	words   map[string]string
}

// mostWords bounds what is remembered: ids of batches, states, codes and mounts are few.
const mostWords = 4096

func newSharer(entries int) *sharer {
	return &sharer{entries: make(map[uploader.EntryID]*uploader.Entry, entries), words: map[string]string{}}
}

func word[T ~string](s *sharer, t *T) {
	if known, ok := s.words[string(*t)]; ok {
		*t = T(known)
		return
	}
	own := strings.Clone(string(*t))
	if len(s.words) < mostWords {
		s.words[own] = own
	}
	*t = T(own)
}

// tail gives t as a part of whole, if it is its end.
func tail(whole, t string) string {
	if strings.HasSuffix(whole, t) {
		return whole[len(whole)-len(t):]
	}
	return strings.Clone(t)
}

// entry is called for every entry before the first job, with where it stays.
func (s *sharer) entry(e *uploader.Entry) {
	e.ID = uploader.EntryID(strings.Clone(string(e.ID)))
	word(s, &e.Batch)
	e.Path = strings.Clone(e.Path)
	e.Name, e.Prefix = tail(e.Path, e.Name), tail(e.Path, e.Prefix)
	s.entries[e.ID] = e
}

func (s *sharer) job(j *uploader.Job) {
	j.ID = uploader.JobID(strings.Clone(string(j.ID)))
	word(s, &j.Batch)
	word(s, &j.Vault)
	word(s, &j.State)
	word(s, &j.Code)
	word(s, &j.Note)
	word(s, &j.Detail)
	word(s, &j.Fingerprint.Mount)
	j.Attempt = uploader.AttemptID(strings.Clone(string(j.Attempt)))
	if e := s.entries[j.Entry]; e != nil {
		j.Entry = e.ID
		j.Path = tail(e.Path, j.Path)
	} else {
		j.Entry = uploader.EntryID(strings.Clone(string(j.Entry)))
		j.Path = strings.Clone(j.Path)
	}
	j.RelPath = tail(j.Path, j.RelPath)
}
