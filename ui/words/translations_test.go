package words

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// same are the sentences that may read as in English: names, units, and words that the languages share.
var same = map[Language][]Key{
	German: {"details.title", "details.name", "details.code", "details.manifest", "vault.name", "form.sizes", "form.per-second", "settings.auto", "settings.name", "settings.proxy", "field.proxy", "receipt.etag", "key.alt", "toolkit.name", "toolkit.ok"},
	French: {"form.day", "details.code", "form.per-second", "settings.auto", "settings.proxy", "receipt.etag", "receipt.version", "form.stamp", "key.ctrl", "key.alt", "toolkit.ok"},
	Spanish: {
		"form.sizes", "form.per-second", "settings.auto", "settings.proxy", "receipt.etag", "test.failed", "key.ctrl", "key.alt", "toolkit.error", "toolkit.no",
	},
}

// arguments are the gaps of a sentence.
func (m message) arguments() []string {
	names := map[string]bool{}
	for _, p := range slices.Concat(m.one, m.other) {
		if p.arg != "" {
			names[p.arg] = true
		}
	}
	return slices.Sorted(maps.Keys(names))
}

// text is a form of a sentence with its gaps.
func text(form []piece) string {
	var s strings.Builder
	for _, p := range form {
		s.WriteString(p.text)
		if p.arg != "" {
			s.WriteString("{" + p.arg + "}")
		}
	}
	return s.String()
}

// Every language says everything, with the same in the gaps, and not in English.
func TestTranslationsAreComplete(t *testing.T) {
	english := book(t, English)
	for _, l := range Languages() {
		own := book(t, l.Language)
		for key, e := range english {
			m, ok := own[key]
			switch {
			case !ok:
				t.Errorf("%s: %s is missing", l.Name, key)
			case !slices.Equal(m.arguments(), e.arguments()):
				t.Errorf("%s: %s has the gaps %q, in English %q", l.Name, key, m.arguments(), e.arguments())
			case m.by != "" && (len(m.one) == 0 || !slices.Contains(m.arguments(), m.by)):
				t.Errorf("%s: %s counts by %q without a form for one", l.Name, key, m.by)
			case len(m.other) == 0:
				t.Errorf("%s: %s says nothing", l.Name, key)
			case l.Language != English && text(m.other) == text(e.other) && !slices.Contains(same[l.Language], key):
				t.Errorf("%s: %s is not translated: %q", l.Name, key, text(m.other))
			case l.Language != English && text(m.other) != text(e.other) && slices.Contains(same[l.Language], key):
				t.Errorf("%s: %s is translated; it need not be on the list of what is the same", l.Name, key)
			}
		}
		for key := range own {
			if _, ok := english[key]; !ok {
				t.Errorf("%s: %s is not there in English", l.Name, key)
			}
		}
		if n := len(strings.Fields(New(l.Language, "").Say(Weekdays))); n != 7 {
			t.Errorf("%s: a week of %d days", l.Name, n)
		}
		if n := len(strings.Fields(New(l.Language, "").Say(Months))); n != 12 {
			t.Errorf("%s: a year of %d months", l.Name, n)
		}
	}
}

// The rules of each language's typography, and of ours: what may not stand in any sentence of it.
var untidy = map[Language]*regexp.Regexp{
	English: regexp.MustCompile(`[„«»¿¡]|  | [.,:;!?]`),
	German:  regexp.MustCompile(`[”«»"]|„[^“]*$|\b[Dd]u\b|\b[Dd]ein|  | [.,:;!?]`),
	French:  regexp.MustCompile(`["„“'] ?|[^\x{202F}] ?[;!?]|[\p{L}\d)}]:|[^\x{202F}]:(?:\s|$)|«[^\x{202F}]|[^\x{202F}]»|(?:^| )(?:[Tt]u|[Tt]on|[Tt]es) |  `),
	Spanish: regexp.MustCompile(`["„“”]|\b[Tt]ú\b|\b[Tt]us?\b|  | [.,:;!?]`),
}

// addresses, options and the grammar of the timetable are no sentences.
var verbatim = regexp.MustCompile(`https?://[\w.]*|\? (?:oder|ni|or) #|--[\w-]+|\{[\w-]+\}|\d+:\d\d|weekdays 8-18: 5 MB/s(?:; daily 22-6: no limit)?`)

func TestTypography(t *testing.T) {
	for _, l := range Languages() {
		for key, m := range book(t, l.Language) {
			for _, form := range [][]piece{m.one, m.other} {
				s := verbatim.ReplaceAllString(text(form), "x")
				if bad := untidy[l.Language].FindString(s); bad != "" {
					t.Errorf("%s: %s is untidy at %q: %q", l.Name, key, bad, s)
				}
				if l.Language == Spanish && (strings.Count(s, "?") != strings.Count(s, "¿") || strings.Count(s, "!") != strings.Count(s, "¡")) {
					t.Errorf("%s: %s opens no question: %q", l.Name, key, s)
				}
			}
		}
	}
}

// Whatever tells a person to choose Retry names the button as it is called, in the language's quotation marks.
func TestButtonsAreCalledByTheirNames(t *testing.T) {
	quotes := map[Language][2]string{German: {"„", "“"}, French: {"«\u202F", "\u202F»"}, Spanish: {"«", "»"}}
	n := 0
	for l, q := range quotes {
		b := New(l, "")
		for key, e := range book(t, English) {
			if !strings.Contains(text(e.other), "hoose Retry") {
				continue
			}
			n++
			if want := q[0] + b.Say(Retry) + q[1]; !strings.Contains(b.Say(key), want) {
				t.Errorf("%s: %s does not name the button %s: %q", l, key, want, b.Say(key))
			}
		}
	}
	if n < 30 {
		t.Errorf("only %d sentences found", n)
	}
}

// Every code and every sentence of package app has its sentence in all languages, in English the same as there.
func TestAppsSentencesAreTheWindows(t *testing.T) {
	f, err := parser.ParseFile(token.NewFileSet(), "../../app/sayings.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	english, said := book(t, English), map[Key]bool{}
	ast.Inspect(f, func(n ast.Node) bool {
		pair, ok := n.(*ast.KeyValueExpr)
		if !ok {
			return true
		}
		key, err1 := strconv.Unquote(pair.Key.(*ast.BasicLit).Value)
		want, err2 := strconv.Unquote(pair.Value.(*ast.BasicLit).Value)
		if err1 != nil || err2 != nil {
			t.Fatal(err1, err2)
		}
		k := Key("app." + key)
		said[k] = true
		if got := text(english[k].other); got != want {
			t.Errorf("%s: the window says %q, package app %q", k, got, want)
		}
		return true
	})
	if len(said) < 40 {
		t.Fatalf("only %d sentences found", len(said))
	}
	for k := range english {
		if strings.HasPrefix(string(k), "app.") && !said[k] {
			t.Errorf("package app does not say %s", k)
		}
	}
}

func TestExplain(t *testing.T) {
	b := New(German, "")
	p := Problem{Code: "wrong-destination", Key: "bytes-moved", Args: []string{"place", "b.example", "before", "a.example"}}
	if got := b.Explain(p); !strings.HasPrefix(got, "Der Tresor will die Daten jetzt nach b.example statt nach a.example senden lassen") {
		t.Errorf("says %q", got)
	}
	if got := b.Explain(Problem{Key: "lost", Args: []string{"files", "12345"}}); !strings.Contains(got, "12.345") {
		t.Errorf("says %q", got)
	}
	if got := b.Explain(Problem{Key: "of-a-newer-app", English: "Something new."}); got != "Something new." {
		t.Errorf("a sentence without a translation: %q", got)
	}
	if got := b.Explain(Problem{Code: "never heard of"}); got != b.Sentence("internal") {
		t.Errorf("an unknown code: %q", got)
	}
	if got := b.Explain(Problem{Key: "notes-gone"}, Problem{Key: "nothing-lost"}); got != "Longshores Notizen waren verschwunden. Es fehlt nichts." {
		t.Errorf("two: %q", got)
	}
}

// A language that lacks a sentence says it in English.
func TestFallsBackToEnglish(t *testing.T) {
	b := New(French, "")
	delete(b.own, PauseAll)
	if got := b.Say(PauseAll); got != "Pause all" {
		t.Errorf("says %q", got)
	}
	if got := b.Say("no.such-key"); got != "no.such-key" {
		t.Errorf("a key nobody knows: %q", got)
	}
}

func TestChoosesTheSystemsLanguage(t *testing.T) {
	for _, c := range []struct {
		chosen Language
		locale string
		want   Language
	}{
		{System, "de-CH", German}, {System, "de_AT.UTF-8", German}, {System, "fr", French}, {System, "es-419", Spanish},
		{System, "nl-NL", English}, {System, "", English}, {System, "C", English}, {System, "zh-Hant-TW", English},
		{Spanish, "de-DE", Spanish}, {"xx", "fr-FR", French},
	} {
		if got := New(c.chosen, c.locale).Language(); got != c.want {
			t.Errorf("%q on %q speaks %s, want %s", c.chosen, c.locale, got, c.want)
		}
	}
}
