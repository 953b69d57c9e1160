package s3

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"

	"longshore/signer/bucket"
)

// operations finds the SDK's operations that this package calls, in its source:
// every call of a method that the SDK's client has and that takes an input.
func operations(t *testing.T) []string {
	t.Helper()
	client := reflect.TypeFor[*awss3.Client]()
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".go") || strings.HasSuffix(e.Name(), "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), e.Name(), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			sel, ok := call.Fun.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			if m, ok := client.MethodByName(sel.Sel.Name); ok && m.Type.NumIn() == 4 && m.Type.IsVariadic() {
				found = append(found, m.Name)
			}
			return true
		})
	}
	slices.Sort(found)
	return slices.Compact(found)
}

// TestPermissionsAreComplete holds the table of IAM actions against the calls
// that are really made, in both directions. PutObject is also what clients send
// with the signed PUTs.
func TestPermissionsAreComplete(t *testing.T) {
	called := operations(t)
	if len(called) < 15 {
		t.Fatalf("only %v were found", called)
	}
	var listed []string
	for _, p := range bucket.Permissions() {
		listed = append(listed, p.Calls...)
	}
	for _, op := range called {
		if !slices.Contains(listed, op) {
			t.Errorf("%s is called, and the table does not say what it needs", op)
		}
	}
	for _, op := range listed {
		if !slices.Contains(called, op) {
			t.Errorf("the table lists %s, which nobody calls", op)
		}
	}
}
