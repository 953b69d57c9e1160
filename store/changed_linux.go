package store

import (
	"io/fs"
	"syscall"
)

// changeTime is when the file was last written, renamed or given another time, in nanoseconds; 0 if that is not known.
func changeTime(info fs.FileInfo) int64 {
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		return st.Ctim.Nano()
	}
	return 0
}
