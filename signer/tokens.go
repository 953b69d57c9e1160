package signer

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"

	"longshore/signer/api"
)

// minToken is the least length of a bearer token: shorter ones can be guessed.
const minToken = 16

// maxTokenFile bounds what is read, in bytes.
const maxTokenFile = 16 << 20

// TokenFile takes bearer tokens from a file and reads it again when it changes.
//
// Each line is "token principal" or "token principal alias"; blank lines and
// lines that start with # are skipped. Several tokens may name one principal.
// With an alias ([a-z0-9-]{1,40}) keys show it instead of a hash.
type TokenFile struct {
	path string
	log  *slog.Logger

	mu     sync.Mutex
	stamp  fileStamp
	tokens map[[sha256.Size]byte]Principal
}

// fileStamp tells one state of the file from another.
type fileStamp struct {
	modTime time.Time
	size    int64
}

// OpenTokenFile reads the file at path. It fails if the file cannot be read or
// has a malformed line; errors name the line, never its content. log may be nil.
func OpenTokenFile(path string, log *slog.Logger) (*TokenFile, error) {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	t := &TokenFile{path: path, log: log}
	if err := t.load(); err != nil {
		return nil, err
	}
	return t, nil
}

// Type is api.AuthBearer.
func (t *TokenFile) Type() string { return api.AuthBearer }

// Authenticate takes the token of "Authorization: Bearer". Tokens are held and
// compared as SHA-256, so that neither memory nor timing gives one away.
func (t *TokenFile) Authenticate(r *http.Request) (Principal, bool) {
	scheme, token, ok := strings.Cut(r.Header.Get("Authorization"), " ")
	if !ok || !strings.EqualFold(scheme, "Bearer") {
		return "", false
	}
	sum := sha256.Sum256([]byte(strings.TrimSpace(token)))
	for known, p := range t.current() {
		if subtle.ConstantTimeCompare(known[:], sum[:]) == 1 {
			return p, true
		}
	}
	return "", false
}

// current gives the tokens, read again if the file has changed. A file that
// became unreadable or malformed leaves the last good tokens in force: an
// editor's half-written save must not lock everybody out. The log says so.
func (t *TokenFile) current() map[[sha256.Size]byte]Principal {
	t.mu.Lock()
	defer t.mu.Unlock()
	st, err := stampOf(t.path)
	if err == nil && st == t.stamp {
		return t.tokens
	}
	if err == nil {
		err = t.loadLocked()
	}
	if err != nil && t.stamp != st {
		t.stamp = st // complain once per change
		t.log.Error("token file not usable, the last good tokens stay in force", "reason", err.Error())
	}
	return t.tokens
}

func (t *TokenFile) load() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.loadLocked()
}

func (t *TokenFile) loadLocked() error {
	st, err := stampOf(t.path)
	if err != nil {
		return err
	}
	if st.size > maxTokenFile {
		return errors.New("the token file is larger than 16 MiB")
	}
	data, err := os.ReadFile(t.path)
	if err != nil {
		return fmt.Errorf("read the token file: %w", pathless(err))
	}
	tokens, err := parseTokens(data)
	if err != nil {
		return err
	}
	t.tokens, t.stamp = tokens, st
	return nil
}

func stampOf(path string) (fileStamp, error) {
	fi, err := os.Stat(path)
	if err != nil {
		return fileStamp{}, fmt.Errorf("look at the token file: %w", pathless(err))
	}
	return fileStamp{modTime: fi.ModTime(), size: fi.Size()}, nil
}

// pathless drops the path from an error of package os.
func pathless(err error) error {
	if pe, ok := errors.AsType[*os.PathError](err); ok {
		return pe.Err
	}
	return err
}

func parseTokens(data []byte) (map[[sha256.Size]byte]Principal, error) {
	tokens := make(map[[sha256.Size]byte]Principal)
	subjects := make(map[Principal]string) // alias to its principal
	sc := bufio.NewScanner(bytes.NewReader(data))
	for n := 1; sc.Scan(); n++ {
		line := strings.TrimSpace(sc.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		f := strings.Fields(line)
		if len(f) < 2 || len(f) > 3 {
			return nil, fmt.Errorf("token file, line %d: want \"token principal\" or \"token principal alias\"", n)
		}
		if len(f[0]) < minToken {
			return nil, fmt.Errorf("token file, line %d: the token needs at least %d characters", n, minToken)
		}
		p := HashPrincipal("token", "", f[1])
		if len(f) == 3 {
			p = Principal(f[2])
			if !aliasPattern.MatchString(f[2]) {
				return nil, fmt.Errorf("token file, line %d: an alias is 1 to 40 of a-z, 0-9 and -", n)
			}
		}
		if s, ok := subjects[p]; ok && s != f[1] {
			return nil, fmt.Errorf("token file, line %d: the alias already belongs to another principal", n)
		}
		subjects[p] = f[1]
		sum := sha256.Sum256([]byte(f[0]))
		if old, ok := tokens[sum]; ok && old != p {
			return nil, fmt.Errorf("token file, line %d: the token already belongs to another principal", n)
		}
		tokens[sum] = p
	}
	if err := sc.Err(); err != nil {
		return nil, fmt.Errorf("token file: %w", err)
	}
	if len(tokens) == 0 {
		return nil, errors.New("the token file has no tokens")
	}
	return tokens, nil
}
