package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"longshore/app"
	"longshore/internal/platform/browser"
	"longshore/ui"
	"longshore/ui/words"
	"longshore/uploader"
)

// adapter makes an app.Session the queue of a window: the two know nothing of each other.
type adapter struct{ app.Session }

func (a adapter) CheckVault(ctx context.Context, v ui.Address) (uploader.Capabilities, error) {
	return a.Session.CheckVault(ctx, spec(v))
}

func (a adapter) AddVault(ctx context.Context, v ui.Address) (uploader.Vault, error) {
	vault, err := a.Session.AddVault(ctx, spec(v))
	if err == nil && v.Invite != nil {
		err = connection(*v.Invite).Settle(ctx, a.Session)
	}
	return vault, err
}

func (a adapter) Explain(err error) words.Problem { return problem(app.Explain(err)) }

// problem is what the window makes a sentence of.
func problem(p app.Problem) words.Problem {
	return words.Problem{Code: p.Code, Key: p.Key, Args: p.Args, English: p.Sentence}
}

func (a adapter) Notices() [][]words.Problem {
	var list [][]words.Problem
	for _, n := range a.Session.Notices() {
		var sentences []words.Problem
		for _, p := range n {
			sentences = append(sentences, problem(p))
		}
		list = append(list, sentences)
	}
	return list
}

func spec(v ui.Address) app.VaultSpec {
	if v.Invite != nil {
		return connection(*v.Invite).Spec(v.TokenFile)
	}
	return app.VaultSpec{SignerURL: v.Signer, TokenFile: v.TokenFile, CAFile: v.CAFile, Proxy: v.Proxy, Repin: len(v.Seen) > 0, Seen: v.Seen, SeenIssuer: v.SeenIssuer}
}

func (a adapter) SignIns(ctx context.Context) ([]ui.SignInState, error) {
	all, err := a.Session.SignIns(ctx)
	list := make([]ui.SignInState, 0, len(all))
	for _, in := range all {
		s := ui.SignInState{Vault: in.Vault, SignedIn: in.SignedIn, Who: in.Who, InFile: in.Store == app.StoreFile}
		if in.Problem != nil && in.Problem.Code != uploader.CodeUnauthorized { // that it is over says SignedIn
			p := problem(*in.Problem)
			s.Problem = &p
		}
		list = append(list, s)
	}
	return list, err
}

func (a adapter) BeginSignIn(ctx context.Context, id uploader.VaultID, inFile bool) (ui.SignInStep, error) {
	r := app.SignInRequest{Vault: id}
	if inFile {
		r.Store = app.StoreFile
	}
	step, err := a.Session.BeginSignIn(ctx, r)
	return ui.SignInStep{Attempt: step.Attempt, Link: step.URL}, err
}

func (a adapter) FinishSignIn(ctx context.Context, attempt string) error {
	_, err := a.Session.FinishSignIn(ctx, attempt)
	return err
}

func (a adapter) OpenPage(ctx context.Context, link string) error { return browser.Open(ctx, link) }

func (a adapter) NoKeychain(err error) bool { return app.NoKeychain(err) }

// handOver gives the paths to the Longshore that owns the state folder, and brings its window to the front. A vault that
// the command line names is set up, and its paths are durable, before that.
func handOver(ctx context.Context, session app.Session, s start, out, errOut io.Writer) int {
	paths, handed := absolute(s.paths), "Handed to the Longshore that is running already on this queue."
	shown, err := false, error(nil)
	switch {
	case s.hidden && len(paths) == 0: // it starts at login, and is there already
	case s.signer != "" && len(paths) > 0:
		if err = addTo(ctx, session, s, paths); err == nil {
			_, err = session.Raise(ctx, nil)
		}
		shown = true
	default:
		shown, err = session.Raise(ctx, paths)
	}
	switch {
	case err == nil && !shown && len(paths) > 0: // the owner is a command
		err = addTo(ctx, session, s, paths)
	case err == nil && len(paths) == 0:
		handed = "Longshore is running already on this queue. Look for its window."
	}
	switch {
	case errors.Is(err, errNoVault):
		_, _ = fmt.Fprintln(errOut, "Longshore is running already, but has no vault yet. Set one up in its window first.")
		return exitFailed
	case errors.Is(err, errWhich):
		_, _ = fmt.Fprintln(errOut, "Another Longshore without a window uses this queue, and there are several vaults. Say with --signer which one these files are for, or wait until the command is done.")
		return exitFailed
	case errors.Is(err, errInvitation):
		_, _ = fmt.Fprintln(errOut, "Another Longshore without a window uses this queue. Open the connection file in its window first, or wait until the command is done; or use longshore-cli vaults add FILE.")
		return exitFailed
	case err != nil:
		_, _ = fmt.Fprintln(errOut, app.Explain(err).Sentence)
		return exitFailed
	}
	_, _ = fmt.Fprintln(out, handed)
	return exitOK
}

var (
	errNoVault    = errors.New("no vault is set up")
	errInvitation = errors.New("a connection file needs a window")
	errWhich      = errors.New("there are several vaults")
)

// addTo adds paths, but no connection files: only a window can open those, and they are never sent.
func addTo(ctx context.Context, session app.Session, s start, paths []string) error {
	if paths = slices.DeleteFunc(paths, app.IsConnection); len(paths) == 0 {
		return errInvitation
	}
	vault, err := vaultFor(ctx, session, s)
	if err == nil && vault == "" {
		err = errNoVault
	}
	if err == nil {
		_, err = session.Add(ctx, vault, paths, uploader.KnownSend)
	}
	return err
}

// vaultFor finds the vault the paths go to: the one named, else the only one; "" if there is none. Of several none is
// guessed: which of them new files go to is the window's to know, and there is none.
func vaultFor(ctx context.Context, session app.Session, s start) (uploader.VaultID, error) {
	if a := s.address(); a != nil {
		v, err := session.AddVault(ctx, spec(*a))
		return v.ID, err
	}
	vaults, err := session.Vaults(ctx)
	if err != nil || len(vaults) == 0 {
		return "", err
	}
	if len(vaults) > 1 {
		return "", errWhich
	}
	return vaults[0].ID, nil
}
