package signin

import (
	"context"
	"encoding/json"
	"errors"
)

// Store keeps one secret for each account through the end of the process.
type Store interface {
	// Get returns the secret; ErrNoSecret when there is none.
	Get(ctx context.Context, account string) (string, error)
	// Set replaces the secret. nil means that Get returns it from now on, also after a kill; an error, that the one
	// before may still be there.
	Set(ctx context.Context, account, secret string) error
	// Delete removes it; nil also when there is none.
	Delete(ctx context.Context, account string) error
}

// ErrNoSecret says that a Store has no secret for an account.
var ErrNoSecret = errors.New("no such secret")

// record is what a Store keeps of a sign-in. Issuer and client bind the token: it is never sent to another provider.
type record struct {
	Version int    `json:"v"`
	Issuer  string `json:"issuer"`
	Client  string `json:"client"`
	Refresh string `json:"refresh"`
	Subject string `json:"subject"`
	Who     string `json:"who,omitempty"`
}

const recordVersion = 1

func (r record) encode() (string, error) {
	data, err := json.Marshal(r)
	return string(data), err
}

// load reads the record of an account; Needed when there is none for this sign-in.
func load(ctx context.Context, s Store, account string, cfg Config) (record, error) {
	var r record
	secret, err := s.Get(ctx, account)
	switch {
	case errors.Is(err, ErrNoSecret):
		return r, failed(Needed, nil)
	case err != nil && ctx.Err() != nil:
		return r, ctx.Err()
	case err != nil:
		return r, failed(NoStore, err)
	}
	if json.Unmarshal([]byte(secret), &r) != nil || r.Version != recordVersion || r.Refresh == "" ||
		r.Issuer != cfg.Issuer || r.Client != cfg.ClientID {
		return record{}, failed(Needed, errors.New("what is kept belongs to another sign-in"))
	}
	return r, nil
}

// Probe sees whether a store answers at all. NoStore: it does not.
func Probe(ctx context.Context, s Store, account string) error {
	if _, err := s.Get(ctx, account); err != nil && !errors.Is(err, ErrNoSecret) {
		return failed(NoStore, err)
	}
	return nil
}
