package uploader

// The identifiers are ULIDs (26 upper-case Crockford characters): they sort by the time they were made.
type (
	// VaultID names one configured signer.
	VaultID string
	// BatchID names one drop: everything that was added in one gesture.
	BatchID string
	// EntryID names one dropped file or folder: one row of the window.
	EntryID string
	// JobID names one file to upload.
	JobID string
	// AttemptID names one try at a job. Starting over mints a new one, hence a new key and a new upload, so that two
	// tries never mix (DESIGN §2). On the wire it is the uploadRef of PROTOCOL.
	AttemptID string
)
