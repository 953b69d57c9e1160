package disk

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"longshore/uploader"
)

// chunk is how many directory entries are read at once.
const chunk = 1024

// Walk reports every file and every empty folder under root in natural order; see uploader.Source. Memory holds the names of the folders on
// the way down, nothing of the files. What vanishes during the walk is reported as gone. root should be absolute; else
// it is taken from the working directory.
func (*Source) Walk(ctx context.Context, root string, visit func(uploader.Found) error) error {
	if notLocal(root) {
		return visit(uploader.Found{Path: root, Err: uploader.E("walk", uploader.CodeNotLocal, nil)})
	}
	path, err := filepath.Abs(root)
	if err != nil {
		return visit(uploader.Found{Path: root, Err: uploader.E("walk", uploader.CodeSourceMissing, nil)})
	}
	w := walk{ctx: ctx, visit: visit, places: make(map[string]place)}
	if !utf8.ValidString(filepath.Base(path)) {
		return w.fail(path, "", uploader.E("walk", uploader.CodeBadName, nil))
	}
	return w.item(path, "", fs.ModeIrregular, nil)
}

// walk is one walk under way.
type walk struct {
	ctx    context.Context
	visit  func(uploader.Found) error
	places map[string]place // by file system, so that each is asked once
}

// item reports or descends into one path. kind is what its folder's listing said; what is neither an ordinary file nor
// a folder is looked up. above are the folders on the way down to it.
func (w *walk) item(path, rel string, kind fs.FileMode, above []os.FileInfo) error {
	if err := w.ctx.Err(); err != nil {
		return uploader.E("walk", uploader.CodeCancelled, err)
	}
	info, err := os.Stat(path)
	switch {
	case err != nil && (kind.IsRegular() || kind.IsDir()) && isMissing(err):
		return w.visit(uploader.Found{Path: path, RelPath: rel, Gone: true})
	case err != nil:
		return w.fail(path, rel, pathError("walk", path, err))
	case info.IsDir():
		return w.folder(path, rel, info, above)
	case !info.Mode().IsRegular():
		return w.fail(path, rel, uploader.E("walk", uploader.CodeNotRegular, nil))
	}
	if err := checkReadable(path); err != nil {
		return w.fail(path, rel, pathError("walk", path, err))
	}
	return w.visit(uploader.Found{Path: path, RelPath: rel, Fingerprint: fingerprint(info, w.place(path, info))})
}

// folder visits what a folder holds. A folder that is among those above it is a loop, however it came about.
func (w *walk) folder(path, rel string, info os.FileInfo, above []os.FileInfo) error {
	for _, a := range above {
		if os.SameFile(a, info) {
			return w.fail(path, rel, uploader.E("walk", uploader.CodeSymlinkLoop, nil))
		}
	}
	entries, listErr := w.list(path)
	if err := w.ctx.Err(); err != nil {
		return uploader.E("walk", uploader.CodeCancelled, err)
	}
	above = append(slices.Clip(above), info)
	for _, e := range entries {
		child, childRel := filepath.Join(path, e.name), e.name
		if rel != "" {
			childRel = rel + "/" + e.name
		}
		var err error
		if utf8.ValidString(e.name) {
			err = w.item(child, childRel, e.kind, above)
		} else {
			err = w.fail(child, printable(childRel), uploader.E("walk", uploader.CodeBadName, nil))
		}
		if err != nil {
			return err
		}
	}
	if listErr != nil {
		return w.fail(path, rel, pathError("walk", path, listErr))
	}
	if len(entries) == 0 && rel != "" {
		return w.visit(uploader.Found{Path: path, RelPath: rel, Empty: true})
	}
	return nil
}

// entry is one line of a folder's listing: no more than is needed to sort and go on.
type entry struct {
	name string
	kind fs.FileMode
}

// list returns a folder's entries in natural order. With an error it returns those that came before it.
func (w *walk) list(path string) ([]entry, error) {
	f, err := openQuietly(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var entries []entry
	for err == nil {
		if err = w.ctx.Err(); err != nil {
			break
		}
		var some []fs.DirEntry
		some, err = f.ReadDir(chunk)
		for _, e := range some {
			entries = append(entries, entry{e.Name(), e.Type()})
		}
	}
	slices.SortFunc(entries, func(a, b entry) int { return uploader.CompareNames(a.name, b.name) })
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return entries, err
}

func (w *walk) fail(path, rel string, err *uploader.Error) error {
	return w.visit(uploader.Found{Path: path, RelPath: rel, Err: err})
}

// place asks each file system once.
func (w *walk) place(path string, info os.FileInfo) place {
	key := placeKey(path, info)
	p, ok := w.places[key]
	if !ok {
		p = placeOfPath(path)
		w.places[key] = p
	}
	return p
}

// printable makes valid UTF-8 of a name that is not, and keeps two such names apart.
func printable(name string) string {
	var b strings.Builder
	for len(name) > 0 {
		r, size := utf8.DecodeRuneInString(name)
		if r == utf8.RuneError && size == 1 {
			fmt.Fprintf(&b, "\uFFFD%02X", name[0])
		} else {
			b.WriteString(name[:size])
		}
		name = name[size:]
	}
	return b.String()
}
