// Package fault is a vault, a journal and a disk in memory, with faults to order: what tests of the engine run against,
// in virtual time (testing/synctest) and without a socket or a file. It is for tests alone and imports uploader, so
// tests that use it are of package uploader_test. It must not know how the engine works: it keeps the contracts of
// uploader.Signer, Connector, Journal and Source, and S3's own rules, strictly.
//
// # Vault
//
//	v := fault.NewVault(fault.VaultOptions{})        // crc64nvme, URLs live 15 min; see VaultOptions
//	cfg.Connector = fault.Connector(map[uploader.VaultID]*fault.Vault{id: v})
//	v.Signer(), v.Transport(), v.Connection()        // by themselves; Connection has the product's watchdog
//	v.Offline(true)                                  // cuts what is under way and refuses the rest until Offline(false)
//	v.Object(key), v.Objects(), v.OpenUploads()      // what it holds
//	v.Put(key, attempt, data)                        // an object from somewhere else
//	v.DropUploads(), v.DropPart(key, n)              // the lifecycle rule; a part S3 lost
//	v.Traffic(key)                                   // bytes received; per part, how often it arrived whole (part 0: a single PUT)
//	v.Calls(op), v.Peak(op)                          // how many calls, how many at once
//
// # Faults
//
//	v.Faults.Add("put-part", fault.Fault{Repeat: 2}, fault.Fault{Status: 503, S3Code: "SlowDown"})
//
// lets three parts pass and refuses the fourth. Each call takes the first fault of its op that fits (Fault.Only). See
// Fault for what one can do, and Ops for the names. v.Faults.VerifyAllFaultsExercised(t) at the end of a test. The
// journal (ops "load", "apply", "parts", "history") and the source ("open", "read", "fingerprint", "walk") have their
// own Faults.
//
// # Journal
//
//	j := fault.NewJournal(); j.Delay = 5*time.Millisecond
//	image := j.Clone()   // what a power cut would leave at this moment: start another engine on it
//
// An engine that is to die at one moment must do no more harm after it: take the image and the network in one hook,
// After: func() { image = j.Clone(); v.Offline(true) }, and bring the network back for the next engine.
//
// # Source
//
//	s := fault.NewSource()
//	s.Write(path, data); s.Sparse(path, size); s.Edit(path, off, data); s.Truncate(path, size); s.Replace(path, data)
//	s.EditKeepingTimes(path, off, data); s.Unstable(prefix, true); s.Remove(path); s.Unplug(prefix); s.Plug(prefix)
//	s.Special(path, code)   // a socket, a link loop, an unreadable file, …
//
// Everything may be called from any goroutine; hooks (Fault.Before, After) run in the call's goroutine, without locks.
package fault
