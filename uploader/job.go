package uploader

import "time"

// State is what a job is, as journalled. What it is doing at this moment (waiting for the network, sending part 12)
// is not journalled: it is in the snapshot's Row.
type State string

// The job states of DESIGN §4. Waiting exists only in snapshots; Aborting is a Tombstone, which outlives its row.
const (
	Queued        State = "queued"    // nothing of it is at S3, or it waits for its turn to go on
	Creating      State = "creating"  // an upload may or may not exist at S3
	Uploading     State = "uploading" // an upload exists, or a single PUT may have been sent
	Completing    State = "completing"
	Done          State = "done"
	Paused        State = "paused"
	Waiting       State = "waiting" // snapshots only, with a WaitReason
	SourceChanged State = "source-changed"
	Failed        State = "failed"
	Cancelled     State = "cancelled"
)

// Ended tells whether the engine will do nothing more for the job on its own.
func (s State) Ended() bool {
	switch s {
	case Done, SourceChanged, Failed, Cancelled:
		return true
	}
	return false
}

// Job is one file to upload.
type Job struct {
	ID          JobID
	Batch       BatchID
	Entry       EntryID
	Vault       VaultID
	Path        string // absolute, in the system's own form
	RelPath     string // slash-separated, unique in the batch: "study/1/a.dcm", or the file's name
	Size        int64  // bytes, when it was found or last looked at
	Fingerprint Fingerprint
	State       State
	Code        Code      // why it is Failed or SourceChanged; "" otherwise
	Unwalked    bool      // the walk could not take this path: there may be a folder behind it; a retry walks again
	Known       bool      // the vault has this very file by the history, and the job is paused until the user says what is to become of it
	Removed     bool      // the user took this file of a folder off the list: it is Cancelled, and no walk and no retry of the folder brings it back
	Detail      string    // for IT: technical, redacted, no path, no URL, no token
	Attempt     AttemptID // "" until one was begun
	Order       int64     // smaller goes first
	Revision    uint64    // counts the changes of the record; compare-and-set in the journal
	AddedAt     time.Time
	EndedAt     time.Time
	Note        Code // what the user should know of its way and would not see: CodeDeadline, if it had to start over; "" if nothing
}

// Phase is how far an attempt has come; with it a restart knows where to go on (DESIGN §4, resume).
type Phase string

// The phases of an attempt.
const (
	PhaseCreating   Phase = "creating"   // Create may have been sent
	PhaseUploading  Phase = "uploading"  // UploadID and Key are known (multipart), or Key is known and a PUT may have been sent (single)
	PhaseCompleting Phase = "completing" // Complete may have been sent
)

// Attempt is one try at a job: everything that must not change while it lasts.
type Attempt struct {
	ID           AttemptID
	Job          JobID
	Vault        VaultID
	Phase        Phase
	Single       bool          // one signed PUT, no multipart upload
	Request      CreateRequest // the exact request, so that a repeat is the same (PROTOCOL, uploadRef)
	Fingerprint  Fingerprint   // of the file when the attempt began
	UploadID     string        // sealed by the signer, opaque; "" while creating and for a single PUT
	Key          string
	PartSize     int64
	Checksum     Checksum
	ResumeBefore time.Time // the vault aborts the upload then; zero if it does not
	StartedAt    time.Time
	Unheard      bool // a Create got no answer, and may make an upload that nobody was told of
}

// Part is one part that S3 has confirmed.
type Part struct {
	PartNumber int32  // 1 to 10,000
	ETag       string // with its quotes, as S3 sent it; never compared to an MD5
	Size       int64  // bytes
	Checksum   string // base64, as S3 writes it; CRC64NVME or MD5 by the attempt's mode; "" if none
}

// Tombstone is an upload that must go away: the abort is repeated until S3 says NoSuchUpload.
type Tombstone struct {
	Attempt Attempt
	Since   time.Time
}

// Entry is one dropped file or folder.
type Entry struct {
	ID    EntryID
	Batch BatchID
	Path  string // absolute
	Name  string // its last element, shown to the user and sent as the first segment of its files' paths
	// Prefix is the first segment of its files' RelPath: the Name, made unique in the batch.
	Prefix  string
	Dir     bool
	Walked  bool  // nothing more is to be found: its walk is through, or it was cancelled
	Held    bool  // paused while it is walked: what is found is paused too
	Halted  bool  // cancelled while it was walked: a retry walks it again
	Known   Known // what becomes of those of its files that the vault has already
	LeftOut int32 // how many of them are not sent for that
	Empty   int32 // empty folders in it, of which nothing is stored
	Gone    int32 // what was listed in it and had gone when it was looked at
	Order   int64
	Study   Study // what its files are images of, "" if they are none or nobody has looked
}

// Batch is one drop. It scans until its folders are walked, and is never called complete before (DESIGN §4).
type Batch struct {
	ID       BatchID
	Vault    VaultID
	Scanning bool
	AddedAt  time.Time
	// Manifest says that all that was dropped is in the queue or stored: once it is stored, its manifest is wanted. It
	// becomes false for good when a file is taken out before it is stored, or when a damaged journal may have lost one.
	Manifest bool
}

// Receipt is what history keeps of a finished job, and what the user may copy.
type Receipt struct {
	Job        JobID
	Batch      BatchID
	Attempt    AttemptID
	Vault      VaultID
	Path       string
	RelPath    string
	Size       int64
	Key        string
	FileURL    string
	ETag       string
	VersionID  string
	Checksum   string // base64 CRC64NVME of the whole object, or "" if S3 confirmed none
	Verified   Verified
	Encryption string // "aws:kms" or "none"
	Source     string // "read": every byte was read in this attempt's session; "looked": some parts rest on an earlier session's read
	StartedAt  time.Time
	FinishedAt time.Time
	Note       Code      // the job's: why it took longer than it should
	ModTime    time.Time // of the file; zero in receipts of older versions, by which no file is known
	// ManifestKey is where the manifest of its drop lies, "" if there is none (yet). History fills it in; it is not part
	// of the record.
	ManifestKey string
}
