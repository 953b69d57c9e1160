package disk

import (
	"fmt"
	"os"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// unstableTypes are the statfs magics of file systems whose times are coarse, whose numbers change by themselves, or
// whose truth is on another machine (linux/magic.h, and fs/smb, fs/exfat, fs/vboxsf for those that are not in it).
var unstableTypes = map[uint32]bool{
	unix.MSDOS_SUPER_MAGIC: true, // FAT and VFAT
	0x2011bab0:             true, // exFAT
	unix.SMB_SUPER_MAGIC:   true,
	unix.SMB2_SUPER_MAGIC:  true,
	0xff534d42:             true, // CIFS
	unix.NFS_SUPER_MAGIC:   true,
	unix.FUSE_SUPER_MAGIC:  true,
	unix.V9FS_MAGIC:        true, // folders shared with virtual machines
	0x786f4256:             true, // the same of VirtualBox
}

func changeTime(st *syscall.Stat_t) time.Time { return time.Unix(st.Ctim.Unix()) }

func placeOfFile(f *os.File) place {
	var stat unix.Statfs_t
	known := unix.Fstatfs(int(f.Fd()), &stat) == nil
	return place{
		mount:    mountID(int(f.Fd()), "", unix.AT_EMPTY_PATH),
		unstable: !known || unstableTypes[uint32(stat.Type)],
	}
}

func placeOfPath(path string) place {
	var stat unix.Statfs_t
	known := unix.Statfs(path, &stat) == nil
	return place{
		mount:    mountID(unix.AT_FDCWD, path, 0),
		unstable: !known || unstableTypes[uint32(stat.Type)],
	}
}

// mountID names a mounting: its number, which the kernel does not give twice, and the boot in which that is true. ""
// on kernels before 6.8, which use the numbers again.
func mountID(dir int, path string, flags int) string {
	boot := bootID()
	if boot == "" {
		return ""
	}
	var st unix.Statx_t
	if err := unix.Statx(dir, path, flags, unix.STATX_MNT_ID_UNIQUE, &st); err != nil || st.Mask&unix.STATX_MNT_ID_UNIQUE == 0 {
		return ""
	}
	return fmt.Sprintf("%s/%x", boot, st.Mnt_id)
}

// bootID is the same as long as this program can run: reading it for every file cost as much as opening it.
var bootID = sync.OnceValue(func() string {
	id, _ := os.ReadFile("/proc/sys/kernel/random/boot_id") // without it no mounting has a name
	return strings.TrimSpace(string(id))
})
