package app

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"longshore/internal/redact"
	"longshore/uploader"
)

// everyCode reads the codes out of the engine's source, so that none is left out.
func everyCode(t *testing.T) []uploader.Code {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), filepath.Join("..", "uploader", "codes.go"), nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var all []uploader.Code
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || len(spec.Values) != 1 {
			return true
		}
		if kind, ok := spec.Type.(*ast.Ident); ok && kind.Name == "Code" {
			value, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, uploader.Code(value))
		}
		return true
	})
	if len(all) < 40 {
		t.Fatalf("only %d codes were found", len(all))
	}
	return all
}

// leaky are causes as libraries make them.
func leaky() map[string]error {
	path := "/home/dr-jekyll/MUELLER^ANNA_19630412/Befund 4711.dcm"
	signed := "https://user:hunter2hunter2@s3.example/vault/MUELLER%5EANNA_19630412.dcm?X-Amz-Credential=AKIA1234&X-Amz-Signature=deadbeefcafe"
	return map[string]error{
		"a path":              &fs.PathError{Op: "open", Path: path, Err: fs.ErrPermission},
		"a path of a rename":  &os.LinkError{Op: "rename", Old: path, New: path + "2", Err: fs.ErrExist},
		"a Windows path":      errors.New(`open C:\Users\dr-jekyll\MUELLER^ANNA_19630412\Befund 4711.dcm: access is denied`),
		"a share":             errors.New(`read \\nas\dr-jekyll\MUELLER^ANNA_19630412\Befund 4711.dcm: gone`),
		"a URL":               &url.Error{Op: "Put", URL: signed, Err: errors.New("EOF")},
		"a URL in a text":     fmt.Errorf("put %s: 503", signed),
		"a token":             errors.New("Authorization: Bearer hunter2hunter2 was refused"),
		"a token in a query":  errors.New("GET /x?access_token=hunter2hunter2&a=b failed"),
		"a wrapped path":      fmt.Errorf("store: %w", &fs.PathError{Op: "stat", Path: path, Err: fs.ErrNotExist}),
		"several":             errors.Join(&fs.PathError{Op: "open", Path: path, Err: fs.ErrNotExist}, fmt.Errorf("get %s: EOF", signed)),
		"another of its kind": uploader.E("inner", uploader.CodeNetwork, &fs.PathError{Op: "open", Path: path, Err: fs.ErrNotExist}),
	}
}

// TestNoCodeTellsSecrets: whatever code an error has and whatever its cause
// holds, what a person, a script and the log get to see is clean: the sentence,
// the detail, the CLI's JSON, and the record in the log, in each of its forms.
func TestNoCodeTellsSecrets(t *testing.T) {
	secrets := []string{"jekyll", "MUELLER", "ANNA", "Befund", "4711.dcm", "hunter2", "X-Amz-Signature=d", "deadbeef", "AKIA1234"}
	for _, code := range everyCode(t) {
		for what, cause := range leaky() {
			raw := uploader.E("put", code, cause)
			var log bytes.Buffer
			logger, closer := testLog(t, &log)
			logger.Warn("a job failed: "+raw.Error(), "err", raw, "text", raw.Error(), "cause", cause, slog.Group("g", "err", raw), "many", []error{raw})
			logger.With("err", raw).WithGroup("in").Error("again")
			closer()
			asJSON, err := json.Marshal(Explain(raw))
			if err != nil {
				t.Fatal(err)
			}
			own := fail("op", code, say("token-empty"), cause)
			for where, text := range map[string]string{
				"the JSON": string(asJSON), "the log": log.String(), "the detail": Explain(raw).Detail, "wrapped": Explain(fmt.Errorf("w: %w", raw)).Detail,
				"a sentence of its own": Explain(own).Detail + Explain(own).Sentence, "a row of the queue": ProblemOf(code, uploader.E("put", code, redact.Err(cause)).Error()).Detail, "its text": own.Error(), "the cause of it": errors.Unwrap(own).Error(),
				"what crosses the seam": asError(cause).Error(),
			} {
				if where == "what crosses the seam" && what == "another of its kind" {
					continue // is one already, and keeps what its maker put in
				}
				for _, s := range secrets {
					if strings.Contains(text, s) {
						t.Errorf("%s, %s: %s holds %q: %s", code, what, where, s, text)
					}
				}
			}
			if log.Len() == 0 || !strings.Contains(string(asJSON), string(code)) {
				t.Fatalf("%s: nothing was logged, or the JSON lacks the code: %s", code, asJSON)
			}
		}
	}
}

// testLog is the log of a state folder, read back when it is closed.
func testLog(t *testing.T, into *bytes.Buffer) (*slog.Logger, func()) {
	t.Helper()
	dir := t.TempDir()
	log, closer, err := openLog(dir)
	if err != nil {
		t.Fatal(err)
	}
	return log, func() {
		if err := closer.Close(); err != nil {
			t.Fatal(err)
		}
		raw, err := os.ReadFile(filepath.Join(dir, logName))
		if err != nil {
			t.Fatal(err)
		}
		into.Write(raw)
	}
}
