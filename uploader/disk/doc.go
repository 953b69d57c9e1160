// Package disk is uploader.Source on this machine's file systems: it opens files without ever hanging on a pipe or a
// device, tells by fingerprints whether a file is still the same, and walks folders.
//
// It is the one package that knows what an operating system calls a file's identity, its change time, its mounting,
// and the errors of a drive that was pulled out. It must not know of jobs, vaults or the network. No error it returns
// holds a path.
package disk
