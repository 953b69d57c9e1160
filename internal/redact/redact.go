// Package redact takes out of texts what must never be shown, logged or sent on: local paths, everything of a URL
// behind its host, tokens and signatures (DESIGN §4, "No error string holds a path, a URL query or a token").
//
// It must not know any other package of ours: errors and log records are redacted by what they look like, so that a
// new package cannot forget to ask.
package redact

import (
	"errors"
	"io/fs"
	"net/url"
	"os"
	"regexp"
	"strings"
	"syscall"
)

// What stands in a text for what was taken out.
const (
	hiddenPath  = "(path)"
	hiddenToken = "(secret)"
)

var (
	// The path of a URL names objects, and its query signs them: only scheme and host stay.
	urls = regexp.MustCompile(`\b([A-Za-z][A-Za-z0-9+.-]*)://(?:[^\s/?#"'<>@]*@)?([^\s/?#"'<>@]*)[^\s"'<>]*`)
	// A scheme alone leaves no host to keep.
	files = regexp.MustCompile(`(?i)\b(file|smb|nfs|afp):[^\s"'<>]+`)

	bearers    = regexp.MustCompile(`(?i)\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]+`)
	jwts       = regexp.MustCompile(`\beyJ[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)*`)
	parameters = regexp.MustCompile(`(?i)\b(x-amz-[a-z0-9-]+|[a-z_-]*(?:token|secret|password|signature|credential|authorization))=[^\s&"']+`)

	// Paths may hold blanks. They end at a quote, a line's end, or ": ", which is where Go's errors go on.
	unixPaths    = regexp.MustCompile(`(^|[\s"'(=\[{,:])/[^/\s"':](?:[^:"'\n]|:[^\s"'])*`)
	windowsPaths = regexp.MustCompile(`(^|[\s"'(=\[{,])(?:[A-Za-z]:[\\/]|\\\\|//)(?:[^:"'\n]|:[^\s"'])*`)
	homePaths    = regexp.MustCompile(`(^|[\s"'(=\[{,:])~[\\/](?:[^:"'\n]|:[^\s"'])*`)
)

// Text returns s without paths, tokens, and what stands behind the host of a URL. It rather takes too much: a path
// ends only at a quote, a colon with a blank, or the end of the line.
func Text(s string) string {
	if plain(s) {
		return s
	}
	s = bearers.ReplaceAllString(s, "$1 "+hiddenToken)
	s = jwts.ReplaceAllString(s, hiddenToken)
	s = parameters.ReplaceAllString(s, "$1="+hiddenToken)
	s = urls.ReplaceAllStringFunc(s, stripURL)
	s = files.ReplaceAllStringFunc(s, stripFileURL)
	s = windowsPaths.ReplaceAllString(s, "$1"+hiddenPath)
	s = homePaths.ReplaceAllString(s, "$1"+hiddenPath)
	return unixPaths.ReplaceAllString(s, "$1"+hiddenPath)
}

// plain tells whether s is one word without anything that the patterns begin with: ids and codes, which are most of
// what a log holds. All but that of a JWT need a blank, a colon, a slash, a backslash or an equals sign.
func plain(s string) bool {
	for i := range len(s) {
		switch c := s[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '-', c == '_', c == '.':
		default:
			return false
		}
	}
	return !strings.Contains(s, "eyJ")
}

func stripURL(u string) string {
	m := urls.FindStringSubmatch(u)
	if scheme := strings.ToLower(m[1]); scheme == "file" {
		return hiddenPath
	}
	return m[1] + "://" + m[2]
}

func stripFileURL(u string) string {
	if strings.Contains(u, "://") { // already only scheme and host
		return u
	}
	return hiddenPath
}

// Err returns an error that reads like err without what Text takes out, and still answers errors.Is and errors.As as
// err does. nil stays nil.
func Err(err error) error {
	if err == nil {
		return nil
	}
	return &redacted{text: Text(describe(err)), err: err}
}

type redacted struct {
	text string
	err  error
}

func (r *redacted) Error() string { return r.text }
func (r *redacted) Unwrap() error { return r.err }

// describe leaves paths and URLs out where the error's type says which of its words they are.
func describe(err error) string {
	switch e := err.(type) { //nolint:errorlint // each layer is taken off in turn
	case *redacted:
		return e.text
	case *fs.PathError:
		return e.Op + ": " + describe(e.Err)
	case *os.LinkError:
		return e.Op + ": " + describe(e.Err)
	case *os.SyscallError:
		return e.Syscall + ": " + describe(e.Err)
	case *url.Error:
		return strings.ToLower(e.Op) + ": " + describe(e.Err)
	case syscall.Errno:
		return e.Error()
	}
	return known(err)
}

// known cuts the texts of typed causes out of a wrapping error's text, whose words around them stay.
func known(err error) string {
	text := err.Error()
	var urlErr *url.Error
	if errors.As(err, &urlErr) {
		text = strings.ReplaceAll(text, urlErr.Error(), describe(urlErr))
	}
	var pathErr *fs.PathError
	if errors.As(err, &pathErr) {
		text = strings.ReplaceAll(text, pathErr.Error(), describe(pathErr))
	}
	var linkErr *os.LinkError
	if errors.As(err, &linkErr) {
		text = strings.ReplaceAll(text, linkErr.Error(), describe(linkErr))
	}
	return text
}
