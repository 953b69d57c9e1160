package words

// What is done to several receipts.
const (
	ReceiptShow          Key = "receipt.show"
	HistoryVerifyAll     Key = "history.verify-all"
	HistoryVerifyingOf   Key = "history.verifying-of"
	HistoryVerifyStopped Key = "history.verify-stopped"
	HistoryStop          Key = "history.stop"
	HistoryOnlyWrong     Key = "history.only-wrong"
	HistoryShowAll       Key = "history.show-all"
	HistoryKept          Key = "history.kept"
	HistoryRestored      Key = "history.restored"
	HistoryCopied        Key = "history.copied"
	HistoryCounting      Key = "history.counting"
	HistorySum           Key = "history.sum"
	HistoryMost          Key = "history.most"
	HistoryHint          Key = "history.hint"
)
