package ui

import (
	"cmp"
	"context"
	"slices"

	"longshore/ui/queue"
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
		local := localPaths(paths)
		slices.SortStableFunc(local, uploader.CompareNames) // a file manager hands them over in no order
		added, err := w.queue.Add(ctx, vault, local, uploader.KnownAsk)
		if n := len(added.Resumed); n > 0 {
			w.bridge.Post(func() { w.tell(words.Saying(words.AddedAgain, "items", n)) })
		}
		return err
	})
}

// Remove takes entries off the list, and single files off theirs. When some are unfinished and have sent something, one question comes first.
func (w *window) Remove(rows []*uploader.EntryRow, t uploader.Target) {
	lost, first := 0, ""
	for _, e := range rows {
		if !e.State.Ended() && (e.BytesSent > 0 || e.FilesDone > 0) {
			lost, first = lost+1, cmp.Or(first, w.book.Title(e))
		}
	}
	if lost == 0 {
		w.remove(t)
		return
	}
	title, text := w.book.Say(words.RemoveTitle), w.book.Say(words.RemoveText, "name", first)
	if len(rows) > 1 {
		title, text = w.book.Say(words.RemoveMany, "items", len(rows)), w.book.Say(words.RemoveLost, "items", lost)
	}
	w.once(askRemove, func(closed func()) {
		w.confirm(title, text, w.book.Say(words.RemoveYes), w.book.Say(words.RemoveNo), closed, func() { w.remove(t) })
	})
}

// remove takes them off, and offers to bring back what was removed before it was stored: it was the user's
// choice once, and may have been a slip of the finger. What that is, the engine says: it may be another than when the
// question was asked. What the user had stopped is not offered.
func (w *window) remove(t uploader.Target) {
	w.order(func(ctx context.Context) error {
		removed, err := w.queue.Remove(ctx, t)
		if err != nil || removed.Undo == "" {
			return err
		}
		w.bridge.Post(func() {
			w.page.Tell(queue.Notice{
				Says: words.Saying(words.Removed, "items", removed.Unfinished), Undo: func() { w.restore(removed.Undo) },
			})
		})
		return nil
	})
}

// restore takes a removal back.
func (w *window) restore(undo string) {
	w.order(func(ctx context.Context) error {
		n, err := w.queue.Restore(ctx, undo)
		if err == nil && n == 0 {
			w.bridge.Post(func() { w.tell(words.Saying(words.UndoOver)) })
		}
		return err
	})
}

// Aside runs work beside everything else, and what it returns on the UI goroutine. Before there is a bridge, it is done
// at once.
func (w *window) Aside(work func() (then func())) {
	if w.bridge == nil {
		work()()
		return
	}
	w.work.alone(func(context.Context) { w.bridge.Run(work()) })
}

// Settings opens the settings dialog.
func (w *window) Settings() {
	if w.connect != nil {
		return
	}
	w.once(askSettings, func(closed func()) {
		current, _ := w.vault(w.current)
		d, long := settings.New(w.win, w, w.book, current, closed)
		w.settings = d
		w.openLong(d, long)
	})
}

// ChooseVault makes new files go to another vault.
func (w *window) ChooseVault(id uploader.VaultID) {
	w.use(id)
	w.choose()
}
