package signer_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"longshore/signer"
)

func tokensOf(t testing.TB, text string) (*signer.TokenFile, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "tokens")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return signer.OpenTokenFile(path, nil)
}

func TestTokenLinesNameGroups(t *testing.T) {
	tokens, err := tokensOf(t, "token-of-16-chars-1 robot groups=ward,lab\ntoken-of-16-chars-2 robot robo-1 groups=lab\ntoken-of-16-chars-3 robot\ntoken-of-16-chars-4 groups=x\n")
	if err != nil {
		t.Fatal(err)
	}
	hash := string(signer.HashPrincipal("token", "", "robot"))
	for token, want := range map[string]string{
		"token-of-16-chars-1": hash + " [ward lab]", "token-of-16-chars-2": "robo-1 [lab]", "token-of-16-chars-3": hash + " []",
		"token-of-16-chars-4": string(signer.HashPrincipal("token", "", "groups=x")) + " []", // two words were a principal before there were groups
	} {
		c, err := authenticate(tokens, token)
		if got := fmt.Sprint(c.Principal, " ", c.Groups); err != nil || got != want {
			t.Errorf("%s: %s %v, want %s", token, got, err, want)
		}
	}
}

func TestTokenLineMistakes(t *testing.T) {
	for name, text := range map[string]string{
		"no principal":       "token-of-16-chars-1\n",
		"short":              "short alice\n",
		"an alias of others": "token-of-16-chars-1 alice x\ntoken-of-16-chars-2 bob x\n",
		"a token twice":      "token-of-16-chars-1 alice\ntoken-of-16-chars-1 bob\n",
		"with other groups":  "token-of-16-chars-1 alice groups=a\ntoken-of-16-chars-1 alice groups=b\n",
		"an empty group":     "token-of-16-chars-1 alice groups=a,,b\n",
		"no group at all":    "token-of-16-chars-1 alice groups=\n",
		"groups amid":        "token-of-16-chars-1 alice groups=a al\n",
		"five words":         "token-of-16-chars-1 alice al x groups=a\n",
		"bad alias":          "token-of-16-chars-1 alice Al groups=a\n",
		"nothing":            "# nobody\n",
	} {
		_, err := tokensOf(t, text)
		if err == nil || strings.Contains(err.Error(), "token-of") || strings.Contains(err.Error(), "alice") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
