package ui

import (
	"context"
	"errors"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/dialog"

	"longshore/ui/connect"
	"longshore/ui/settings"
	"longshore/ui/words"
	"longshore/uploader"
)

// SignInStep is a sign-in that has begun.
type SignInStep struct {
	Attempt string // for FinishSignIn
	Link    string // the page to open on this computer
}

// SignInState is how the person stands with a vault.
type SignInState = settings.State

// signsIn tells whether one signs in to a vault in the browser.
func signsIn(v uploader.Vault) bool {
	return v.SignIn == uploader.SignInOIDC && v.TokenFile == ""
}

// SignIn keeps a vault, signs in to it, and makes new files go there (connect.Services). The vault is shown only when
// that is done.
func (w *window) SignIn(a Address, opened func(string, bool), answer func(uploader.Vault, error)) (stop func()) {
	return w.signIn(a, opened, func(v uploader.Vault, vaults []uploader.Vault, err error) {
		if err != nil {
			answer(v, err)
			return
		}
		w.vaults = vaults
		w.use(v.ID)
		answer(v, nil)
		w.choose()
		w.flush()
		w.askWho()
	})
}

// signIn does it off the UI goroutine. answer and opened are called on it.
func (w *window) signIn(a Address, opened func(string, bool), answer func(uploader.Vault, []uploader.Vault, error)) (stop func()) {
	ctx, cancel := context.WithCancel(w.work.ctx)
	end, gaveUp := cancel, false // belong to the UI goroutine
	w.work.alone(func(context.Context) {
		defer cancel()
		before, listed := w.queue.Vaults(ctx)
		v, err := w.queue.AddVault(ctx, a)
		if err == nil && listed == nil {
			if err = w.throughBrowser(ctx, v.ID, a.InFile, opened); err != nil {
				err = errors.Join(err, w.takeBack(ctx, v.ID, before))
			}
		} else if err == nil {
			err = listed
		}
		var vaults []uploader.Vault
		if err == nil {
			vaults, err = w.queue.Vaults(ctx)
		}
		w.bridge.Post(func() {
			w.pastProxy(proxyStops(err) && !gaveUp, func() {
				if !gaveUp {
					end = w.signIn(a, opened, answer)
				}
			}, func() { answer(v, vaults, err) })
		})
	})
	return func() {
		gaveUp = true
		end()
	}
}

// takeBack undoes what was done for a sign-in that came to nothing. A vault that was known is what it was before: its
// proxy, certificates and places for bytes were changed for the sign-in. A new one is forgotten: who gives up adding a
// vault does not expect to find it in the list at the next start.
func (w *window) takeBack(ctx context.Context, id uploader.VaultID, before []uploader.Vault) error {
	i := slices.IndexFunc(before, func(v uploader.Vault) bool { return v.ID == id })
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastOrders) // it may have been given up
	defer cancel()
	if i < 0 {
		return w.queue.RemoveVault(ctx, id)
	}
	return w.queue.RestoreVault(ctx, before[i])
}

func (w *window) throughBrowser(ctx context.Context, id uploader.VaultID, inFile bool, opened func(string, bool)) error {
	step, err := w.queue.BeginSignIn(ctx, id, inFile)
	if err != nil {
		return err
	}
	started := w.queue.OpenPage(ctx, step.Link) == nil
	w.bridge.Post(func() { opened(step.Link, started) })
	return w.queue.FinishSignIn(ctx, step.Attempt)
}

// OpenPage opens a page of a sign-in once more.
func (w *window) OpenPage(link string) {
	w.work.alone(func(ctx context.Context) {
		if w.queue.OpenPage(ctx, link) != nil {
			w.bridge.Post(func() { w.tell(words.Saying(words.SignInNoBrowser)) })
		}
	})
}

// Copy puts a text on the clipboard.
func (w *window) Copy(text string) { w.app.Clipboard().SetContent(text) }

// NoKeychain tells whether keeping the sign-in in a file would mend an error.
func (w *window) NoKeychain(err error) bool { return w.queue.NoKeychain(err) }

// SignInTo opens the dialog that signs in to a vault that is set up.
func (w *window) SignInTo(id uploader.VaultID) { w.signInThen(id, w.askWho) }

// SignInThen does the same for the settings, which are told how it stands then.
func (w *window) SignInThen(id uploader.VaultID, answer func(SignInState)) {
	w.signInThen(id, func() { w.SignInState(id, answer) })
}

func (w *window) signInThen(id uploader.VaultID, then func()) {
	v, ok := w.vault(id)
	if !ok || !signsIn(v) {
		return
	}
	w.once(askSignIn, func(closed func()) {
		var d dialog.Dialog
		a := Address{Signer: v.SignerURL, CAFile: v.CAFile, SeenIssuer: v.OIDC.Issuer}
		pane := connect.NewPane(paneServices{w}, w.book, a, func() { d.Hide() }, func(uploader.Vault) { d.Hide() })
		d = dialog.NewCustomWithoutButtons(w.book.Say(words.SignInAgain), container.NewPadded(pane.Box), w.win)
		d.SetOnClosed(func() {
			pane.Stop()
			closed()
			then()
		})
		d.Resize(fyne.NewSize(min(560, w.win.Canvas().Size().Width-40), 0))
		w.open(d)
		pane.Begin()
	})
}

// paneServices are the window's, but for a sign-in that leaves where new files go as it is.
type paneServices struct{ *window }

// SignIn signs in to a vault that is set up.
func (p paneServices) SignIn(a Address, opened func(string, bool), answer func(uploader.Vault, error)) (stop func()) {
	return p.signIn(a, opened, func(v uploader.Vault, vaults []uploader.Vault, err error) {
		if err == nil {
			p.vaults = vaults
		}
		answer(v, err)
	})
}

// SignOut forgets a sign-in and says how it stands then.
func (w *window) SignOut(id uploader.VaultID, answer func(SignInState)) {
	w.work.alone(func(ctx context.Context) {
		err := w.queue.SignOut(ctx, id)
		w.bridge.Post(func() {
			w.fail(err)
			w.SignInState(id, answer)
		})
	})
}

// SignInState tells how the person stands with a vault.
func (w *window) SignInState(id uploader.VaultID, answer func(SignInState)) {
	w.who(func(states []SignInState) {
		for _, s := range states {
			if s.Vault == id {
				answer(s)
			}
		}
	})
}

// askWho looks again who is signed in.
func (w *window) askWho() { w.who(func([]SignInState) {}) }

func (w *window) who(answer func([]SignInState)) {
	w.askingWho = true
	w.work.alone(func(ctx context.Context) {
		states, err := w.queue.SignIns(ctx)
		w.bridge.Post(func() {
			w.askingWho = false
			if err != nil {
				w.fail(err)
				return
			}
			w.signedOut = make(map[uploader.VaultID]bool, len(states))
			for _, s := range states {
				w.signedOut[s.Vault] = !s.SignedIn
			}
			w.showMissing(false)
			answer(states)
		})
	})
}

// showMissing shows the vault that nobody is signed in to and that matters now: one that something in the queue waits
// for, else the one that new files go to. What waits is tried again now and then, and does not wait for that moment: a
// vault that was shown stays until its sign-in was looked at, which look asks for.
func (w *window) showMissing(look bool) {
	missing := w.waitedFor()
	switch {
	case missing.ID != "":
		w.signedOut[missing.ID] = true
	case w.signedOut[w.missing] && w.has(w.missing):
		missing, _ = w.vault(w.missing)
		if look && !w.askingWho {
			w.askWho()
		}
	default:
		if v, ok := w.vault(w.current); ok && signsIn(v) && w.signedOut[v.ID] {
			missing = v
		}
	}
	if missing.ID != w.missing {
		w.missing = missing.ID
		w.page.Missing(missing)
	}
}

// waitedFor is the first vault in the queue whose files wait for a sign-in.
func (w *window) waitedFor() uploader.Vault {
	if w.last == nil || w.last.Totals.FilesWaiting == 0 {
		return uploader.Vault{}
	}
	for _, e := range w.last.Entries.All() {
		if e.State != uploader.Waiting || e.Reason != uploader.WaitSignIn {
			continue
		}
		if v, ok := w.vault(e.Vault); ok && signsIn(v) {
			return v
		}
	}
	return uploader.Vault{}
}
