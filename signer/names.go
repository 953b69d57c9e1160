package signer

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"longshore/signer/api"
)

// maxSegment is the longest segment of a name, in bytes (PROTOCOL): file
// systems take 255, and the rest is room for what restoring tools append.
const maxSegment = 200

// cleanPath gives a file's path in NFC, or an error that says what is wrong
// with it. Nothing is repaired silently: two names must not become one.
func cleanPath(path string) (string, error) {
	if path == "" {
		return "", fail(api.CodeBadName, "The file has no name; give it one and try again.")
	}
	if len(path) > 4*api.MaxKeyLen {
		return "", fail(api.CodeKeyTooLong, "")
	}
	path = norm.NFC.String(path)
	for seg := range strings.SplitSeq(path, "/") {
		if err := checkSegment(seg); err != nil {
			return "", err
		}
	}
	return path, nil
}

// cleanName is cleanPath for a name of one segment.
func cleanName(name string) (string, error) {
	if strings.Contains(name, "/") {
		return "", fail(api.CodeBadName, "A file name holds no slash; send the folder in relativePath.")
	}
	return cleanPath(name)
}

func checkSegment(seg string) error {
	switch {
	case seg == "":
		return fail(api.CodeBadName, "The path has an empty segment: a slash at its start or end, or two in a row.")
	case seg == "." || seg == "..":
		return fail(api.CodeBadName, "The path has a segment '.' or '..'; name the folder itself.")
	case len(seg) > maxSegment:
		return fail(api.CodeBadName, "A file or folder name is longer than 200 bytes; shorten it and try again.")
	case !utf8.ValidString(seg) || strings.ContainsFunc(seg, unprintable):
		return fail(api.CodeBadName, "A file or folder name has a control character; rename it and try again.")
	}
	return nil
}

// unprintable tells control characters, and the two code points that XML, and
// so S3's lists, cannot carry.
func unprintable(r rune) bool { return unicode.IsControl(r) || r == 0xFFFE || r == 0xFFFF }

// extension is the lower-case extension of a name with its dot, or empty if it
// is not 1 to 16 of a-z and 0-9.
func extension(name string) string {
	i := strings.LastIndexByte(name, '.')
	if i <= 0 {
		return ""
	}
	ext := strings.ToLower(name[i+1:])
	if ext == "" || len(ext) > 16 || strings.Trim(ext, "abcdefghijklmnopqrstuvwxyz0123456789") != "" {
		return ""
	}
	return "." + ext
}
