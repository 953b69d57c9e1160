package disk

import (
	"fmt"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// stableTypes are the file systems whose times and numbers can be relied on; shares, FAT, exFAT and everything in user
// space are not among them.
var stableTypes = map[string]bool{"apfs": true, "hfs": true, "ufs": true, "zfs": true}

func changeTime(st *syscall.Stat_t) time.Time { return time.Unix(st.Ctimespec.Unix()) }

func placeOfFile(f *os.File) place {
	var stat unix.Statfs_t
	if err := unix.Fstatfs(int(f.Fd()), &stat); err != nil {
		return place{unstable: true}
	}
	return placeOf(&stat)
}

func placeOfPath(path string) place {
	var stat unix.Statfs_t
	if err := unix.Statfs(path, &stat); err != nil {
		return place{unstable: true}
	}
	return placeOf(&stat)
}

// placeOf names the mounting by its fsid and the boot in which that is true.
func placeOf(stat *unix.Statfs_t) place {
	p := place{unstable: !stableTypes[unix.ByteSliceToString(stat.Fstypename[:])]}
	if boot, err := unix.Sysctl("kern.bootsessionuuid"); err == nil {
		p.mount = fmt.Sprintf("%s/%x.%x", boot, stat.Fsid.Val[0], stat.Fsid.Val[1])
	}
	return p
}
