package disk

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"

	"longshore/uploader"
)

// openQuietly opens for reading and lets others go on writing, renaming and deleting: an uploader must not lock
// people out of their files.
func openQuietly(path string) (*os.File, error) {
	name, err := windows.UTF16PtrFromString(path)
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: path, Err: err}
	}
	const share = windows.FILE_SHARE_READ | windows.FILE_SHARE_WRITE | windows.FILE_SHARE_DELETE
	// Backup semantics are what it takes to open a folder.
	h, err := windows.CreateFile(name, windows.GENERIC_READ, share, nil, windows.OPEN_EXISTING, windows.FILE_FLAG_BACKUP_SEMANTICS, 0)
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: path, Err: err}
	}
	return os.NewFile(uintptr(h), path), nil
}

// checkReadable leaves it to Open: only opening tells on Windows.
func checkReadable(string) error { return nil }

func isMissing(err error) bool { return errors.Is(err, fs.ErrNotExist) }

func isLoop(err error) bool { return errors.Is(err, windows.ERROR_CANT_RESOLVE_FILENAME) }

func isTooLong(err error) bool {
	return errors.Is(err, windows.ERROR_FILENAME_EXCED_RANGE) || errors.Is(err, windows.ERROR_INVALID_NAME)
}

// driveGone tells the errors of a drive or share that went away.
func driveGone(err error) bool {
	for _, gone := range []syscall.Errno{
		windows.ERROR_INVALID_DRIVE, windows.ERROR_NOT_READY, windows.ERROR_BAD_NETPATH, windows.ERROR_DEV_NOT_EXIST,
		windows.ERROR_NETNAME_DELETED, windows.ERROR_BAD_NET_NAME, windows.ERROR_UNEXP_NET_ERR, windows.ERROR_FILE_INVALID,
		windows.ERROR_DEVICE_NOT_CONNECTED, windows.ERROR_DEVICE_REMOVED, windows.ERROR_NETWORK_UNREACHABLE,
		windows.ERROR_HOST_UNREACHABLE, windows.ERROR_NO_SUCH_DEVICE,
	} {
		if errors.Is(err, gone) {
			return true
		}
	}
	return false
}

// onMissingDrive tells whether the volume of a missing file is not there.
func onMissingDrive(path string) bool {
	volume := filepath.VolumeName(path)
	if volume == "" {
		return false
	}
	_, err := os.Stat(volume + `\`)
	return err != nil
}

// fillFromStat has nothing to add: a path's stat has neither change time nor number, and opening every file of a walk
// would be slow.
func fillFromStat(os.FileInfo, *uploader.Fingerprint) {}

// basicInfo is Windows' FILE_BASIC_INFO.
type basicInfo struct {
	creation, lastAccess, lastWrite, change int64 // 100 ns since 1601
	attributes                              uint32
	_                                       uint32
}

// identify adds what only an open file tells.
func identify(f *os.File, fp *uploader.Fingerprint) {
	h := windows.Handle(f.Fd())
	var info windows.ByHandleFileInformation
	if windows.GetFileInformationByHandle(h, &info) == nil {
		fp.Device = uint64(info.VolumeSerialNumber)
		fp.Inode = uint64(info.FileIndexHigh)<<32 | uint64(info.FileIndexLow)
		fp.Mount = strconv.FormatUint(fp.Device, 16) // the numbers hold for the volume's life
	}
	var basic basicInfo
	err := windows.GetFileInformationByHandleEx(h, windows.FileBasicInfo, (*byte)(unsafe.Pointer(&basic)), uint32(unsafe.Sizeof(basic)))
	if err == nil && basic.change != 0 {
		ft := windows.Filetime{LowDateTime: uint32(basic.change), HighDateTime: uint32(basic.change >> 32)}
		fp.ChangeTime = time.Unix(0, ft.Nanoseconds())
	}
}

// placeKey names a file's volume.
func placeKey(path string, _ os.FileInfo) string { return filepath.VolumeName(path) }

func placeOfFile(f *os.File) place {
	var name [windows.MAX_PATH + 1]uint16
	err := windows.GetVolumeInformationByHandle(windows.Handle(f.Fd()), nil, 0, nil, nil, nil, &name[0], uint32(len(name)))
	return place{unstable: err != nil || unstableType(windows.UTF16ToString(name[:])) || remote(f.Name())}
}

func placeOfPath(path string) place {
	root, err := windows.UTF16PtrFromString(filepath.VolumeName(path) + `\`)
	if err != nil {
		return place{unstable: true}
	}
	var name [windows.MAX_PATH + 1]uint16
	err = windows.GetVolumeInformation(root, nil, 0, nil, nil, nil, &name[0], uint32(len(name)))
	return place{unstable: err != nil || unstableType(windows.UTF16ToString(name[:])) || remote(path)}
}

// unstableType tells the file systems whose times are coarse and whose numbers change by themselves; what is neither
// of Microsoft's own counts as such.
func unstableType(name string) bool {
	return !strings.EqualFold(name, "NTFS") && !strings.EqualFold(name, "ReFS")
}

// remote tells whether path lies on another machine.
func remote(path string) bool {
	root, err := windows.UTF16PtrFromString(filepath.VolumeName(path) + `\`)
	return err != nil || windows.GetDriveType(root) == windows.DRIVE_REMOTE
}
