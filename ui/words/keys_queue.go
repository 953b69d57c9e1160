package words

// The states of a row.
const (
	StateQueued       Key = "state.queued"
	StateCreating     Key = "state.creating"
	StateSending      Key = "state.sending"
	StateSendingPart  Key = "state.sending-part"
	StateSendingFiles Key = "state.sending-files"
	StateCompleting   Key = "state.completing"
	StateScanning     Key = "state.scanning"
	StateDone         Key = "state.done"
	StateDoneFiles    Key = "state.done-files"
	StateDoneEmpty    Key = "state.done-empty"
	StatePaused       Key = "state.paused"
	StateFailedSome   Key = "state.failed-some"
	StateFailedCount  Key = "state.failed-count"
	StateCancelled    Key = "state.cancelled"
	Matches           Key = "state.matches"

	WaitNetwork   Key = "wait.network"
	WaitDrive     Key = "wait.drive"
	WaitSignIn    Key = "wait.sign-in"
	WaitThrottled Key = "wait.throttled"
	WaitMachine   Key = "wait.machine"
	WaitServer    Key = "wait.server"
	WaitTimetable Key = "wait.timetable"
	WaitOther     Key = "wait.other"
)

// What a drop finds in the vault already, and what can be taken back.
const (
	StateAskFile   Key = "state.ask-file"
	StateAskFiles  Key = "state.ask-files"
	StateLeftFile  Key = "state.left-file"
	StateEmpty     Key = "state.empty-folders"
	StateGone      Key = "state.gone"
	ManifestPartly Key = "state.manifest-partly"
	DetailFound    Key = "details.found"
	StateLeftFiles Key = "state.left-files"
	HeadAsks       Key = "head.asks"
	KnownSome      Key = "notice.known-some"
	KnownAll       Key = "notice.known-all"
	OnlyNew        Key = "button.only-new"
	LeaveOut       Key = "button.leave-out"
	SendAgain      Key = "button.send-again"
	UndoOver       Key = "notice.undo-over"
)

// Moving rows with the pointer.
const (
	DragHint   Key = "hint.drag"
	DragHidden Key = "hint.drag-hidden"
)

// The receipts that are copied from the queue.
const (
	ReceiptCopied  Key = "receipt.copied"
	ReceiptTooMany Key = "receipt.too-many"
)
