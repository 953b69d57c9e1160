package words

// The program.
const (
	Program = "Longshore"
)

// The empty window.
const (
	DropTitle     = "Drop files and folders here"
	DropTo        = "They are stored in %s"
	DropNoVault   = "They are stored in your vault"
	BrowseFiles   = "Browse files"
	BrowseFolder  = "Browse folder"
	AddFiles      = "Add files"
	AddFolder     = "Add folder"
	PickFiles     = "Choose files to store"
	PickFolder    = "Choose a folder to store"
	PickTokenFile = "Choose the token file"
	PickCAFile    = "Choose the certificate file"
)

// The header.
const (
	PauseAll      = "Pause all"
	ResumeAll     = "Resume all"
	RetryFailed   = "Retry failed"
	ClearFinished = "Clear finished"
	Settings      = "Settings"

	HeadSending   = "Sending"
	HeadScanning  = "Looking through folders"
	HeadWaiting   = "Waiting"
	HeadPaused    = "Paused"
	HeadAttention = "Needs your attention"
	HeadStored    = "Everything is stored"
	HeadQueued    = "Starting"
	HeadStopped   = "Nothing to send"
)

// The buttons of a row, as their hints and menu lines say it.
const (
	Pause     = "Pause"
	Resume    = "Resume"
	Retry     = "Retry"
	MoveToTop = "Move to top"
	Stop      = "Stop"
	Remove    = "Remove from the list"
	Details   = "Details"

	HintPause     = "Pause (Space)"
	HintResume    = "Resume (Space)"
	HintRetry     = "Try again (Space)"
	HintMoveToTop = "Move to top (Ctrl+T)"
	HintRemove    = "Remove from the list (Delete)"
	HintDetails   = "Details (Enter)"
)

// The states of a row.
const (
	StateQueued       = "Waiting for its turn"
	StateCreating     = "Starting"
	StateSending      = "Sending"
	StateSendingPart  = "Sending part %d of %d"
	StateSendingFiles = "Sending, %s of %s stored"
	StateCompleting   = "Checking that everything arrived"
	StateScanning     = "Looking through the folder, %s so far"
	StateDone         = "Stored"
	StateDoneFiles    = "Stored, %s"
	StateDoneEmpty    = "Stored, the folder is empty"
	StatePaused       = "Paused"
	StateFailedSome   = "%s of %s could not be stored"
	StateFailedCount  = "%s failed"
	StateCancelled    = "Stopped. Choose Retry to send it after all."

	WaitNetwork   = "Waiting for the network"
	WaitDrive     = "Waiting for the drive"
	WaitSignIn    = "Waiting for you to sign in"
	WaitThrottled = "Waiting because the vault is busy"
	WaitMachine   = "Waiting for this computer"
	WaitServer    = "Waiting for the vault"
	WaitOther     = "Waiting"
)

// First start and settings.
const (
	ConnectTitle   = "Connect to your vault"
	ConnectIntro   = "Paste the address your administrator gave you. You do this once."
	ConnectCheck   = "Check the address"
	ConnectChecked = "Is this your vault?"
	ConnectUse     = "Use this vault"
	ConnectBack    = "Back"
	ConnectBusy    = "Asking the vault …"
	ConnectSignIn  = "Sign in with your browser"
	ConnectKept    = "%s will be added as soon as the vault is set up."

	FieldAddress     = "Address"
	FieldAddressHint = "The address of the signer, for example https://longshore.example.org"
	FieldToken       = "Token file (optional)"
	FieldTokenHint   = "The file with your personal token, if you were given one. Only its place is remembered."
	FieldCA          = "Certificate file (optional)"
	FieldCAHint      = "A CA certificate (PEM), if your vault uses its own. It is trusted for this vault alone."
	FieldBrowse      = "Browse"

	VaultName       = "Name"
	VaultAddress    = "Address"
	VaultBytes      = "Your files go to"
	VaultSignIn     = "You sign in at"
	VaultEncryption = "Encryption"
	VaultProof      = "Proof of arrival"
	EncryptionKMS   = "Yes, with a key the vault's owner controls (KMS)"
	EncryptionNone  = "No key of its own (the storage's default)"
	EncryptionOther = "Yes (%s)"
	ProofFull       = "Every byte is checked by storage (CRC64)"
	ProofParts      = "Every part is checked by storage (MD5)"
	ProofSize       = "This server cannot prove what it stored: sizes only"
	ToVault         = "To %s"
	ToVaultKMS      = "To %s · encrypted with the vault's key"

	SettingsVault     = "Vault"
	SettingsVaultHint = "New files go here. Files that are in the list already stay with the vault they were added for."
	SettingsSave      = "Check and save"
	SettingsSaved     = "Saved. New files go to %s."
	SettingsSpeed     = "How much at once"
	SettingsPerFile   = "Parts of one file"
	SettingsPerFileEx = "More helps one large file on a fast line. The default is 4."
	SettingsParts     = "Parts in all"
	SettingsPartsEx   = "All files together. Fewer leaves more of the line to others. The default is 8."
	SettingsSmall     = "Small files"
	SettingsSmallEx   = "Files of up to 1 MiB that are sent side by side. The default is 64."
	SettingsApplied   = "Changes here count at once."
	Close             = "Close"
	Cancel            = "Cancel"
)

// Signing in.
const (
	SignInTitle     = "Finish the sign-in in your browser"
	SignInBegin     = "Asking %s for its sign-in page …"
	SignInWaiting   = "The sign-in page of %s is open in your browser. When you have signed in there, Longshore goes on by itself. Longshore never sees your password."
	SignInNoBrowser = "Your browser could not be opened. Copy the link and open it on this computer."
	SignInCopy      = "Copy link"
	SignInCopied    = "Link copied"
	SignInOpen      = "Open again"
	SignInFailed    = "You are not signed in"
	SignInRetry     = "Try again"
	SignInFile      = "Keep it in a file instead"
	SignInFileHint  = "Without a keychain, your sign-in can be kept in a file that only you can read. Whoever can read your files can then sign in as you."
	SignInOver      = "You are not signed in to %s. What is queued for it waits, and goes on when you sign in."
	SignInAgain     = "Sign in"
	SignedInAs      = "Signed in as %s."
	SignedIn        = "Signed in."
	SignedOut       = "Not signed in."
	SignedInFile    = "The sign-in is kept in a file."
	SignedInAt      = "You sign in at %s."
	SignOut         = "Sign out"
	SettingsSignIn  = "Sign-in"
)

// Questions and notices.
const (
	QuitTitle    = "Quit Longshore?"
	QuitText     = "Uploads are running. They stop now and go on when you open Longshore again."
	QuitYes      = "Quit"
	QuitNo       = "Stay"
	RemoveTitle  = "Remove from the list?"
	RemoveText   = "%s is not stored yet. What was sent so far is thrown away."
	RemoveYes    = "Remove"
	RemoveNo     = "Keep"
	Dismiss      = "Dismiss"
	Busy         = "Longshore is still busy with what you asked before. Try again in a moment."
	NoPicker     = "This computer's file window cannot be opened. Drop files onto the window instead."
	AddedAgain   = "%s in the list already; going on with it."
	DetailName   = "Name"
	DetailPath   = "Place"
	DetailState  = "State"
	DetailSize   = "Size"
	DetailTech   = "For your administrator"
	DetailCode   = "Code"
	DetailVault  = "Vault"
	CopyDetails  = "Copy"
	UnknownVault = "a vault that is no longer set up"
)
