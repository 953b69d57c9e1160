package store

import "golang.org/x/sys/unix"

const networkWarning = "Longshore's own folder lies on a network drive, where it can be damaged when the connection breaks. " +
	"Choose a folder on this computer."

// folderWarning says so when the folder lies on a network file system, whose locks and syncs may promise more than
// they keep.
func folderWarning(dir string) string {
	var s unix.Statfs_t
	if unix.Statfs(dir, &s) != nil {
		return ""
	}
	switch uint32(s.Type) {
	case unix.NFS_SUPER_MAGIC, unix.SMB_SUPER_MAGIC, unix.SMB2_SUPER_MAGIC, unix.CIFS_SUPER_MAGIC, unix.AFS_SUPER_MAGIC,
		unix.V9FS_MAGIC, unix.CODA_SUPER_MAGIC:
		return networkWarning
	}
	return ""
}
