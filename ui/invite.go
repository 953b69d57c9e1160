package ui

import (
	"context"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/dialog"

	"longshore/ui/connect"
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
		w.openInvitation(file)
	}
	return rest
}

// openInvitation shows what a connection file says: on the first-start page, else in a dialog.
func (w *window) openInvitation(path string) {
	w.ReadInvitation(path, func(says connect.Invitation, err error) {
		switch {
		case err != nil && w.connect != nil:
			w.connect.Flow.Fail(err)
		case err != nil:
			w.fail(err)
		case w.connect != nil:
			w.connect.Flow.Ask(says)
		default:
			w.askInvitation(says)
		}
	})
}

func (w *window) askInvitation(says connect.Invitation) {
	w.once(askInvite, func(closed func()) {
		var d dialog.Dialog
		invite := connect.NewInvite(w, w.book, says, func() { d.Hide() }, func(v uploader.Vault) {
			d.Hide()
			w.tell(words.Saying(words.SettingsSaved, "vault", words.Name(v.Name)))
		})
		scroll := container.NewVScroll(container.NewPadded(invite.Box))
		d = dialog.NewCustomWithoutButtons(words.Program, scroll, w.win)
		d.SetOnClosed(func() {
			invite.Stop()
			closed()
		})
		size := w.win.Canvas().Size()
		d.Resize(fyne.NewSize(min(620, size.Width-40), min(560, size.Height-40)))
		w.open(d)
	})
}

// ReadInvitation reads a connection file (connect.Services).
func (w *window) ReadInvitation(path string, answer func(connect.Invitation, error)) {
	w.work.alone(func(ctx context.Context) {
		says, err := w.desktop.ReadConnection(ctx, path)
		w.bridge.Post(func() { answer(says, err) })
	})
}

// TestVault tries the way to a vault (connect.Services). Where a proxy stops it for want of a name and a password, the user
// is asked for them, and it is tried again.
func (w *window) TestVault(a Address, id uploader.VaultID, told func(connect.Step), answer func([]connect.Step, error)) {
	w.work.alone(func(ctx context.Context) {
		steps, err := w.queue.TestVault(ctx, a, id, func(s connect.Step) { w.bridge.Run(func() { told(s) }) })
		w.bridge.Post(func() {
			stopped := slices.ContainsFunc(steps, func(s connect.Step) bool { return s.Problem.Code == uploader.CodeProxySignIn })
			w.pastProxy(stopped, func() { w.TestVault(a, id, told, answer) }, func() { answer(steps, err) })
		})
	})
}

// Vaults are those that are set up (settings.Services).
func (w *window) Vaults() []uploader.Vault { return slices.Clone(w.vaults) }

// EditVault changes what the user says of a vault (settings.Services).
func (w *window) EditVault(id uploader.VaultID, name, proxy *string, answer func(error)) {
	w.changeVaults(answer, func(ctx context.Context) error {
		_, err := w.queue.EditVault(ctx, id, name, proxy)
		return err
	})
}

// RemoveVault asks, and forgets a vault (settings.Services). answer comes only if the user wants it.
func (w *window) RemoveVault(v uploader.Vault, answer func(error)) {
	w.once(askForget, func(closed func()) {
		text := w.book.Say(words.VaultRemoveText, "vault", words.Name(v.Name))
		w.confirm(w.book.Say(words.VaultRemoveTitle), text, w.book.Say(words.VaultRemove), w.book.Say(words.VaultKeep), closed, func() {
			w.changeVaults(answer, func(ctx context.Context) error { return w.queue.RemoveVault(ctx, v.ID) })
		})
	})
}

// changeVaults carries out a change and looks at the vaults again.
func (w *window) changeVaults(answer func(error), change func(context.Context) error) {
	w.work.alone(func(ctx context.Context) {
		err := change(ctx)
		vaults, listed := w.queue.Vaults(ctx)
		w.bridge.Post(func() {
			if listed == nil {
				w.vaults = vaults
			}
			answer(err)
			if len(w.vaults) == 0 && w.asking[askSettings] { // the first-start page has no settings
				w.settings.Hide()
			}
			w.choose()
		})
	})
}

// preferredVault is the preference's name. It is the choice that the foot of the window shows: losing it costs a click.
const preferredVault = "vault"

// use makes new files go to a vault, also after the next start.
func (w *window) use(id uploader.VaultID) {
	w.current = id
	w.app.Preferences().SetString(preferredVault, string(id))
}

// usual is the vault that new files go to at the start: the one chosen last, else the newest. There is one at least.
func (w *window) usual() uploader.VaultID {
	if id := uploader.VaultID(w.app.Preferences().String(preferredVault)); w.has(id) {
		return id
	}
	return w.vaults[len(w.vaults)-1].ID
}
