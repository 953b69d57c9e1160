package ui

import (
	"context"

	"longshore/ui/settings"
	"longshore/ui/words"
	"longshore/uploader"
)

// What the queue's page asks for (queue.Actions), carried out.

// Do hands a verb to the engine.
func (w *window) Do(verb uploader.Verb, target uploader.Target) {
	w.order(func(ctx context.Context) error { return w.queue.Do(ctx, verb, target) })
}

// order carries out an order off the UI goroutine and shows its effect at once.
func (w *window) order(f func(context.Context) error) {
	ok := w.work.order(func(ctx context.Context) {
		if err := f(ctx); err != nil {
			w.bridge.Post(func() { w.fail(err) })
			return
		}
		w.bridge.Now()
	})
	if !ok {
		w.tell(words.Saying(words.Busy))
	}
}

// add puts paths into the queue of the current vault, or keeps them until there is one.
func (w *window) add(paths []string) {
	if paths = w.apart(paths); len(paths) == 0 {
		return
	}
	if w.connecting || !w.has(w.current) {
		w.kept = append(w.kept, paths...)
		if w.connect != nil {
			w.connect.Keep(len(w.kept))
		}
		return
	}
	vault := w.current
	w.order(func(ctx context.Context) error {
		added, err := w.queue.Add(ctx, vault, localPaths(paths))
		if n := len(added.Resumed); n > 0 {
			w.bridge.Post(func() { w.tell(words.Saying(words.AddedAgain, "items", n)) })
		}
		return err
	})
}

// Remove takes an entry off the list. What is unfinished and has sent something is asked for first.
func (w *window) Remove(e *uploader.EntryRow) {
	target := uploader.Target{Entries: []uploader.EntryID{e.ID}}
	remove := func() { w.Do(uploader.Remove, target) }
	if e.State.Ended() || e.BytesSent == 0 && e.FilesDone == 0 {
		remove()
		return
	}
	w.once(askRemove, func(closed func()) {
		text := w.book.Say(words.RemoveText, "name", words.Name(e.Name))
		w.confirm(w.book.Say(words.RemoveTitle), text, w.book.Say(words.RemoveYes), w.book.Say(words.RemoveNo), closed, remove)
	})
}

// Settings opens the settings dialog.
func (w *window) Settings() {
	if w.connect != nil {
		return
	}
	w.once(askSettings, func(closed func()) {
		current, _ := w.vault(w.current)
		w.open(settings.New(w.win, w, w.book, current, closed))
	})
}

// ChooseVault makes new files go to another vault.
func (w *window) ChooseVault(id uploader.VaultID) {
	w.current = id
	w.choose()
}
