// Package archtest holds the walls of the house: who may import whom (DESIGN
// §2), how long a file may be, what a package may be called. It reads the
// source of the whole tree as text; it imports none of it and must not know
// what any package does. `make archtest` runs it. The linter holds the import
// rules too (.golangci.yml): the linter tells an author early, this test cannot
// be switched off by a comment.
package archtest

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"strconv"
	"strings"
)

// File is what the rules need to know of one Go file.
type File struct {
	Path    string // slash-separated, from the repository's root
	Dir     string // "." for the root
	Package string // as its clause says, with _test if so
	Imports []Import
	Lines   int
	Test    bool // its name ends in _test.go
	Doc     bool // it has a package comment
}

// Import is one import declaration.
type Import struct {
	Path string
	Line int
}

// Load reads every Go file of the tree but those of hidden folders, testdata and
// what `make` leaves behind. Files of nested modules belong to the tree. An
// error is a file that cannot be read or parsed.
func Load(tree fs.FS) ([]File, error) {
	var files []File
	err := fs.WalkDir(tree, ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if skipped(p) {
				return fs.SkipDir
			}
			return nil
		}
		if path.Ext(p) != ".go" {
			return nil
		}
		f, err := parse(tree, p)
		if err != nil {
			return err
		}
		files = append(files, f)
		return nil
	})
	return files, err
}

func skipped(dir string) bool {
	name := path.Base(dir)
	if dir == "." {
		return false
	}
	switch dir {
	case "bin", "artifacts", "demo-vault":
		return true
	}
	return name == "testdata" || strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_")
}

func parse(tree fs.FS, p string) (File, error) {
	src, err := fs.ReadFile(tree, p)
	if err != nil {
		return File{}, err
	}
	set := token.NewFileSet()
	syntax, err := parser.ParseFile(set, p, src, parser.ImportsOnly|parser.ParseComments)
	if err != nil {
		return File{}, fmt.Errorf("parse: %w", err)
	}
	f := File{
		Path:    p,
		Dir:     path.Dir(p),
		Package: syntax.Name.Name,
		Lines:   bytes.Count(src, []byte("\n")),
		Test:    strings.HasSuffix(p, "_test.go"),
		Doc:     hasDoc(syntax),
	}
	for _, spec := range syntax.Imports {
		name, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return File{}, fmt.Errorf("import in %s: %w", p, err)
		}
		f.Imports = append(f.Imports, Import{Path: name, Line: set.Position(spec.Pos()).Line})
	}
	return f, nil
}

// hasDoc is false for a comment that holds only directives such as //go:build.
func hasDoc(syntax *ast.File) bool {
	return syntax.Doc != nil && strings.TrimSpace(syntax.Doc.Text()) != ""
}
