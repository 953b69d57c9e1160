package signer

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"

	"longshore/signer/api"
)

// minToken is the least length of a bearer token: shorter ones can be guessed.
const minToken = 16

// TokenFile takes bearer tokens from a file and reads it again when it changes.
//
// Each line is "token principal", "token principal alias", and either may end
// in "groups=a,b"; blank lines and lines that start with # are skipped. Several
// tokens may name one principal. With an alias ([a-z0-9-]{1,40}) keys show it
// instead of a hash. Groups are what policy goes by.
//
// A file from which the last token was taken lets nobody in.
type TokenFile struct{ file *watched[tokenTable] }

// tokenTable is a file's content. Tokens are held and looked up as SHA-256, so
// that neither memory nor timing gives one away.
type tokenTable struct {
	callers  map[[sha256.Size]byte]Caller
	subjects map[Principal]string // who has the principal, an alias or a hash
}

// OpenTokenFile reads the file at path. It fails if the file cannot be read, has
// no token or has a malformed line; errors name the line, never its content. log may be nil.
func OpenTokenFile(path string, log *slog.Logger) (*TokenFile, error) {
	file, err := watch(path, "token file", log, parseTokens)
	if err != nil {
		return nil, err
	}
	if len(file.value.callers) == 0 {
		return nil, errors.New("the token file has no tokens")
	}
	return &TokenFile{file: file}, nil
}

// Describe says that callers need a token that somebody gave them.
func (t *TokenFile) Describe() api.Auth { return api.Auth{Type: api.AuthBearer} }

// Ready is closed: a file that could be opened can be used.
func (t *TokenFile) Ready() <-chan struct{} { return closedChannel() }

// NotReady is empty.
func (t *TokenFile) NotReady() string { return "" }

// Authenticate takes the token of "Authorization: Bearer".
func (t *TokenFile) Authenticate(r *http.Request) (Caller, error) {
	token, err := bearerToken(r)
	if err != nil {
		return Caller{}, err
	}
	if c, ok := t.file.current().callers[sha256.Sum256([]byte(token))]; ok {
		return c, nil
	}
	return Caller{}, invalidToken("", nil)
}

// names tells whether a line of the file names that principal.
func (t *TokenFile) names(p Principal) bool {
	_, ok := t.file.current().subjects[p]
	return ok
}

func parseTokens(data []byte) (tokenTable, error) {
	table := tokenTable{callers: make(map[[sha256.Size]byte]Caller), subjects: make(map[Principal]string)}
	sc := bufio.NewScanner(bytes.NewReader(data))
	for n := 1; sc.Scan(); n++ {
		line := strings.TrimSpace(sc.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		token, subject, c, err := parseTokenLine(strings.Fields(line))
		if err != nil {
			return tokenTable{}, fmt.Errorf("token file, line %d: %w", n, err)
		}
		if s, ok := table.subjects[c.Principal]; ok && s != subject {
			return tokenTable{}, fmt.Errorf("token file, line %d: the alias already belongs to another principal", n)
		}
		table.subjects[c.Principal] = subject
		sum := sha256.Sum256([]byte(token))
		if old, ok := table.callers[sum]; ok && (old.Principal != c.Principal || !slices.Equal(old.Groups, c.Groups)) {
			return tokenTable{}, fmt.Errorf("token file, line %d: the token already belongs to another principal or other groups", n)
		}
		table.callers[sum] = c
	}
	if err := sc.Err(); err != nil {
		return tokenTable{}, fmt.Errorf("token file: %w", err)
	}
	return table, nil
}

// parseTokenLine reads one line's words. Its errors quote none of them.
func parseTokenLine(f []string) (token, subject string, c Caller, err error) {
	if len(f) > 2 {
		if list, ok := strings.CutPrefix(f[len(f)-1], "groups="); ok {
			c.Groups, f = strings.Split(list, ","), f[:len(f)-1]
			if slices.Contains(c.Groups, "") {
				return "", "", c, errors.New("want groups as \"groups=a,b\", each with a name")
			}
		}
	}
	if len(f) < 2 || len(f) > 3 {
		return "", "", c, errors.New("want \"token principal\" or \"token principal alias\", and perhaps \"groups=a,b\"")
	}
	if len(f[0]) < minToken {
		return "", "", c, fmt.Errorf("the token needs at least %d characters", minToken)
	}
	c.Principal = HashPrincipal("token", "", f[1])
	if len(f) == 3 {
		if c.Principal = Principal(f[2]); !c.Principal.alias() {
			return "", "", c, errors.New("an alias is 1 to 40 of a-z, 0-9 and -, and not longshore-probe, which is the signer's own")
		}
	}
	return f[0], f[1], c, nil
}
