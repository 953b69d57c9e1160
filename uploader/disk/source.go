package disk

import (
	"errors"
	"os"
	"regexp"
	"syscall"

	"longshore/uploader"
)

// Source implements uploader.Source. It keeps no state.
type Source struct{}

var _ uploader.Source = (*Source)(nil)

// New returns a Source.
func New() *Source { return &Source{} }

// Open opens an ordinary file for reading; symbolic links are followed. Errors are *uploader.Error:
// CodeSourceMissing, CodeDriveMissing, CodeSourceUnreadable, CodeNotRegular, CodeSymlinkLoop, CodeBadName (longer than
// the file system takes) and CodeNotLocal (an address such as smb://…).
func (*Source) Open(path string) (uploader.File, error) {
	if notLocal(path) {
		return nil, uploader.E("open", uploader.CodeNotLocal, nil)
	}
	info, err := os.Stat(path) // first, for opening alone rewinds a tape and wakes whoever waits at a pipe
	if err != nil {
		return nil, pathError("open", path, err)
	}
	if !info.Mode().IsRegular() {
		return nil, uploader.E("open", uploader.CodeNotRegular, nil)
	}
	f, err := openQuietly(path)
	if err != nil {
		return nil, pathError("open", path, err)
	}
	info, err = f.Stat()
	switch {
	case err != nil:
		err = pathError("open", path, err)
	case !info.Mode().IsRegular(): // it was replaced meanwhile
		err = uploader.E("open", uploader.CodeNotRegular, nil)
	default:
		return &file{File: f, path: path, place: placeOfFile(f)}, nil
	}
	_ = f.Close() // opened for reading: there is nothing to lose
	return nil, err
}

// scheme matches what an address begins with. One letter is a Windows drive.
var scheme = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+.-]+://`)

// notLocal tells an address from a path. An absolute path never looks like one.
func notLocal(path string) bool { return scheme.MatchString(path) }

// pathError is what it means that the system could not reach path.
func pathError(op, path string, err error) *uploader.Error {
	code := uploader.CodeSourceUnreadable
	switch {
	case errors.Is(err, syscall.EMFILE), errors.Is(err, syscall.ENFILE): // says nothing about the file
		code = uploader.CodeTooManyOpen
	case driveGone(err):
		code = uploader.CodeDriveMissing
	case isMissing(err) && onMissingDrive(path):
		code = uploader.CodeDriveMissing
	case isMissing(err):
		code = uploader.CodeSourceMissing
	case isLoop(err):
		code = uploader.CodeSymlinkLoop
	case isTooLong(err):
		code = uploader.CodeBadName
	}
	return uploader.E(op, code, cause(err))
}

// cause keeps the system's words and drops the path.
func cause(err error) error {
	var pe *os.PathError
	var se *os.SyscallError
	switch {
	case errors.As(err, &pe):
		return pe.Err
	case errors.As(err, &se):
		return se.Err
	}
	return nil
}
