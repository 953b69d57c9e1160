// Package keychain keeps small secrets of this user: in the system's keychain (macOS Keychain, Windows Credential
// Manager, the Secret Service of a Linux desktop), or, where a person has asked for it, in files only they can read.
//
// It must not know what a secret is for.
package keychain

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/zalando/go-keyring"
)

// ErrNone says that there is no secret for an account.
var ErrNone = errors.New("no such secret")

// ring is the part of the system's keychain that is used; tests put another in its place.
type ring interface {
	get(account string) (string, error)
	set(account, secret string) error
	delete(account string) error
}

// System is the system's keychain. The zero value cannot be used; see NewSystem.
type System struct {
	ring ring
	can  func() error  // whether there is a keychain at all
	turn chan struct{} // one call at a time: keychains ask the person, once is enough
	busy sync.WaitGroup
}

// NewSystem makes a keychain whose entries carry this service's name.
func NewSystem(service string) *System {
	return newSystem(systemRing{service}, reachable)
}

func newSystem(r ring, can func() error) *System {
	s := &System{ring: r, can: can, turn: make(chan struct{}, 1)}
	s.turn <- struct{}{}
	return s
}

// mostDirect is the longest secret, in bytes, that goes into one entry. Windows takes 2,560 bytes, macOS a command of
// 4,096 characters; longer ones are split.
const mostDirect = 2000

// head is what stands under the account's own name when the secret was split. Replacing it is what makes a new secret
// count, so that a kill leaves the old one or the new one, never a mixture.
type head struct {
	Parts []string `json:"longshore-parts"`
}

const headStart = `{"longshore-parts":`

// Get returns the secret of an account, ErrNone if there is none. Any other error: there is no keychain, or it is
// locked and the person did not open it. It may take as long as the person does; ctx ends the waiting.
func (s *System) Get(ctx context.Context, account string) (string, error) {
	var secret string
	err := s.do(ctx, func() error {
		text, err := s.ring.get(account)
		if err != nil {
			return err
		}
		parts, split := splitHead(text)
		if !split {
			secret = text
			return nil
		}
		var whole strings.Builder
		for _, p := range parts {
			text, err := s.ring.get(p)
			if err != nil {
				return err
			}
			whole.WriteString(text)
		}
		secret = whole.String()
		return nil
	})
	return secret, err
}

// Set replaces the secret of an account.
func (s *System) Set(ctx context.Context, account, secret string) error {
	return s.do(ctx, func() error {
		before, err := s.ring.get(account)
		if err != nil && !errors.Is(err, ErrNone) {
			return err
		}
		text := secret
		if len(secret) > mostDirect || strings.HasPrefix(secret, headStart) {
			if text, err = s.split(account, secret); err != nil {
				return err
			}
		}
		if err := s.ring.set(account, text); err != nil {
			return err
		}
		old, _ := splitHead(before)
		return s.drop(old)
	})
}

// split stores the secret in pieces and returns the head that names them.
func (s *System) split(account, secret string) (string, error) {
	var h head
	for len(secret) > 0 {
		piece := secret[:min(mostDirect, len(secret))]
		secret = secret[len(piece):]
		name := fmt.Sprintf("%s.%s", account, rand.Text())
		if err := s.ring.set(name, piece); err != nil {
			return "", errors.Join(err, s.drop(h.Parts))
		}
		h.Parts = append(h.Parts, name)
	}
	data, err := json.Marshal(h)
	return string(data), err
}

func splitHead(text string) (parts []string, split bool) {
	var h head
	if !strings.HasPrefix(text, headStart) || json.Unmarshal([]byte(text), &h) != nil {
		return nil, false
	}
	return h.Parts, true
}

// Delete removes the secret of an account; nil also when there is none.
func (s *System) Delete(ctx context.Context, account string) error {
	return s.do(ctx, func() error {
		before, err := s.ring.get(account)
		if errors.Is(err, ErrNone) {
			return nil
		}
		if err != nil {
			return err
		}
		parts, _ := splitHead(before)
		return s.drop(append(parts, account))
	})
}

func (s *System) drop(names []string) error {
	var errs []error
	for _, n := range names {
		if err := s.ring.delete(n); err != nil && !errors.Is(err, ErrNone) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// do makes one call of the keychain. The system's interface takes no context, and may ask the person: a call that
// nobody waits for any more goes on by itself, and the next one waits for its turn.
func (s *System) do(ctx context.Context, call func() error) error {
	if err := s.can(); err != nil {
		return err
	}
	select {
	case <-s.turn:
	case <-ctx.Done():
		return ctx.Err()
	}
	done := make(chan error, 1)
	s.busy.Go(func() {
		defer func() { s.turn <- struct{}{} }()
		done <- call()
	})
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// systemRing is go-keyring under one service name.
type systemRing struct{ service string }

func (r systemRing) get(account string) (string, error) {
	secret, err := keyring.Get(r.service, account)
	return secret, known(err)
}

func (r systemRing) set(account, secret string) error {
	return known(keyring.Set(r.service, account, secret))
}

func (r systemRing) delete(account string) error { return known(keyring.Delete(r.service, account)) }

func known(err error) error {
	if errors.Is(err, keyring.ErrNotFound) {
		return ErrNone
	}
	return err
}
