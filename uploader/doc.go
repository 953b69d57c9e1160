// Package uploader is the engine: it takes files and folders, and sees each file into the vault whole or says why
// it could not. It holds the domain types (jobs, attempts, parts), the planner, the scheduler, the part workers, the
// end game, resume after a crash, and the snapshots a window or a command line shows.
//
// It must not know how the signer is spoken to (uploader/remote does), how the journal is kept (store does), what
// an operating system calls a file's identity (uploader/disk does), or that there is a window. It imports the
// standard library, golang.org/x/sync, golang.org/x/time/rate and a CRC library, and nothing of ours.
//
// One goroutine owns all job state (see Engine.Run); nothing in the domain takes a lock.
package uploader
