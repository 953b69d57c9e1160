package ui

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"fyne.io/fyne/v2"
)

// droppedPaths copies what was dropped, and nothing else: it runs inside the toolkit's event loop. A URI's string form
// is not used, it has changed between versions of the toolkit (FYNE §4.3).
func droppedPaths(dropped []fyne.URI) []string {
	paths := make([]string, len(dropped))
	for i, u := range dropped {
		paths[i] = filepath.FromSlash(u.Path())
	}
	return paths
}

// remote is how a line such as smb://server/share looks after the toolkit took it for a relative path and cleaned it.
var remote = regexp.MustCompile(`^([A-Za-z][A-Za-z0-9+.-]+):[/\\]+(.*)$`)

// localPaths undoes what the toolkit does to dropped lines that are no paths: it puts the working directory in front
// of them. A path that exists is taken as it is; one that does not, and is such a line, is given back as the line, so
// that the engine can say "not a file on this computer" instead of "no longer there". It looks at the disk, so it must
// not run on the UI goroutine.
func localPaths(paths []string) []string {
	here, err := os.Getwd()
	if err != nil {
		return paths
	}
	prefix := strings.TrimSuffix(here, string(filepath.Separator)) + string(filepath.Separator)
	for i, p := range paths {
		line, ok := strings.CutPrefix(p, prefix)
		if !ok {
			continue
		}
		m := remote.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		if _, err := os.Lstat(p); err != nil {
			paths[i] = m[1] + "://" + filepath.ToSlash(m[2])
		}
	}
	return paths
}
