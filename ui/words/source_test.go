package words

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"
)

// sources parses the window's own files, without tests.
func sources(t *testing.T, visit func(path string, fset *token.FileSet, f *ast.File)) {
	t.Helper()
	n := 0
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		n++
		fset := token.NewFileSet()
		f, err := parser.ParseFile(fset, path, nil, 0)
		if err == nil {
			visit(path, fset, f)
		}
		return err
	})
	if err != nil || n < 30 {
		t.Fatalf("%d files read: %v", n, err)
	}
}

// literal is what a string literal says; "" for anything else.
func literal(n ast.Node) string {
	l, ok := n.(*ast.BasicLit)
	if !ok || l.Kind != token.STRING {
		return ""
	}
	s, err := strconv.Unquote(l.Value)
	if err != nil {
		return ""
	}
	return s
}

// shows are functions of the toolkit, and of ours, whose texts end on the screen.
var shows = regexp.MustCompile(`^(New(Label|Button|Line|Check|Entry|Hyperlink|Menu|Text|Card|Form|Tab|Accordion|Radio|Select|Rich|Window|Custom|Confirm|Information|Error|Notification|FileOpen|FolderOpen).*|` +
	`Show(Information|Confirm|Error|Custom|Form).*|Set(Text|Title|PlaceHolder|ConfirmText|DismissText|Options|SystemTrayMenu)|Set|SendNotification|tell|Tell|say|confirm)$`)

// prose is a literal that can only be a sentence or a caption: a capital first, or words with a space between.
var prose = regexp.MustCompile(`^\p{Lu}\p{Ll}|\p{L}{2,} \p{L}{2,}`)

// allowed are literals that are the same in every language.
var allowed = []string{"https://"}

// Whatever the window shows comes out of the catalogues: no widget, dialog or menu is given a text of its own.
func TestNoTextBypassesTheCatalogues(t *testing.T) {
	sources(t, func(path string, fset *token.FileSet, f *ast.File) {
		if strings.HasPrefix(path, filepath.Join("..", "words")) || strings.HasPrefix(path, filepath.Join("..", "place")) {
			return // place shows nothing: its words are the names of Windows' functions
		}
		complain := func(n ast.Node, s string) {
			if !slices.Contains(allowed, s) && strings.ContainsFunc(s, unicode.IsLetter) {
				t.Errorf("%s: %q is shown as it is; put it into the catalogues (docs/translating.md)", fset.Position(n.Pos()), s)
			}
		}
		ast.Inspect(f, func(n ast.Node) bool {
			switch v := n.(type) {
			case *ast.ImportSpec:
				return false
			case *ast.BasicLit:
				if s := literal(v); prose.MatchString(s) {
					complain(v, s)
				}
			case *ast.CallExpr:
				if name := called(v); shows.MatchString(name) {
					for _, a := range v.Args {
						complain(a, literal(a))
					}
				}
			case *ast.KeyValueExpr:
				if k, ok := v.Key.(*ast.Ident); ok && slices.Contains([]string{"Text", "Label", "Title", "PlaceHolder", "HintText"}, k.Name) {
					complain(v, literal(v.Value))
				}
			}
			return true
		})
	})
}

// called is a function's own name.
func called(c *ast.CallExpr) string {
	switch f := c.Fun.(type) {
	case *ast.Ident:
		return f.Name
	case *ast.SelectorExpr:
		return f.Sel.Name
	}
	return ""
}

// constantKeys are the keys by the names of their constants.
func constantKeys(t *testing.T) map[string]Key {
	t.Helper()
	m := map[string]Key{}
	for _, file := range keyFiles() {
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			if v, ok := n.(*ast.ValueSpec); ok && len(v.Values) == 1 {
				m[v.Names[0].Name] = Key(literal(v.Values[0]))
			}
			return true
		})
	}
	return m
}

// Whoever says a sentence fills all its gaps, and no others.
func TestEveryGapIsFilled(t *testing.T) {
	english, byName, n := book(t, English), constantKeys(t), 0
	sources(t, func(_ string, fset *token.FileSet, f *ast.File) {
		ast.Inspect(f, func(node ast.Node) bool {
			c, ok := node.(*ast.CallExpr)
			if !ok || len(c.Args) == 0 || called(c) != "Say" && called(c) != "Saying" || c.Ellipsis.IsValid() {
				return true
			}
			var name string
			switch k := c.Args[0].(type) {
			case *ast.Ident:
				name = k.Name
			case *ast.SelectorExpr:
				name = k.Sel.Name
			}
			key, ok := byName[name]
			if !ok {
				return true // it is chosen while the program runs
			}
			n++
			var given []string
			for i := 1; i < len(c.Args); i += 2 {
				given = append(given, literal(c.Args[i]))
			}
			slices.Sort(given)
			want := english[key].arguments()
			if key == When || key == WhenUS || key == Stamp || key == StampUS || slices.Equal(given, want) {
				return true
			}
			t.Errorf("%s: %s is given %q, and has the gaps %q", fset.Position(c.Pos()), key, given, want)
			return true
		})
	})
	if n < 120 {
		t.Errorf("only %d sentences are said", n)
	}
}
