package ui

import (
	"context"

	"longshore/ui/connect"
	"longshore/ui/settings"
	"longshore/ui/words"
	"longshore/uploader"
)

// apart takes connection files out of paths, and opens the last of them: they are never sent anywhere.
func (w *window) apart(paths []string) (rest []string) {
	file := ""
	for _, p := range paths {
		if w.desktop.IsConnection(p) {
			file = p
			continue
		}
		rest = append(rest, p)
	}
	if file != "" {
		w.openConnection(file)
	}
	return rest
}

// openConnection shows the page that asks for a vault with what the file says in its fields. The person checks it, and
// sees where their files would go, as if they had typed it.
func (w *window) openConnection(path string) {
	w.work.alone(func(ctx context.Context) {
		a, err := w.desktop.ReadConnection(ctx, path)
		w.bridge.Post(func() {
			switch {
			case err != nil:
				w.tell(words.Saying(words.BadConnection))
			case w.connect != nil:
				w.connect.Flow.Stop()
				w.connect = connect.NewPage(w, w.book, a, func(uploader.Vault) {})
				w.connect.Keep(len(w.kept))
				w.choose()
			default:
				w.once(askSettings, func(closed func()) {
					w.open(settings.New(w.win, w, w.book, uploader.Vault{SignerURL: a.Signer}, closed))
				})
			}
		})
	})
}
