package uploader

import "time"

// Snapshot is the queue at one moment, immutable. Its rows sit in copy-on-write pages, so that two snapshots share all
// pages in which nothing changed: comparing two pages' pointers tells whether anything in them did.
type Snapshot struct {
	Version uint64          // grows with every change
	Entries Pages[EntryRow] // one row per dropped file or folder, in the queue's order
	Jobs    Pages[JobRow]   // one row per file, in the order they were found
	Totals  Totals
	Trouble Code // something that holds up everything (CodeDiskFull, …), "" if nothing
}

// Totals sums up all entries.
type Totals struct {
	Files, FilesDone, FilesFailed, FilesActive, FilesWaiting, FilesPaused int
	FilesAsked                                                            int           // of those that are paused, the ones that the vault has already
	Bytes, BytesSent                                                      int64         // of files that are not cancelled
	Rate                                                                  float64       // bytes per second, over the last seconds
	Left                                                                  time.Duration // 0 when unknown
	Limit                                                                 Speed         // what all uploads together may use now
	LimitUntil                                                            time.Time     // when the timetable changes it; zero if it does not
	Limited                                                               bool          // it is the limit that holds up the queue
	Scanning                                                              bool
	Aborting                                                              int // uploads that still have to be cleared away at S3
	Manifests                                                             int // of drops that are whole, and that the vault has not written yet
}

// EntryRow is a dropped file or folder.
type EntryRow struct {
	ID                            EntryID
	Batch                         BatchID
	Vault                         VaultID
	Name                          string
	Path                          string
	Dir                           bool
	Scanning                      bool
	Personal                      bool       // something of it was found this session that is called as patients are
	Study                         Study      // what its files are images of, "" if they are none or it is not known
	State                         State      // of the whole: what matters most of its files
	Reason                        WaitReason // when State is Waiting
	Code                          Code       // of the first file that failed or waits, "" if none
	Detail                        string
	Files, FilesDone, FilesFailed int
	Asks                          int32 // of its files, those that are paused because the vault has them already
	Again                         int32 // those that it has already and that are sent again all the same; known in the session that found them
	LeftOut                       int32 // files that are in none of these numbers: the vault has them already
	Empty                         int32 // empty folders in it, of which nothing is stored
	Gone                          int32 // files and folders that were listed in it and had gone when they were looked at
	Bytes, BytesSent              int64
	Part, Parts                   int32 // of a single file that is sending
	Flying                        int32 // of its parts, those on the wire
	Rate                          float64
	Left                          time.Duration
	Late                          Late          // a file of it may not make its vault's deadline
	Deadline                      time.Time     // the earliest such; zero if Late is ""
	Note                          Code          // what else the user should know of a file: CodeDeadline, if it had to start over
	Manifest                      ManifestState // of its drop; "" while the drop is not whole
	ManifestKey                   string        // once it is stored
}

// JobRow is one file.
type JobRow struct {
	ID          JobID
	Entry       EntryID
	Batch       BatchID
	RelPath     string
	Path        string
	Size        int64
	Sent        int64
	State       State
	Reason      WaitReason
	Code        Code
	Detail      string
	Part, Parts int32 // parts recorded, of how many; 0 of 0 before the plan
	Flying      int32 // parts on the wire
	Rate        float64
	Left        time.Duration
	Key         string    // once known
	Ended       int64     // when it failed, changed, was stopped or was stored, in seconds since 1970; 0 before
	Late        Late      // it may not make the deadline
	Deadline    time.Time // when the vault clears the unfinished upload away; zero if it does not
	Note        Code      // what else the user should know: CodeDeadline, if it had to start over
	Known       bool      // it is paused because the vault has it already
	Removed     bool      // the user took it off its folder: it is not to be shown
}
