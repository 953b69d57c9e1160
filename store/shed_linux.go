package store

import "syscall"

// shed gives back the memory that reading the file has mapped in. The system would take it back itself when it needs
// it; until then a gigabyte of history would count as this program's. Data and Size hold while the transaction is open.
func (t *tx) shed() {
	// The file stays in the system's cache. An error changes nothing but that.
	_, _, _ = syscall.Syscall(syscall.SYS_MADVISE, t.bolt.DB().Info().Data, uintptr(t.bolt.Size()), syscall.MADV_DONTNEED)
}
