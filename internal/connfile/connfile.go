// Package connfile reads and writes connection files (*.longshore): a small TOML that an administrator hands out, with
// all that a person would else have to type to reach a vault. The signer's command writes them, the client reads them.
//
// It must not know what a vault or a signer is, nor act on what it reads: whoever reads one shows it to the person, who
// then decides. A file holds nothing secret, and one that could is refused.
package connfile

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/BurntSushi/toml"
)

// Ext is how the files' names end.
const Ext = ".longshore"

// Version is the one that is written and read.
const Version = 1

// MaxSize of a file, in bytes: room for a chain of some certificates.
const MaxSize = 64 << 10

// Bounds of what is shown to a person.
const (
	maxName    = 100  // runes of a name
	maxAddress = 1000 // bytes of an address
	maxOrigins = 16
	maxCAs     = 16
)

// The ways to sign in.
const (
	SignInNone  = "none"
	SignInToken = "token"
	SignInOIDC  = "oidc"
)

// File is what a connection file says.
type File struct {
	Version     int      `toml:"longshore"`
	Name        string   `toml:"name"`         // of the vault, as people call it
	Operator    string   `toml:"operator"`     // who runs it; "" if not said
	Signer      string   `toml:"signer"`       // its address
	DataOrigins []string `toml:"data-origins"` // scheme://host[:port], where the bytes go and nowhere else
	CA          string   `toml:"ca"`           // certificates in PEM, trusted for this vault's hosts alone; "" for the system's
	Proxy       string   `toml:"proxy"`        // "system", "none" or http(s)://host:port; "" is "system"
	SignIn      SignIn   `toml:"sign-in"`
	Defaults    Defaults `toml:"defaults"`
}

// SignIn says how one signs in.
type SignIn struct {
	How    string `toml:"how"`    // SignInNone, SignInToken or SignInOIDC
	Issuer string `toml:"issuer"` // where: with SignInOIDC alone
}

// Defaults count where the person has set nothing.
type Defaults struct {
	Parallel int    `toml:"parallel"` // parts in flight, 1 to 64; 0 if not said
	Limit    string `toml:"limit"`    // speed of all uploads together, such as "20 MB/s"; "" if not said
}

// Fault says what is wrong with a file, in a way that needs no TOML: Kind tells which sentence fits, Key which entry it
// is about, Line where (0 if it cannot be told).
type Fault struct {
	Kind Kind
	Key  string
	Line int
}

// Kind is a kind of fault.
type Kind string

// The kinds of faults.
const (
	TooLarge Kind = "too-large"
	NotTOML  Kind = "not-toml"
	Newer    Kind = "newer"   // a version we do not know
	Missing  Kind = "missing" // an entry that must be there
	Unknown  Kind = "unknown" // an entry we do not know
	Bad      Kind = "bad"     // an entry's value cannot be
	Secret   Kind = "secret"  // a password or key, which has no place here
)

func (f *Fault) Error() string {
	s := "connection file: " + string(f.Kind)
	if f.Key != "" {
		s += ", entry " + f.Key
	}
	if f.Line > 0 {
		s += fmt.Sprintf(", line %d", f.Line)
	}
	return s
}

func bad(key string) error { return &Fault{Kind: Bad, Key: key} }

// Parse reads a file strictly: an entry it does not know is refused, because ignoring one could mean to ignore a
// protection. Every error is a *Fault. What addresses may be, the caller knows better and checks itself.
func Parse(data []byte) (File, error) {
	var f File
	if len(data) > MaxSize {
		return File{}, &Fault{Kind: TooLarge}
	}
	data = bytes.TrimPrefix(data, []byte("\ufeff")) // Windows' editors put it there
	if !utf8.Valid(data) {
		return File{}, &Fault{Kind: NotTOML}
	}
	// The version first: a newer file may hold what an older program takes for a mistake.
	var v struct {
		Version any `toml:"longshore"`
	}
	if _, err := toml.Decode(string(data), &v); err != nil {
		return File{}, parseFault(err)
	}
	switch n, ok := v.Version.(int64); {
	case v.Version == nil:
		return File{}, &Fault{Kind: Missing, Key: "longshore"}
	case !ok || n < 1:
		return File{}, bad("longshore")
	case n > Version:
		return File{}, &Fault{Kind: Newer}
	}
	meta, err := toml.Decode(string(data), &f)
	if err != nil {
		return File{}, parseFault(err)
	}
	if left := meta.Undecoded(); len(left) > 0 {
		return File{}, &Fault{Kind: Unknown, Key: shown(left[0].String())}
	}
	return f, f.check()
}

// parseFault keeps the place of a mistake and nothing of the text, which may hold anything.
func parseFault(err error) error {
	var p toml.ParseError
	if errors.As(err, &p) {
		f := &Fault{Kind: NotTOML, Line: p.Position.Line}
		if p.LastKey != "" {
			f.Kind, f.Key = Bad, shown(p.LastKey)
		}
		return f
	}
	return &Fault{Kind: NotTOML} // a value of another type
}

// shown makes an entry's name fit for a sentence.
func shown(key string) string {
	key = strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '?'
		}
		return r
	}, key)
	return key[:min(len(key), 40)]
}

func (f File) check() error {
	switch {
	case f.Name == "":
		return &Fault{Kind: Missing, Key: "name"}
	case !plain(f.Name):
		return bad("name")
	case !plain(f.Operator):
		return bad("operator")
	case f.Signer == "":
		return &Fault{Kind: Missing, Key: "signer"}
	case !address(f.Signer):
		return bad("signer")
	case len(f.DataOrigins) == 0:
		return &Fault{Kind: Missing, Key: "data-origins"}
	case len(f.DataOrigins) > maxOrigins:
		return bad("data-origins")
	case len(f.Proxy) > maxAddress || !address(f.Proxy):
		return bad("proxy")
	case f.Defaults.Parallel < 0 || f.Defaults.Parallel > 64:
		return bad("defaults.parallel")
	case len(f.Defaults.Limit) > 40 || !plain(f.Defaults.Limit):
		return bad("defaults.limit")
	}
	for _, o := range f.DataOrigins {
		if o == "" || !address(o) {
			return bad("data-origins")
		}
	}
	if strings.Contains(f.Proxy, "@") {
		return &Fault{Kind: Secret, Key: "proxy"}
	}
	if err := f.SignIn.check(); err != nil {
		return err
	}
	return checkCA(f.CA)
}

func (s SignIn) check() error {
	switch {
	case s.How == "":
		return &Fault{Kind: Missing, Key: "sign-in.how"}
	case s.How != SignInNone && s.How != SignInToken && s.How != SignInOIDC:
		return bad("sign-in.how")
	case s.How == SignInOIDC && s.Issuer == "":
		return &Fault{Kind: Missing, Key: "sign-in.issuer"}
	case s.How != SignInOIDC && s.Issuer != "", !address(s.Issuer):
		return bad("sign-in.issuer")
	}
	return nil
}

// plain tells whether a text can be shown in a line as it is: short, printable, and nothing that turns the direction
// of writing, with which a name could show another.
func plain(s string) bool {
	if utf8.RuneCountInString(s) > maxName || s != strings.TrimSpace(s) {
		return false
	}
	for _, r := range s {
		if r != ' ' && (!unicode.IsGraphic(r) || unicode.Is(unicode.Zs, r)) || unicode.Is(unicode.Bidi_Control, r) {
			return false
		}
	}
	return true
}

// address tells whether a text may be one at all: short, and of what addresses are made of.
func address(s string) bool {
	return len(s) <= maxAddress && !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' })
}

// checkCA looks that there is nothing but certificates that sign others or are what the server shows.
func checkCA(text string) error {
	rest := []byte(text)
	for n := 0; len(bytes.TrimSpace(rest)) > 0; n++ {
		block, after := pem.Decode(rest)
		switch {
		case block == nil, n == maxCAs:
			return bad("ca")
		case strings.Contains(block.Type, "PRIVATE KEY"):
			return &Fault{Kind: Secret, Key: "ca"}
		case block.Type != "CERTIFICATE":
			return bad("ca")
		}
		if _, err := x509.ParseCertificate(block.Bytes); err != nil {
			return bad("ca")
		}
		rest = after
	}
	return nil
}
