package signer

import (
	"regexp"
	"strings"
	"testing"
)

// FuzzTokenFile reads whatever an operator may have written: no panic, nobody
// whom keys could not name, no secret in the error, and each token is somebody's.
func FuzzTokenFile(f *testing.F) {
	f.Add("token-of-16-chars-1 robot groups=ward,lab\n# a remark\n\ntoken-of-16-chars-2 robot robo-1 groups=lab\n")
	f.Add("token-of-16-chars-1 a x\ntoken-of-16-chars-2 b x\n")
	f.Add("short a\n")
	f.Add("token-of-16-chars-1 a longshore-probe\n")
	f.Add("token-of-16-chars-1\x00 a\x85b groups=\r\n\ufeffx")
	form := regexp.MustCompile(`^token file(, line [0-9]+)?: `)
	f.Fuzz(func(t *testing.T, text string) {
		table, err := parseTokens([]byte(text))
		if err != nil {
			if !form.MatchString(err.Error()) {
				t.Fatalf("the error does not say where: %v", err)
			}
			for word := range strings.FieldsSeq(text) {
				if len(word) >= minToken && strings.Contains(err.Error(), word) && word != string(probePrincipal) {
					t.Fatalf("the error quotes %q: %v", word, err)
				}
			}
			return
		}
		for _, c := range table.callers {
			if !c.Principal.valid() || c.Principal == probePrincipal {
				t.Fatalf("named %q", c.Principal)
			}
			for _, g := range c.Groups {
				if g == "" || strings.ContainsAny(g, " \t\n,") {
					t.Fatalf("a group %q", g)
				}
			}
		}
	})
}
