package words

import "longshore/uploader"

// Headline says how the queue as a whole stands: first what needs a person, then what goes on by itself.
func (b *Book) Headline(t uploader.Totals) string {
	doing := Doing(t)
	switch {
	case t.FilesFailed > 0:
		return join(b.Say(HeadFailed, "files", t.FilesFailed), b.rest(doing, t))
	case doing == HeadAsks && t.FilesPaused > t.FilesAsked:
		return join(b.Say(HeadAsks), b.Say(CountPaused, "files", t.FilesPaused-t.FilesAsked))
	}
	return b.Say(doing)
}

// rest says beside what failed how the others stand; "" if all of them are stored or stopped.
func (b *Book) rest(doing Key, t uploader.Totals) string {
	switch doing {
	case HeadSending, HeadScanning, HeadQueued:
		return b.Say(RestSending)
	case HeadWaiting:
		return b.Say(RestWaiting)
	case HeadAsks:
		return b.Say(RestAsks, "files", t.FilesAsked)
	case HeadPaused:
		return b.Say(CountPaused, "files", t.FilesPaused)
	}
	return ""
}

// Doing is what the queue as a whole does, but for what failed in it: HeadFailed only if there is nothing else.
func Doing(t uploader.Totals) Key {
	switch {
	case t.FilesActive > 0:
		return HeadSending
	case t.Scanning:
		return HeadScanning
	case t.FilesWaiting > 0:
		return HeadWaiting
	case t.FilesAsked > 0:
		return HeadAsks
	case t.FilesPaused > 0:
		return HeadPaused
	case t.Files > 0 && t.FilesDone == t.Files:
		return HeadStored
	case t.FilesFailed > 0 && t.FilesDone+t.FilesFailed == t.Files:
		return HeadFailed
	case t.Files > t.FilesDone:
		return HeadQueued
	}
	return HeadStopped
}

// Counts says how many files are in which state: "12 of 40 files stored · 2 waiting · 1 failed".
func (b *Book) Counts(t uploader.Totals) string {
	if t.Files == 0 {
		return ""
	}
	stored := b.Say(CountSome, "done", t.FilesDone, "files", t.Files)
	if t.FilesDone == t.Files {
		stored = b.Say(CountStored, "files", t.Files)
	}
	count := func(key Key, n int) string {
		if n == 0 {
			return ""
		}
		return b.Say(key, "files", n)
	}
	waiting := t.Files - t.FilesDone - t.FilesFailed - t.FilesActive - t.FilesPaused // for their turn, or for something
	return dots(stored, count(CountWaiting, max(waiting, 0)), count(CountAsked, t.FilesAsked),
		count(CountPaused, t.FilesPaused-t.FilesAsked), count(CountFailed, t.FilesFailed))
}
