package words

// Key names one sentence of the window. What it says, in each language, is in assets/translations under this name.
type Key string

// Program is the name of the program, the same in every language.
const Program = "Longshore"

// The empty window.
const (
	DropTitle     Key = "drop.title"
	DropTo        Key = "drop.to"
	DropNoVault   Key = "drop.no-vault"
	BrowseFiles   Key = "drop.browse-files"
	BrowseFolder  Key = "drop.browse-folder"
	AddFiles      Key = "drop.add-files"
	AddFolder     Key = "drop.add-folder"
	PickFiles     Key = "pick.files"
	PickFolder    Key = "pick.folder"
	PickTokenFile Key = "pick.token-file"
	PickCAFile    Key = "pick.ca-file"
)

// The header.
const (
	PauseAll      Key = "head.pause-all"
	ResumeAll     Key = "head.resume-all"
	RetryFailed   Key = "head.retry-failed"
	ClearFinished Key = "head.clear-finished"
	Settings      Key = "settings.title"

	GraphHint Key = "head.graph"

	HeadSending  Key = "head.sending"
	HeadScanning Key = "head.scanning"
	HeadWaiting  Key = "head.waiting"
	HeadPaused   Key = "head.paused"
	HeadFailed   Key = "head.failed"
	RestSending  Key = "head.rest-sending"
	RestWaiting  Key = "head.rest-waiting"
	RestAsks     Key = "head.rest-asks"
	HeadStored   Key = "head.stored"
	HeadQueued   Key = "head.queued"
	HeadStopped  Key = "head.stopped"

	Limited      Key = "head.limited"
	LimitedUntil Key = "head.limited-until"
	Halted       Key = "head.halted"
	HaltedUntil  Key = "head.halted-until"
)

// The buttons of a row, as their hints and menu lines say it.
const (
	Pause     Key = "row.pause"
	Resume    Key = "row.resume"
	Retry     Key = "row.retry"
	MoveToTop Key = "row.move-to-top"
	Stop      Key = "row.stop"
	Remove    Key = "row.remove"
	Details   Key = "details.title"
	MoveUp    Key = "row.move-up"
	MoveDown  Key = "row.move-down"
	Open      Key = "row.open"
	Fold      Key = "row.fold"

	HintMoveUp    Key = "hint.move-up"
	HintMoveDown  Key = "hint.move-down"
	HintOpen      Key = "hint.open"
	HintClose     Key = "hint.close"
	HintClear     Key = "hint.clear-selection"
	HintPause     Key = "hint.pause"
	HintResume    Key = "hint.resume"
	HintRetry     Key = "hint.retry"
	HintMoveToTop Key = "hint.move-to-top"
	HintRemove    Key = "hint.remove"
	HintDetails   Key = "hint.details"
)

// What is shown of the queue, and what is selected of it.
const (
	FilterAll     Key = "filter.all"
	FilterActive  Key = "filter.active"
	FilterWaiting Key = "filter.waiting"
	FilterFailed  Key = "filter.failed"
	FilterDone    Key = "filter.done"
	Search        Key = "search.hint"
	NothingFits   Key = "search.nothing"
	ShowAll       Key = "search.show-all"
	Clipped       Key = "search.clipped"

	PickedCount  Key = "selected.count"
	PickedRemove Key = "selected.remove"
)

// What a row asks when its file changed on disk.
const (
	ChangedFile  Key = "changed.file"
	ChangedFiles Key = "changed.files"
	ChangedSend  Key = "changed.send"
	ChangedLeave Key = "changed.leave"
)

// First start and settings.
const (
	ConnectTitle   Key = "connect.title"
	ConnectIntro   Key = "connect.intro"
	ConnectCheck   Key = "connect.check"
	ConnectChecked Key = "connect.checked"
	ConnectUse     Key = "connect.use"
	ConnectBack    Key = "connect.back"
	ConnectBusy    Key = "connect.busy"
	ConnectSignIn  Key = "connect.sign-in"
	ConnectKept    Key = "connect.kept"
	KeptNotAdded   Key = "connect.not-added"

	FieldAddress     Key = "field.address"
	FieldAddressHint Key = "field.address-hint"
	FieldToken       Key = "field.token"
	FieldTokenHint   Key = "field.token-hint"
	FieldCA          Key = "field.ca"
	FieldCAHint      Key = "field.ca-hint"
	FieldBrowse      Key = "field.browse"

	VaultName       Key = "vault.name"
	VaultAddress    Key = "vault.address"
	VaultBytes      Key = "vault.bytes"
	VaultSignIn     Key = "vault.sign-in"
	VaultEncryption Key = "vault.encryption"
	VaultProof      Key = "vault.proof"
	EncryptionKMS   Key = "vault.encryption-kms"
	EncryptionNone  Key = "vault.encryption-none"
	EncryptionOther Key = "vault.encryption-other"
	ProofFull       Key = "vault.proof-full"
	ProofParts      Key = "vault.proof-parts"
	ProofSize       Key = "vault.proof-size"
	ToVault         Key = "foot.to-vault"
	ToVaultKMS      Key = "foot.to-vault-kms"

	SettingsVault     Key = "settings.vault"
	SettingsVaultHint Key = "settings.vault-hint"
	SettingsSave      Key = "settings.save"
	SettingsSaved     Key = "settings.saved"
	SettingsSpeed     Key = "settings.speed"
	SettingsPerFile   Key = "settings.per-file"
	SettingsPerFileEx Key = "settings.per-file-ex"
	SettingsParts     Key = "settings.parts"
	SettingsPartsEx   Key = "settings.parts-ex"
	SettingsSmall     Key = "settings.small"
	SettingsSmallEx   Key = "settings.small-ex"
	SettingsAuto      Key = "settings.auto"
	SettingsLine      Key = "settings.line"
	SettingsLimit     Key = "settings.limit"
	SettingsLimitEx   Key = "settings.limit-ex"
	SettingsTable     Key = "settings.timetable"
	SettingsTableEx   Key = "settings.timetable-ex"
	SettingsApplied   Key = "settings.applied"
	Close             Key = "button.close"
	Cancel            Key = "button.cancel"
)

// Signing in.
const (
	SignInTitle     Key = "sign-in.title"
	SignInBegin     Key = "sign-in.begin"
	SignInWaiting   Key = "sign-in.waiting"
	SignInNoBrowser Key = "sign-in.no-browser"
	SignInCopy      Key = "sign-in.copy"
	SignInCopied    Key = "sign-in.copied"
	SignInOpen      Key = "sign-in.open"
	SignInFailed    Key = "sign-in.failed"
	SignInRetry     Key = "sign-in.retry"
	SignInFile      Key = "sign-in.file"
	SignInFileHint  Key = "sign-in.file-hint"
	SignInOver      Key = "sign-in.over"
	SignInAgain     Key = "sign-in.again"
	SignedInAs      Key = "sign-in.signed-in-as"
	SignedIn        Key = "sign-in.signed-in"
	SignedOut       Key = "sign-in.signed-out"
	SignedInFile    Key = "sign-in.signed-in-file"
	SignedInAt      Key = "sign-in.signed-in-at"
	SignOut         Key = "sign-in.sign-out"
	SettingsSignIn  Key = "settings.sign-in"
)

// Questions and notices.
const (
	QuitTitle    Key = "quit.title"
	QuitText     Key = "quit.text"
	QuitYes      Key = "quit.yes"
	QuitNo       Key = "quit.no"
	RemoveTitle  Key = "remove.title"
	RemoveText   Key = "remove.text"
	RemoveMany   Key = "remove.many-title"
	RemoveLost   Key = "remove.many-text"
	Removed      Key = "notice.removed"
	Undo         Key = "button.undo"
	DetailTime   Key = "details.time"
	DetailNumber Key = "details.number"
	DriveAway    Key = "notice.drive-away"
	RemoveYes    Key = "remove.yes"
	RemoveNo     Key = "remove.no"
	Dismiss      Key = "button.dismiss"
	Busy         Key = "notice.busy"
	NoPicker     Key = "notice.no-picker"
	AddedAgain   Key = "notice.added-again"
	DetailName   Key = "details.name"
	DetailPath   Key = "details.path"
	DetailState  Key = "details.state"
	DetailSize   Key = "details.size"
	DetailTech   Key = "details.tech"
	DetailCode   Key = "details.code"
	DetailVault  Key = "details.vault"
	CopyDetails  Key = "details.copy"
	UnknownVault Key = "notice.unknown-vault"
	NamesStored  Key = "notice.names-stored" // names look like patients', and this vault stores names

	DetailStudy     Key = "details.study"
	StudyImages     Key = "study.images"     // of a kind that they do not say
	DetailManifest  Key = "details.manifest" // the object in the vault that lists all of a drop
	ManifestWanted  Key = "details.manifest-wanted"
	ManifestRefused Key = "details.manifest-refused"
)

// Sizes, speeds, times and counts.
const (
	Sizes       Key = "form.sizes" // the units, bytes first, each a thousand of the one before
	PerSecond   Key = "form.per-second"
	SentOf      Key = "form.sent-of"
	When        Key = "form.when"     // a day of the near future with its time
	WhenUS      Key = "form.when-us"  // the same where the month comes first and the day has twice twelve hours
	Day         Key = "form.day"      // of any year
	DayUS       Key = "form.day-us"   // the same where the month comes first
	Weekdays    Key = "form.weekdays" // Sunday first
	Months      Key = "form.months"   // January first
	FileCount   Key = "form.files"
	LeftSoon    Key = "left.soon"
	LeftSeconds Key = "left.seconds"
	LeftMinutes Key = "left.minutes"
	LeftHours   Key = "left.hours"
	LeftDays    Key = "left.days"
	LeftLong    Key = "left.long"

	CountStored  Key = "count.stored"
	CountSome    Key = "count.some"
	CountWaiting Key = "count.waiting"
	CountPaused  Key = "count.paused"
	CountAsked   Key = "count.asked"
	CountFailed  Key = "count.failed"
)

// What the settings say of the language.
const (
	SettingsLanguage       Key = "settings.language"
	SettingsLanguageEx     Key = "settings.language-ex"
	SettingsLanguageSystem Key = "settings.language-system"
	SettingsLook           Key = "settings.look"
	SettingsLookEx         Key = "settings.look-ex"
	SettingsTextSize       Key = "settings.text-size"
	SettingsTextSizeEx     Key = "settings.text-size-ex"
	LookSystem             Key = "look.system"
	LookLight              Key = "look.light"
	LookDark               Key = "look.dark"
	LookContrast           Key = "look.contrast"
)

// Why an upload may not make its vault's deadline.
const (
	LateSlow  Key = "late.slow"
	LateStill Key = "late.still"
	LateOver  Key = "late.over"
)

// Living on a desktop: tray, closing, notifications, help.
const (
	TrayOpen  Key = "tray.open"
	TrayQuit  Key = "tray.quit"
	CloseAsk  Key = "close.title"
	CloseText Key = "close.text"
	CloseTray Key = "close.tray"
	CloseQuit Key = "close.quit"

	NotifyStored Key = "notify.stored"
	NotifyFailed Key = "notify.failed"
	NotifyPerson Key = "notify.person"

	ShowInFolder Key = "details.show-in-folder"
	NoFolder     Key = "details.no-folder"

	CrashTitle     Key = "support.crash-title"
	CrashText      Key = "support.crash-text"
	SupportSave    Key = "support.save"
	SupportNo      Key = "support.no"
	SupportSaved   Key = "support.saved"
	SupportFailed  Key = "support.failed"
	SupportPlace   Key = "support.place"
	SupportExplain Key = "support.explain"

	SettingsComputer   Key = "settings.computer"
	SettingsAwake      Key = "settings.awake"
	SettingsAwakeEx    Key = "settings.awake-ex"
	SettingsLogin      Key = "settings.login"
	SettingsLoginEx    Key = "settings.login-ex"
	SettingsNotify     Key = "settings.notify"
	SettingsNotifyEx   Key = "settings.notify-ex"
	SettingsClosing    Key = "settings.closing"
	SettingsClosingEx  Key = "settings.closing-ex"
	SettingsCloseAsks  Key = "settings.close-asks"
	SettingsCloseHides Key = "settings.close-hides"
	SettingsCloseEnds  Key = "settings.close-ends"
)

// Connection files, the test of a connection, and several vaults.
const (
	ConnectFile      Key = "connect.file"
	ConnectFileHint  Key = "connect.file-hint"
	ConnectFilePick  Key = "connect.file-pick"
	ConnectFileTitle Key = "connect.file-title"
	ConnectFileText  Key = "connect.file-text"
	ConnectFileKnown Key = "connect.file-known"
	ConnectAdd       Key = "connect.add"
	VaultOperator    Key = "vault.operator"
	VaultCA          Key = "vault.ca"
	VaultCAOwn       Key = "vault.ca-own"
	VaultDefaults    Key = "vault.defaults"
	VaultParallel    Key = "vault.parallel"
	VaultAtMost      Key = "vault.at-most"
	VaultNoSignIn    Key = "vault.no-sign-in"
	VaultByToken     Key = "vault.by-token"
	TrialStart       Key = "test.start"
	TrialBusy        Key = "test.busy"
	TrialGood        Key = "test.good"
	TrialName        Key = "test.name"
	TrialReach       Key = "test.reach"
	TrialTrust       Key = "test.trust"
	TrialVault       Key = "test.vault"
	TrialClock       Key = "test.clock"
	TrialSignIn      Key = "test.sign-in"
	TrialStorage     Key = "test.storage"
	TrialOK          Key = "test.ok"
	TrialFailed      Key = "test.failed"
	TrialNeedless    Key = "test.needless"
	TrialSkipped     Key = "test.skipped"
	SettingsVaults   Key = "settings.vaults"
	SettingsVaultsEx Key = "settings.vaults-ex"
	SettingsWhich    Key = "settings.which"
	SettingsName     Key = "settings.name"
	SettingsNameEx   Key = "settings.name-ex"
	SettingsProxy    Key = "settings.proxy"
	SettingsProxyEx  Key = "settings.proxy-ex"
	ProxySystem      Key = "settings.proxy-system"
	ProxyNone        Key = "settings.proxy-none"
	ProxyOwn         Key = "settings.proxy-own"
	VaultRemove      Key = "settings.vault-remove"
	VaultRemoveTitle Key = "settings.vault-remove-title"
	VaultRemoveText  Key = "settings.vault-remove-text"
	VaultKeep        Key = "settings.vault-keep"
)

// History and receipts.
const (
	HistoryTitle        Key = "history.title"
	HistoryBack         Key = "history.back"
	HistorySearch       Key = "history.search"
	HistoryAllVaults    Key = "history.all-vaults"
	HistoryAllTime      Key = "history.all-time"
	HistoryToday        Key = "history.today"
	HistoryWeek         Key = "history.week"
	HistoryMonth        Key = "history.month"
	HistoryExport       Key = "history.export"
	HistoryCSV          Key = "history.export-csv"
	HistoryJSON         Key = "history.export-json"
	HistoryPlace        Key = "history.export-place"
	HistoryExported     Key = "history.exported"
	HistoryNotSaved     Key = "history.not-saved"
	HistoryVerify       Key = "history.verify"
	HistoryVerifying    Key = "history.verifying"
	HistoryVerified     Key = "history.verified"
	HistoryClear        Key = "history.clear"
	HistoryClearTitle   Key = "history.clear-title"
	HistoryClearText    Key = "history.clear-text"
	HistoryClearYes     Key = "history.clear-yes"
	HistoryCleared      Key = "history.cleared"
	HistoryNone         Key = "history.none"
	HistoryNothingFits  Key = "history.nothing-fits"
	HistoryLooking      Key = "history.looking"
	HistoryShown        Key = "history.shown"
	HistoryShownMore    Key = "history.shown-more"
	ReceiptTitle        Key = "receipt.title"
	ReceiptStored       Key = "receipt.stored"
	ReceiptKey          Key = "receipt.key"
	ReceiptChecksum     Key = "receipt.checksum"
	ReceiptETag         Key = "receipt.etag"
	ReceiptVersion      Key = "receipt.version"
	ReceiptEncryption   Key = "receipt.encryption"
	ReceiptVerified     Key = "receipt.verified"
	ReceiptFull         Key = "receipt.full"
	ReceiptParts        Key = "receipt.parts"
	ReceiptSize         Key = "receipt.size"
	ReceiptRead         Key = "receipt.read"
	ReceiptLooked       Key = "receipt.looked"
	ReceiptCopy         Key = "receipt.copy"
	ReceiptCopyKey      Key = "receipt.copy-key"
	ReceiptDrop         Key = "receipt.drop"
	ReceiptPlace        Key = "receipt.drop-place"
	ReceiptSaved        Key = "receipt.drop-saved"
	ReceiptNone         Key = "receipt.drop-none"
	VerdictSame         Key = "verdict.same"
	VerdictGone         Key = "verdict.gone"
	VerdictAnother      Key = "verdict.another"
	VerdictUnknown      Key = "verdict.unknown"
	SettingsKeep        Key = "settings.keep"
	SettingsKeepEx      Key = "settings.keep-ex"
	SettingsKeepForever Key = "settings.keep-forever"
	SettingsKeepDays    Key = "settings.keep-days"
	SettingsKeepNewest  Key = "settings.keep-newest"
	Stamp               Key = "form.stamp"
	StampUS             Key = "form.stamp-us"
)
