package app

import (
	"context"
	"time"

	"longshore/uploader"
)

// Session is an open state folder. Its methods may be called from any goroutine. Errors are such that Explain has a
// sentence for each.
type Session interface {
	// Owner tells whether this process owns the folder: the engine runs here and ends with Close.
	Owner() bool
	// Notices are sentences for the user about the opening itself: a damaged journal, a slow file system, a log that
	// cannot be written. They stay the same while the session lives.
	Notices() []Notice

	// Vaults lists the configured vaults, oldest first.
	Vaults(ctx context.Context) ([]uploader.Vault, error)
	// CheckVault asks a signer what it is, for the page that shows where the bytes will go. It saves nothing.
	CheckVault(ctx context.Context, spec VaultSpec) (uploader.Capabilities, error)
	// AddVault contacts a signer, pins its data origins and saves it. The vault that is known for this address and
	// token file is used again, and returned also when it cannot be reached at the moment: uploads to it may queue.
	// A vault that is reached but cannot be used (wrong address, certificate, sign-in) is an error, and nothing is
	// saved. CodeWrongDest: a known vault now names other data origins than were pinned; Repin accepts them.
	AddVault(ctx context.Context, spec VaultSpec) (uploader.Vault, error)
	// SetVaultFiles changes the token and certificate files of a vault; "" leaves one as it is.
	SetVaultFiles(ctx context.Context, id uploader.VaultID, tokenFile, caFile string) (uploader.Vault, error)
	// EditVault changes what the user may say of a vault that is set up; it holds at once. CodeBadConfig for a name or a
	// proxy that cannot be.
	EditVault(ctx context.Context, id uploader.VaultID, e VaultEdit) (uploader.Vault, error)
	// TestVault tries the way to a vault step by step, and tells of each how it went. It saves and sends nothing.
	// An error means that there was nothing to try: the address or a file cannot be used. told, which may be nil, hears
	// of each step meanwhile, one call at a time: that it has begun (StepRunning), then how it went; only the last word on
	// a step counts. A session that is not the owner tells all of them at the end.
	TestVault(ctx context.Context, t VaultTest, told func(Step)) ([]Step, error)
	// ProxyNow tells how a vault is reached at the moment. It asks the system's settings, and nobody else.
	ProxyNow(ctx context.Context, id uploader.VaultID) (ProxyNow, error)
	// ProxyNeeds are the proxies that lately let nothing through for want of a name and a password, by address.
	ProxyNeeds(ctx context.Context) ([]ProxyNeed, error)
	// SetProxyLogin keeps a name and a password for a proxy, and tries again what waits for it; whether the proxy takes
	// them shows then. An error for which NoKeychain holds: the person may choose another store.
	SetProxyLogin(ctx context.Context, l ProxyLogin) error
	// RestoreVault puts a vault that is set up back to what it was: what a change was made for did not come about.
	RestoreVault(ctx context.Context, before uploader.Vault) error
	// RemoveVault forgets a vault that nothing in the queue needs; CodeBadConfig while something does.
	RemoveVault(ctx context.Context, id uploader.VaultID) error

	// SignIns tells for each vault, oldest first, who is signed in. It asks nobody but the keychain.
	SignIns(ctx context.Context) ([]SignIn, error)
	// BeginSignIn begins a sign-in to a vault with OIDC, in place of one that is under way, and says what the person has
	// to open. It goes on by itself until its end, FinishSignIn's, or the session's. An error for which NoKeychain
	// holds: the person may choose another store.
	BeginSignIn(ctx context.Context, r SignInRequest) (SignInStep, error)
	// FinishSignIn waits until the person has signed in; what waits for it then goes on. The end of ctx ends the sign-in.
	FinishSignIn(ctx context.Context, attempt string) (SignIn, error)
	// SignOut forgets a sign-in, here and as far as it can be reached at the provider. What is queued waits.
	SignOut(ctx context.Context, id uploader.VaultID) error

	// Add queues files and folders; it returns when they survive a power cut. known is what becomes of files that the
	// vault has already.
	Add(ctx context.Context, vault uploader.VaultID, paths []string, known uploader.Known) (uploader.Added, error)
	// Do carries out a verb; it returns when the change survives a power cut.
	Do(ctx context.Context, verb uploader.Verb, target uploader.Target) error
	// Remove is Do with the verb Remove, and can be taken back.
	Remove(ctx context.Context, t uploader.Target) (uploader.Removed, error)
	// Restore takes a Remove back and tells how many entries came back: none if it is too long ago.
	Restore(ctx context.Context, undo string) (entries int, err error)
	// Snapshot is the queue as this process last saw it: immutable, never nil, cheap.
	Snapshot() *uploader.Snapshot
	// Subscribe returns a channel that gets a signal after every change of Snapshot; signals nobody took are folded
	// into one. cancel ends it.
	Subscribe() (changed <-chan struct{}, cancel func())
	// History returns receipts, newest first.
	History(ctx context.Context, q uploader.HistoryQuery) ([]uploader.Receipt, error)
	// HistorySum tells how many receipts a query finds, and of how many bytes. It reads all of them: with a million that
	// takes seconds.
	HistorySum(ctx context.Context, q uploader.HistoryQuery) (uploader.HistorySum, error)
	// RemoveReceipts removes receipts and returns those that went, for RestoreReceipts to bring back. Receipts of what is
	// in the queue, or whose manifest is wanted, stay. After an error it returns what went until then.
	RemoveReceipts(ctx context.Context, marks []uploader.HistoryMark) ([]uploader.Receipt, error)
	// RestoreReceipts brings back what RemoveReceipts removed.
	RestoreReceipts(ctx context.Context, receipts []uploader.Receipt) error
	// Verify looks at the stored objects of at most MostLooks receipts, one answer for each in their order. What cannot be
	// told of one is in its answer. Nothing is kept of it.
	Verify(ctx context.Context, receipts []uploader.Receipt) ([]uploader.Verdict, error)
	// Keep is how long receipts are kept, as saved; for ever at first.
	Keep(ctx context.Context) (uploader.Keep, error)
	// SetKeep saves it; what is not to be kept goes in a while, and again each day.
	SetKeep(ctx context.Context, k uploader.Keep) error
	// Prune removes receipts now: those from before a moment (zero: none for their age) and those that are not among the
	// newest (0: none for their number). Receipts of what is in the queue, or whose manifest is wanted, stay.
	Prune(ctx context.Context, before time.Time, newest int) (removed int, err error)

	// Limits are the saved bounds of what is in flight.
	Limits(ctx context.Context) (uploader.Limits, error)
	// SetLimits saves bounds and makes them hold at once.
	SetLimits(ctx context.Context, l uploader.Limits) error

	// Bandwidth is what the user allows all uploads together to use of the line, as saved. What of it holds at the moment
	// is in the snapshot's totals.
	Bandwidth(ctx context.Context) (uploader.Bandwidth, error)
	// SetBandwidth saves it and makes it hold at once, also for what is on the wire.
	SetBandwidth(ctx context.Context, b uploader.Bandwidth) error

	// Behaviour is what the user wants of the program beside uploading.
	Behaviour(ctx context.Context) (Behaviour, error)
	// SetBehaviour saves it and makes it hold at once.
	SetBehaviour(ctx context.Context, b Behaviour) error

	// Raise brings the window of the owner to the front and gives it paths to add, among them connection files
	// (*.longshore). shown is false when the owner has no window; then nothing was done.
	Raise(ctx context.Context, paths []string) (shown bool, err error)
	// Raises brings the paths that other processes give to the window of this session; an empty list only raises it. nil for a session without a window.
	Raises() <-chan []string

	// HandedOver lists the unfinished entries that other processes handed to this one. It is empty for a session
	// that is not the owner.
	HandedOver() []uploader.EntryID

	// Ended is closed when the session can do no more: Close was called, the journal broke, or the owner has gone.
	Ended() <-chan struct{}
	// Err says why it ended: nil before that, and after Close.
	Err() error
	// Close stops the engine, if it runs here, and lets go of the folder. Everything is resumable.
	Close() error
}

// VaultSpec is what a user gives to reach a vault.
type VaultSpec struct {
	SignerURL string   // see remote.ParseBase
	TokenFile string   // "" for none, or for the one that is known for the address
	CAFile    string   // PEM; "" for the system's certificates, or for the one that is known
	Name      string   // "" for what the signer calls itself
	Seen      []string // the data origins the user has seen and accepted: others are refused; none: not asked
	Repin     bool     // the user has seen the data origins, and where to sign in, and accepts them in place of the pinned ones
	// SeenIssuer is where the user was shown that they will sign in: another is refused; "": not asked.
	SeenIssuer string
	CA         string // certificates in PEM, from a connection file; only where there is no CAFile
	Proxy      string // see ParseProxy; "" for the system's settings, or for what is known
	Pins       *Pins  // what a connection file says of the vault; nil without one
}

// Pins are what a vault must say of itself, because a connection file said so and the user agreed to it.
type Pins struct {
	DataOrigins []string // as uploader/remote.Origin has them
	SignIn      string   // uploader.SignInNone, SignInBearer or SignInOIDC
	Issuer      string   // with SignInOIDC
}

// VaultEdit is what changes of a vault; nil leaves it as it is.
type VaultEdit struct {
	Name  *string // what the user calls it; "" for what it calls itself
	Proxy *string // see ParseProxy
}
