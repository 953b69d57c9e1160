package words

import (
	"strconv"
	"strings"

	"longshore/assets"
	"longshore/uploader"
)

// Language is an ISO 639-1 code; "" stands for the system's language.
type Language string

// The languages.
const (
	System  Language = ""
	English Language = "en"
	German  Language = "de"
	French  Language = "fr"
	Spanish Language = "es"
)

// Languages are all there are, each with its name in itself.
func Languages() []struct {
	Language Language
	Name     string
} {
	return []struct {
		Language Language
		Name     string
	}{{English, "English"}, {German, "Deutsch"}, {French, "Français"}, {Spanish, "Español"}}
}

// Book is one language: what the window says in it, and how it writes numbers and dates. It does not change and may be
// used by several goroutines.
type Book struct {
	language     Language
	form         form
	own, english catalogue
}

// New opens the book of a language. System, or a language there is no book for, means the one of the system's locale (a
// BCP 47 tag such as "de-CH"), and English where there is none for that either. Numbers and dates are written as in the
// locale's region, if the language is the locale's.
func New(chosen Language, locale string) *Book {
	base, region := split(locale)
	if !known(chosen) {
		chosen = base
	}
	if !known(chosen) {
		chosen = English
	}
	if chosen != base {
		region = ""
	}
	b := &Book{language: chosen, form: formOf(chosen, region)}
	b.english, _ = parse(assets.Translation(string(English))) // a test holds them whole; without one, keys are shown
	b.own = b.english
	switch {
	case region == pseudo:
		b.own = stretched(b.english)
	case chosen != English:
		b.own, _ = parse(assets.Translation(string(chosen)))
	}
	return b
}

func known(l Language) bool {
	for _, k := range Languages() {
		if k.Language == l {
			return true
		}
	}
	return false
}

// split takes a locale's language and region out of it: de-CH, de_CH.UTF-8, es-419, zh-Hant-TW.
func split(locale string) (base Language, region string) {
	locale, _, _ = strings.Cut(locale, ".")
	parts := strings.FieldsFunc(locale, func(r rune) bool { return r == '-' || r == '_' || r == '@' })
	for i, p := range parts {
		switch {
		case i == 0:
			base = Language(strings.ToLower(p))
		case len(p) == 2 || len(p) == 3 && p[0] >= '0' && p[0] <= '9':
			region = strings.ToUpper(p)
		}
	}
	return base, region
}

// Language is the book's own.
func (b *Book) Language() Language { return b.language }

// Say is a sentence. Its arguments are pairs of a name, as the catalogue has it between braces, and a string or an int;
// an int is written as numbers are, and chooses the plural form if the sentence has several. A key that the language
// lacks is said in English, and one that nobody knows is shown as it is.
func (b *Book) Say(key Key, args ...any) string {
	m, ok := b.own[key]
	if !ok {
		if m, ok = b.english[key]; !ok {
			return string(key)
		}
	}
	list := m.other
	if n, counts := number(m.by, args); counts && b.form.one(n) {
		list = m.one
	}
	var s strings.Builder
	for _, p := range list {
		s.WriteString(p.text)
		if p.arg != "" {
			s.WriteString(b.argument(p.arg, args))
		}
	}
	return s.String()
}

func (b *Book) argument(name string, args []any) string {
	for i := 0; i+1 < len(args); i += 2 {
		if args[i] != any(name) {
			continue
		}
		switch v := args[i+1].(type) {
		case int:
			return b.Number(v)
		case string:
			return v
		}
	}
	return "{" + name + "}"
}

func number(name string, args []any) (int, bool) {
	for i := 0; i+1 < len(args); i += 2 {
		if n, ok := args[i+1].(int); ok && args[i] == any(name) {
			return n, true
		}
	}
	return 0, false
}

// Sentence says what a code means, with a next step.
func (b *Book) Sentence(c uploader.Code) string {
	if key := Key("code." + c); b.has(key) {
		return b.Say(key)
	}
	return b.Say(Key("code." + uploader.CodeInternal))
}

func (b *Book) has(key Key) bool {
	_, ok := b.own[key]
	if !ok {
		_, ok = b.english[key]
	}
	return ok
}

// Sentence is something to say in whatever language the window has by then.
type Sentence func(*Book) string

// Saying is a sentence that is said later; the arguments are those of Book.Say.
func Saying(key Key, args ...any) Sentence {
	return func(b *Book) string { return b.Say(key, args...) }
}

// Problem is an error as those tell it who know no window: a code, and where it says too little the key of a sentence
// of its own, with its arguments (pairs of name and text).
type Problem struct {
	Code    uploader.Code
	Key     string
	Args    []string
	English string // the sentence itself, for a key without a translation
}

// Explain is the sentence for a problem, or those for several, one after another.
func (b *Book) Explain(all ...Problem) string {
	texts := make([]string, len(all))
	for i, p := range all {
		texts[i] = b.explain(p)
	}
	return strings.Join(texts, " ")
}

func (b *Book) explain(p Problem) string {
	if p.Key == "" {
		return b.Sentence(p.Code)
	}
	key := Key("app." + p.Key)
	if !b.has(key) {
		return p.English
	}
	args := make([]any, len(p.Args))
	for i, a := range p.Args {
		args[i] = a
		if n, err := strconv.Atoi(a); err == nil && i%2 == 1 {
			args[i] = n
		}
	}
	return b.Say(key, args...)
}
