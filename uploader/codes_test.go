package uploader

import (
	"context"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// declaredCodes reads the Code constants out of codes.go, so that none can be added without a row.
func declaredCodes(t *testing.T) map[string]Code {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "codes.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	codes := make(map[string]Code)
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || len(spec.Values) != 1 {
			return true
		}
		if kind, ok := spec.Type.(*ast.Ident); !ok || kind.Name != "Code" {
			return true
		}
		value, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
		if err != nil {
			t.Fatal(err)
		}
		codes[spec.Names[0].Name] = Code(value)
		return true
	})
	return codes
}

func TestEveryCodeHasARow(t *testing.T) {
	codes := declaredCodes(t)
	if len(codes) < 40 {
		t.Fatalf("only %d codes found in codes.go", len(codes))
	}
	known := make(map[Code]string)
	form := regexp.MustCompile(`^[a-z]+(-[a-z]+)*$`)
	for name, code := range codes {
		if other, twice := known[code]; twice {
			t.Errorf("%s and %s are both %q", name, other, code)
		}
		known[code] = name
		if _, ok := codeTable[code]; !ok {
			t.Errorf("%s has no row in the table", name)
		}
		if !form.MatchString(string(code)) {
			t.Errorf("%s is %q: not lower case with hyphens", name, code)
		}
	}
	for code := range codeTable {
		if _, ok := known[code]; !ok {
			t.Errorf("the table's row %q is no code", code)
		}
	}
}

// jargon is what no nurse should have to read.
var jargon = regexp.MustCompile(`\b(S3|HTTPS?|URL|JSON|XML|TLS|SSL|DNS|TCP|CRC\w*|MD5|API|AWS|KMS|SHA\w*|EOF|POST|PUT|GET|[45]\d\d)\b|` +
	`(?i)\b(etag|checksum|digest|bucket|multipart|upload ?id|object key|mutex|panic|nil|null|errno|timeout|symlink|inode|journal|database|backoff)\b`)

func TestSentencesAreForPeople(t *testing.T) {
	for code, info := range codeTable {
		s := info.Sentence
		switch {
		case len(s) < 20 || !strings.HasSuffix(s, "."):
			t.Errorf("%s: no full sentence: %q", code, s)
		case strings.TrimSpace(s) != s || strings.Contains(s, "  ") || s[0] < 'A' || s[0] > 'Z':
			t.Errorf("%s: untidy: %q", code, s)
		case jargon.MatchString(s):
			t.Errorf("%s: %q is jargon in %q", code, jargon.FindString(s), s)
		}
	}
}

// Wait and Hold show a reason on the row; a reason anywhere else but at Retry would never be seen.
func TestWaitsHaveAReason(t *testing.T) {
	reasons := map[WaitReason]bool{WaitNetwork: true, WaitDrive: true, WaitSignIn: true, WaitThrottled: true, WaitMachine: true, WaitServer: true, WaitTimetable: true}
	for code, info := range codeTable {
		switch info.Action {
		case Wait, Hold, Retry:
			if !reasons[info.Reason] {
				t.Errorf("%s waits for %q", code, info.Reason)
			}
		case Stop, Resign, Look, Restart, Ask:
			if info.Reason != "" {
				t.Errorf("%s does not wait, but has the reason %q", code, info.Reason)
			}
		default:
			t.Errorf("%s has the unknown action %d", code, info.Action)
		}
	}
}

func TestCodeOf(t *testing.T) {
	for _, c := range []struct {
		err  error
		want Code
	}{
		{nil, ""},
		{E("put", CodeDenied, nil), CodeDenied},
		{fmt.Errorf("outer: %w", E("put", CodeDenied, nil)), CodeDenied},
		{E("outer", CodeServer, E("inner", CodeDenied, nil)), CodeServer},
		{fmt.Errorf("outer: %w", context.Canceled), CodeCancelled},
		{context.DeadlineExceeded, CodeInternal},
		{fmt.Errorf("other"), CodeInternal},
	} {
		if got := CodeOf(c.err); got != c.want {
			t.Errorf("CodeOf(%v) = %q, want %q", c.err, got, c.want)
		}
	}
	if Code("never heard of").Info() != codeTable[CodeInternal] {
		t.Error("an unknown code does not read as CodeInternal")
	}
}
