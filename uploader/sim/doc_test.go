// Package sim runs the engine, the signer's handler and the client between them in virtual time against an S3 in memory
// that fails in every way the real ones do, and holds what must be true afterwards (issue 3, point 1). It is tests alone:
// nothing can import it. It must not know how the engine works, only what it promises.
//
//	go test ./uploader/sim -run Simulation                 10,000 seeds on the model journal
//	go test ./uploader/sim -run Simulation -sim.seed=N     one seed, with its trace
//	go test ./uploader/sim -run Simulation -sim.seeds=N    so many seeds, from -sim.from on
//	go test ./uploader/sim -run Simulation -sim.store      on the real store, in a folder of /dev/shm where there is one
//
// # One run
//
// A seed draws a scenario: files, limits, the kind of vault, how often each operation fails, and a storm of crashes,
// sleeps, user's actions and changes on disk. What befalls a single call is decided by a hash of (seed, operation, file,
// part, how often it was called before), so that a seed replays as far as scheduling allows. After the storm the faults
// end, the user retries what failed, and the run must settle.
//
// In three of four seeds the user also says what becomes of files that the vault has already, and takes removals back.
//
// # Sizes
//
// A byte of this world is 128 KiB of the signer's: its smallest part of 5 MiB is 40 bytes here. The scale lies in one
// place at each end of the signer: lens (client side) and storage (S3 side).
package sim
