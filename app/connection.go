package app

import (
	"context"
	"errors"
	"io/fs"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"longshore/internal/connfile"
	"longshore/uploader"
	"longshore/uploader/remote"
)

// Connection is what a connection file says, for the person who is asked about it. Reading it changes nothing.
type Connection struct {
	Name        string
	Operator    string // who runs the vault, as the file says; "" if it does not
	Signer      string // as remote.ParseBase has it
	DataOrigins []string
	SignIn      string // uploader.SignInNone, SignInBearer or SignInOIDC
	Issuer      string // where to sign in, with SignInOIDC
	CA          string // PEM; "" for the system's
	Proxy       string // as ParseProxy has it
	Parallel    int    // parts in flight, 0 if it does not say
	Limit       *uploader.Speed
}

// IsConnection tells a connection file by its name.
func IsConnection(path string) bool {
	return len(path) > len(connfile.Ext) && strings.EqualFold(path[len(path)-len(connfile.Ext):], connfile.Ext)
}

// ReadConnection reads a connection file. Every error is CodeBadConfig with a sentence. It waits for a slow share no
// longer than a moment.
func ReadConnection(path string) (Connection, error) {
	data, err := newVaultFiles().read(path, connfile.MaxSize)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return Connection{}, fail("connection-file", uploader.CodeBadConfig, say("connection-gone"), err)
	case err != nil:
		return Connection{}, fail("connection-file", uploader.CodeBadConfig, say("connection-unreadable"), err)
	}
	return parseConnection(data)
}

func parseConnection(data []byte) (Connection, error) {
	f, err := connfile.Parse(data)
	var fault *connfile.Fault
	if errors.As(err, &fault) {
		return Connection{}, connectionFault(fault)
	}
	c := Connection{Name: f.Name, Operator: f.Operator, CA: f.CA, Issuer: f.SignIn.Issuer, Parallel: f.Defaults.Parallel}
	entry := func(key string, err error) error {
		if err == nil {
			return nil
		}
		return connectionFault(&connfile.Fault{Kind: connfile.Bad, Key: key})
	}
	if c.Signer, err = remote.ParseBase(f.Signer); err != nil {
		return Connection{}, entry("signer", err)
	}
	for _, o := range f.DataOrigins {
		origin, err := remote.Origin(o)
		if u, parsed := url.Parse(o); err != nil || parsed != nil || u.User != nil || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" {
			return Connection{}, entry("data-origins", fs.ErrInvalid)
		}
		c.DataOrigins = append(c.DataOrigins, origin)
	}
	if c.Proxy, err = ParseProxy(f.Proxy); err != nil {
		return Connection{}, entry("proxy", err)
	}
	if c.Issuer != "" {
		if _, err := remote.Origin(c.Issuer); err != nil {
			return Connection{}, entry("sign-in.issuer", err)
		}
	}
	if f.Defaults.Limit != "" {
		limit, err := uploader.ParseSpeed(f.Defaults.Limit)
		if err != nil || limit == uploader.Halt { // a pause for all vaults is not for a file to set
			return Connection{}, entry("defaults.limit", fs.ErrInvalid)
		}
		c.Limit = &limit
	}
	c.SignIn = map[string]string{
		connfile.SignInNone: uploader.SignInNone, connfile.SignInToken: uploader.SignInBearer, connfile.SignInOIDC: uploader.SignInOIDC,
	}[f.SignIn.How]
	return c, nil
}

// connectionFault is a fault in words.
func connectionFault(f *connfile.Fault) error {
	key := "connection-" + string(f.Kind)
	var args []string
	switch {
	case f.Key != "":
		args = []string{"entry", f.Key}
	case f.Kind == connfile.NotTOML && f.Line > 0:
		key, args = "connection-line", []string{"line", strconv.Itoa(f.Line)}
	}
	return fail("connection-file", uploader.CodeBadConfig, say(key, args...), f)
}

// Spec is the vault that a connection file describes, with the person's token file, "" for none.
func (c Connection) Spec(tokenFile string) VaultSpec {
	s := VaultSpec{
		SignerURL: c.Signer, TokenFile: tokenFile, Name: c.Name, CA: c.CA, Proxy: c.Proxy,
		Pins: &Pins{DataOrigins: c.DataOrigins, SignIn: c.SignIn, Issuer: c.Issuer},
		Seen: c.DataOrigins, Repin: true, // the person has seen them, and they are checked against the pins
	}
	if s.Proxy == "" {
		s.Proxy = "system" // also where another was set before
	}
	return s
}

// Settle saves what a connection file says of parallel parts and the speed limit, each where the user has set nothing.
func (c Connection) Settle(ctx context.Context, s Session) error {
	if c.Parallel > 0 {
		now, err := s.Limits(ctx)
		if err != nil {
			return err
		}
		if now == uploader.DefaultLimits() {
			if err := s.SetLimits(ctx, withConcurrency(now, c.Parallel)); err != nil {
				return err
			}
		}
	}
	if c.Limit == nil {
		return nil
	}
	now, err := s.Bandwidth(ctx)
	if err != nil || now.Limit != uploader.NoLimit || len(now.Timetable) > 0 {
		return err
	}
	now.Limit = *c.Limit
	return s.SetBandwidth(ctx, now)
}

// check holds what a vault says of itself against what a connection file said.
func (p *Pins) check(caps uploader.Capabilities) error {
	switch {
	case p == nil:
		return nil
	case !slices.Equal(sorted(p.DataOrigins), sorted(caps.DataOrigins)):
		return fail("connection-file", uploader.CodeWrongDest,
			say("file-bytes", "place", hosts(caps.DataOrigins), "before", hosts(p.DataOrigins)), nil)
	case caps.Kind != uploader.KindSigner:
		return fail("connection-file", uploader.CodeWrongDest, say("companion-instead"), nil)
	case p.SignIn == uploader.SignInBearer && caps.SignIn == uploader.SignInOIDC && caps.OIDC.TokenFiles: // it takes both
		return nil
	case p.SignIn != caps.SignIn, p.SignIn == uploader.SignInOIDC && p.Issuer != caps.OIDC.Issuer:
		return fail("connection-file", uploader.CodeWrongDest, say("file-sign-in"), nil)
	}
	return nil
}
