package words

import (
	"bytes"
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"strconv"
	"strings"
	"testing"

	"longshore/assets"
	"longshore/uploader"
)

// book is a language's own catalogue.
func book(t *testing.T, l Language) catalogue {
	t.Helper()
	c, err := parse(assets.Translation(string(l)))
	if err != nil {
		t.Fatalf("%s: %v", l, err)
	}
	return c
}

// constants are the string constants of a type in a file.
func constants[T ~string](t *testing.T, file, typ string) []T {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var list []T
	ast.Inspect(f, func(n ast.Node) bool {
		v, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if of, ok := v.Type.(*ast.Ident); ok && of.Name == typ {
			text, err := strconv.Unquote(v.Values[0].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			list = append(list, T(text))
		}
		return true
	})
	if len(list) < 10 {
		t.Fatalf("only %d constants found in %s", len(list), file)
	}
	return list
}

// keyFiles hold the keys.
func keyFiles() []string {
	return []string{"keys.go", "keys_queue.go", "keys_history.go", "keys_keyboard.go", "keys_toolkit.go"}
}

func keys(t *testing.T) (all []Key) {
	for _, f := range keyFiles() {
		all = append(all, constants[Key](t, f, "Key")...)
	}
	return all
}

func codes(t *testing.T) []uploader.Code {
	return constants[uploader.Code](t, "../../uploader/codes.go", "Code")
}

// Every key has its sentence in English, and every sentence is said by somebody: a key of keys.go, a code, a sentence of
// package app.
func TestKeysAndSentencesMatch(t *testing.T) {
	english, said := book(t, English), map[Key]bool{}
	for _, k := range keys(t) {
		if said[k] {
			t.Errorf("two keys are called %s", k)
		}
		said[k] = true
	}
	for _, c := range codes(t) {
		said[Key("code."+c)] = true
	}
	for _, p := range []uploader.GrammarProblem{
		uploader.ProblemColon, uploader.ProblemDays, uploader.ProblemHours, uploader.ProblemNoTime,
		uploader.ProblemSpeed, uploader.ProblemUnit, uploader.ProblemSpeedRange, uploader.ProblemTooLong,
	} {
		said[Key("grammar."+p)] = true
	}
	for k := range said {
		if _, ok := english[k]; !ok {
			t.Errorf("%s has no sentence in en.json", k)
		}
	}
	for k := range english {
		if !said[k] && !strings.HasPrefix(string(k), "app.") {
			t.Errorf("nobody says %s", k)
		}
	}
}

// The command line and the log say what the engine says; in English the window says the same.
func TestEnglishIsTheEngines(t *testing.T) {
	for _, c := range codes(t) {
		if got, want := en.Sentence(c), c.Sentence(); got != want {
			t.Errorf("%s: the window says %q, the engine %q", c, got, want)
		}
	}
}

// A key that is there twice would be said as the last one has it, and the first would be mended in vain.
func TestNoKeyTwice(t *testing.T) {
	for _, l := range Languages() {
		d := json.NewDecoder(bytes.NewReader(assets.Translation(string(l.Language))))
		seen, depth := map[string]bool{}, 0
		for key := true; ; {
			token, err := d.Token()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatalf("%s: %v", l.Name, err)
			}
			switch v := token.(type) {
			case json.Delim:
				depth += map[json.Delim]int{'{': 1, '}': -1}[v]
				key = true
				continue
			case string:
				if depth == 1 && key && seen[v] {
					t.Errorf("%s: %s is there twice", l.Name, v)
				}
				seen[v] = seen[v] || depth == 1 && key
			}
			key = !key
		}
	}
}
