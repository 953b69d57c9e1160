package app

import (
	"context"
	"slices"
	"strings"

	"longshore/uploader"
)

// mostRaised is how many wishes of other starts may wait. A person does not get there unless the window hangs.
const mostRaised = 64

// Raise implements Session.
func (l *local) Raise(_ context.Context, paths []string) (shown bool, err error) {
	if l.raises == nil {
		return false, nil
	}
	select {
	case l.raises <- paths:
		return true, nil
	default:
		return false, fail("raise", uploader.CodeJournalBusy, say("window-silent"), nil)
	}
}

// Raises implements Session.
func (l *local) Raises() <-chan []string { return l.raises }

// Raise implements Session.
func (c *client) Raise(ctx context.Context, paths []string) (shown bool, err error) {
	if paths, err = absolutePaths(paths); err != nil {
		return false, err
	}
	return call[[]string, bool](ctx, c, routeRaise, paths)
}

// Raises implements Session.
func (c *client) Raises() <-chan []string { return nil }

// absolutePaths makes paths hold in the owner's folder too.
func absolutePaths(paths []string) ([]string, error) {
	paths = slices.Clone(paths)
	for i, p := range paths {
		if strings.Index(p, "://") > 0 { // a dropped smb:// line is nothing of this computer; the engine says so
			continue
		}
		abs, err := absolute(p)
		if err != nil {
			return nil, asError(err)
		}
		paths[i] = abs
	}
	return paths, nil
}
