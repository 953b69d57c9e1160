package connfile

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/BurntSushi/toml"
)

// Encode writes a file that Parse reads back to the same. Error: a *Fault, if it would not.
func (f File) Encode() ([]byte, error) {
	f.Version = Version
	if err := f.check(); err != nil {
		return nil, err
	}
	var b bytes.Buffer
	b.WriteString("# A connection to a Longshore vault. Open it with Longshore: it shows what is in here and asks before it\n" +
		"# connects. There is nothing secret in it.\n")
	line := func(key string, value any) error {
		text, err := toml.Marshal(map[string]any{key: value})
		if err == nil {
			b.Write(text)
		}
		return err
	}
	entries := []struct {
		key   string
		value any
		skip  bool
	}{
		{"longshore", f.Version, false},
		{"name", f.Name, false},
		{"operator", f.Operator, f.Operator == ""},
		{"signer", f.Signer, false},
		{"data-origins", f.DataOrigins, false},
		{"proxy", f.Proxy, f.Proxy == ""},
	}
	for _, e := range entries {
		if e.skip {
			continue
		}
		if err := line(e.key, e.value); err != nil {
			return nil, err
		}
	}
	if f.CA != "" { // base64 and dashes need no escapes
		fmt.Fprintf(&b, "ca = \"\"\"\n%s\"\"\"\n", strings.TrimSpace(strings.ReplaceAll(f.CA, "\r", ""))+"\n")
	}
	b.WriteString("\n[sign-in]\n")
	if err := line("how", f.SignIn.How); err != nil {
		return nil, err
	}
	if f.SignIn.Issuer != "" {
		if err := line("issuer", f.SignIn.Issuer); err != nil {
			return nil, err
		}
	}
	if f.Defaults != (Defaults{}) {
		b.WriteString("\n[defaults]\n")
	}
	if f.Defaults.Parallel > 0 {
		if err := line("parallel", f.Defaults.Parallel); err != nil {
			return nil, err
		}
	}
	if f.Defaults.Limit != "" {
		if err := line("limit", f.Defaults.Limit); err != nil {
			return nil, err
		}
	}
	if _, err := Parse(b.Bytes()); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}
