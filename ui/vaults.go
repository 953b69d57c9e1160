package ui

import (
	"context"
	"slices"
	"strings"

	"longshore/ui/words"
	"longshore/uploader"
)

// What the first-start page and the settings ask for (connect.Services, settings.Services), carried out.

// Explain is an error's sentence for the user.
func (w *window) Explain(err error) string { return w.book.Explain(w.queue.Explain(err)) }

// CheckVault asks what answers at an address.
func (w *window) CheckVault(a Address, answer func(uploader.Capabilities, error)) {
	w.work.alone(func(ctx context.Context) {
		c, err := w.queue.CheckVault(ctx, a)
		w.bridge.Post(func() {
			w.pastProxy(proxyStops(err), func() { w.CheckVault(a, answer) }, func() { answer(c, err) })
		})
	})
}

// UseVault keeps a vault whose data origins the user has seen. Other files for the address of the current vault make
// it use them, so that what waits in its queue goes on; another address makes another vault.
func (w *window) UseVault(a Address, answer func(uploader.Vault, error)) {
	current, known := w.vault(w.current)
	refit := known && strings.TrimRight(a.Signer, "/") == current.SignerURL
	w.keep(func(ctx context.Context) (uploader.Vault, error) {
		if refit && a.Invite != nil { // what the file pins is looked at before anything is changed
			if _, err := w.queue.CheckVault(ctx, a); err != nil {
				return uploader.Vault{}, err
			}
		}
		if refit {
			if _, err := w.queue.SetVaultFiles(ctx, current.ID, a.TokenFile, a.CAFile); err != nil {
				return uploader.Vault{}, err
			}
		}
		return w.queue.AddVault(ctx, a)
	}, answer)
}

// keep adds a vault off the UI goroutine and makes new files go there, also those that were dropped before.
func (w *window) keep(add func(context.Context) (uploader.Vault, error), answer func(uploader.Vault, error)) {
	w.work.alone(func(ctx context.Context) {
		v, err := add(ctx)
		vaults, listed := w.queue.Vaults(ctx)
		w.bridge.Post(func() {
			if proxyStops(err) {
				w.pastProxy(true, func() { w.keep(add, answer) }, func() { answer(v, err) })
				return
			}
			if listed == nil {
				w.vaults = vaults
			}
			if err == nil {
				w.use(v.ID)
			}
			answer(v, err)
			w.choose()
			if err == nil {
				w.flush()
			}
		})
	})
}

// flush adds what was dropped before there was a vault. What waits for the vault of the command line is kept on (add),
// whichever other one is set up meanwhile.
func (w *window) flush() {
	paths := w.kept
	w.kept = nil
	w.add(paths)
}

// connectTo uses the vault that the command line names. One that is set up just so is used without asking it first, so
// that paths become durable also while it is away. Naming another is the user's consent to it, but not to other places
// than were pinned.
func (w *window) connectTo(a Address) {
	if v, ok := w.named(a); ok {
		w.connecting, w.current = false, v.ID
		w.choose()
		return
	}
	w.keep(func(ctx context.Context) (uploader.Vault, error) { return w.queue.AddVault(ctx, a) },
		func(_ uploader.Vault, err error) {
			w.connecting = false
			if err == nil {
				return
			}
			w.choose()
			if w.connect != nil {
				w.connect.Keep(len(w.kept))
				w.connect.Flow.Fail(err)
				return
			}
			w.fail(err)
			if n := len(w.kept); n > 0 { // they were for that vault, and for no other
				w.kept = nil
				w.tell(words.Saying(words.KeptNotAdded, "items", n))
			}
		})
}

// named finds the newest vault with this address and, where the command line names them, these files.
func (w *window) named(a Address) (uploader.Vault, bool) {
	for _, v := range slices.Backward(w.vaults) {
		if v.SignerURL == strings.TrimRight(a.Signer, "/") && (a.TokenFile == "" || a.TokenFile == v.TokenFile) &&
			(a.CAFile == "" || a.CAFile == v.CAFile) {
			return v, true
		}
	}
	return uploader.Vault{}, false
}

// Limits asks for the engine's bounds.
func (w *window) Limits(answer func(uploader.Limits)) {
	w.work.alone(func(ctx context.Context) {
		l, err := w.queue.Limits(ctx)
		w.bridge.Post(func() {
			if err != nil {
				w.fail(err)
				return
			}
			answer(l)
		})
	})
}

// Bandwidth asks for what all uploads together may use of the line.
func (w *window) Bandwidth(answer func(uploader.Bandwidth)) {
	w.work.alone(func(ctx context.Context) {
		b, err := w.queue.Bandwidth(ctx)
		w.bridge.Post(func() {
			if err != nil {
				w.fail(err)
				return
			}
			answer(b)
		})
	})
}

// SetBandwidth changes it, now and for the next start.
func (w *window) SetBandwidth(b uploader.Bandwidth) {
	w.order(func(ctx context.Context) error { return w.queue.SetBandwidth(ctx, b) })
}

// SetLimits changes them, now and for the next start.
func (w *window) SetLimits(l uploader.Limits) {
	w.order(func(ctx context.Context) error { return w.queue.SetLimits(ctx, l) })
}
