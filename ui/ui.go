// Package ui is the window: it shows the engine's snapshots and hands the user's wishes on. It and main alone import
// Fyne.
//
// It must not know how the engine, the journal or the signer work, nor how they are put together (app does that): it
// declares the small interfaces it needs, and main hands it what implements them. Everything that could take time
// (disk, network, journal) is done off the toolkit's goroutine, and every answer comes back through ui/bridge.
package ui

import (
	"context"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/app"
	"fyne.io/fyne/v2/lang"

	"longshore/assets"
	"longshore/ui/bridge"
	"longshore/ui/connect"
	"longshore/ui/theme"
	"longshore/ui/words"
	"longshore/uploader"
)

// Address is what a user knows of a vault.
type Address = connect.Address

// Queue is the engine with its vaults and settings. Methods with a context may take long and are called off the UI
// goroutine; the others must not block.
type Queue interface {
	bridge.Source
	Past
	// Add puts files and folders into the queue; nil means they are durable.
	Add(ctx context.Context, vault uploader.VaultID, paths []string, known uploader.Known) (uploader.Added, error)
	Do(ctx context.Context, verb uploader.Verb, target uploader.Target) error
	// Remove takes entries off the queue, and tells what Restore takes to bring back those that were unfinished.
	Remove(ctx context.Context, t uploader.Target) (uploader.Removed, error)
	// Restore takes a Remove back; none come back if it is too long ago.
	Restore(ctx context.Context, undo string) (entries int, err error)
	Vaults(ctx context.Context) ([]uploader.Vault, error)
	// CheckVault asks what answers at an address. Nothing is kept.
	CheckVault(ctx context.Context, a Address) (uploader.Capabilities, error)
	// AddVault contacts a vault, pins where it wants the bytes to go, and keeps it. With a.Seen it must want just these
	// places, and others than were pinned before are no error.
	AddVault(ctx context.Context, a Address) (uploader.Vault, error)
	// SetVaultFiles gives a vault other token and certificate files; "" leaves one as it is.
	SetVaultFiles(ctx context.Context, id uploader.VaultID, tokenFile, caFile string) (uploader.Vault, error)
	// EditVault changes what the user says of a vault, at once; nil leaves it as it is.
	EditVault(ctx context.Context, id uploader.VaultID, name, proxy *string) (uploader.Vault, error)
	// RestoreVault puts a vault back to what it was before it was added anew.
	RestoreVault(ctx context.Context, before uploader.Vault) error
	// RemoveVault forgets a vault that nothing in the queue needs.
	RemoveVault(ctx context.Context, id uploader.VaultID) error
	// TestVault tries the way to a vault: to the one set up under id, else to a. Nothing is kept.
	// told hears of each step meanwhile; only the last word on a step counts.
	TestVault(ctx context.Context, a Address, id uploader.VaultID, told func(connect.Step)) ([]connect.Step, error)
	// ProxyNow tells how a vault is reached at the moment. It asks the system's settings, and nobody else.
	ProxyNow(ctx context.Context, id uploader.VaultID) (ProxyNow, error)
	// ProxyNeeds are the proxies that lately let nothing through for want of a name and a password.
	ProxyNeeds(ctx context.Context) ([]ProxyNeed, error)
	// SetProxyLogin keeps a name and a password for a proxy, and tries again what waits for it.
	SetProxyLogin(ctx context.Context, l ProxyLogin) error
	// SignIns tells how the person stands with each vault. It asks the keychain, and nobody else.
	SignIns(ctx context.Context) ([]SignInState, error)
	// BeginSignIn begins a sign-in in the browser of this computer. inFile keeps it in a file instead of the keychain.
	BeginSignIn(ctx context.Context, id uploader.VaultID, inFile bool) (SignInStep, error)
	// FinishSignIn waits for its end; the end of ctx gives it up.
	FinishSignIn(ctx context.Context, attempt string) error
	SignOut(ctx context.Context, id uploader.VaultID) error
	// OpenPage opens a page in the person's browser.
	OpenPage(ctx context.Context, link string) error
	// NoKeychain tells whether keeping the sign-in in a file would mend an error.
	NoKeychain(err error) bool
	Limits(ctx context.Context) (uploader.Limits, error)
	SetLimits(ctx context.Context, l uploader.Limits) error
	Bandwidth(ctx context.Context) (uploader.Bandwidth, error)
	SetBandwidth(ctx context.Context, b uploader.Bandwidth) error
	// Notices are about the opening, for the user to read, each of some sentences. They stay the same.
	Notices() [][]words.Problem
	// Explain tells what an error is to the user.
	Explain(err error) words.Problem
	// Ended is closed when the queue can do no more; Err then says why.
	Ended() <-chan struct{}
	Err() error
}

// Picker opens the system's own file windows. Calls block until the user has chosen; no paths and no error mean that
// they did not choose. An error means that there is no such window here, and the toolkit's own is used.
type Picker interface {
	Files(ctx context.Context, title string) ([]string, error)
	Folders(ctx context.Context, title string) ([]string, error)
	// Save lets the user name a new file; name is what it may be called. "" and no error: they did not.
	Save(ctx context.Context, title, name string) (string, error)
}

// Options is what a window is made of.
type Options struct {
	ID      string // of the program, reverse DNS
	Version string
	Queue   Queue
	Picker  Picker
	Desktop Desktop
	Hidden  bool     // no window at first: the tray, or another start of the program, shows it
	Crashed bool     // the last run did: offer a support bundle
	Paths   []string // to add at the start
	Connect *Address // a vault named on the command line: checked and used without a question; nil for none
}

// Run shows the window and returns when it was closed, with all its goroutines ended. It must be called on the main
// goroutine. The engine is to be stopped after it.
func Run(o Options) {
	a, own := newApp(o.ID, o.Version)
	w := newWindow(a, o, lang.SystemLocale().String())
	w.ownScale = own
	_ = teach(w.book) // its own menus are in the system's language then
	w.start(fyne.Do)
	w.work.alone(w.obey)
	w.expose()
	if !o.Hidden {
		w.win.Show()
		w.bridge.Post(w.takePlace) // the system's window comes with the loop
	}
	last := unhooked(w.app)
	w.app.Run()
	last()
	w.stop()
}

// newApp makes the toolkit's program, as the user wants it to look; own is its scale without their choice of a text size.
func newApp(id, version string) (a fyne.App, own float64) {
	icon := fyne.NewStaticResource("longshore.png", assets.Icon())
	app.SetMetadata(fyne.AppMetadata{ID: id, Name: words.Program, Version: version, Icon: icon})
	a = app.NewWithID(id)
	a.Settings().SetTheme(theme.New(chosenLook(a)))
	a.SetIcon(icon)
	own = ownScale(a)
	scaleTo(own, chosenTextSize(a))
	return a, own
}
