package signer

import (
	"os"
	"reflect"
	"strings"
	"testing"
)

// TestDocumentedPolicyWorks reads the example of the operator's guide as serve
// would.
func TestDocumentedPolicyWorks(t *testing.T) {
	guide, err := os.ReadFile("../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(guide), "<!-- example: policy -->\n```toml\n")
	text, _, closed := strings.Cut(rest, "```")
	if !ok || !closed {
		t.Fatal("docs/operations.md has no example of a policy file")
	}
	f, err := OpenPolicyFile(policyPath(t, text), nil)
	if err != nil {
		t.Fatal(err)
	}
	p := f.current()
	if len(p.groups) != 2 || p.groups[0].group != "radiology" || p.groups[1].group != "Media Staff" || !p.requireGroup {
		t.Fatalf("%+v", p)
	}
	// Every setting there is, the example shows.
	for _, typ := range []reflect.Type{reflect.TypeFor[policyDoc](), reflect.TypeFor[rulesDoc]()} {
		for i := range typ.NumField() {
			if name := typ.Field(i).Tag.Get("toml"); !strings.Contains(text, name) {
				t.Errorf("the example does not show %s", name)
			}
		}
	}
}
