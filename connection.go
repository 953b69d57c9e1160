package main

import (
	"context"

	"longshore/app"
	"longshore/ui"
	"longshore/ui/connect"
	"longshore/ui/words"
	"longshore/uploader"
)

// invitation is a connection file as the window shows it.
func invitation(c app.Connection) connect.Invitation {
	i := connect.Invitation{
		Name: c.Name, Operator: c.Operator, Signer: c.Signer, DataOrigins: c.DataOrigins, SignIn: c.SignIn, Issuer: c.Issuer,
		CA: c.CA, Proxy: c.Proxy, Parallel: c.Parallel,
	}
	if c.Limit != nil {
		i.Limit = c.Limit.String()
	}
	return i
}

// connection is what an invitation was made from.
func connection(i connect.Invitation) app.Connection {
	c := app.Connection{
		Name: i.Name, Operator: i.Operator, Signer: i.Signer, DataOrigins: i.DataOrigins, SignIn: i.SignIn, Issuer: i.Issuer,
		CA: i.CA, Proxy: i.Proxy, Parallel: i.Parallel,
	}
	if i.Limit != "" {
		if limit, err := uploader.ParseSpeed(i.Limit); err == nil {
			c.Limit = &limit
		}
	}
	return c
}

func (a adapter) EditVault(ctx context.Context, id uploader.VaultID, name, proxy *string) (uploader.Vault, error) {
	return a.Session.EditVault(ctx, id, app.VaultEdit{Name: name, Proxy: proxy})
}

// stepKeys are the window's names of the steps of a test.
var stepKeys = map[app.StepName]words.Key{
	app.StepFound: words.TrialName, app.StepReach: words.TrialReach, app.StepTrust: words.TrialTrust, app.StepClock: words.TrialClock,
	app.StepVault: words.TrialVault, app.StepSignIn: words.TrialSignIn, app.StepStorage: words.TrialStorage,
}

func (a adapter) TestVault(ctx context.Context, v ui.Address, id uploader.VaultID, told func(connect.Step)) ([]connect.Step, error) {
	t := app.VaultTest{Vault: id}
	if id == "" {
		t.Spec = spec(v)
	}
	all, err := a.Session.TestVault(ctx, t, func(s app.Step) { told(step(s)) })
	steps := make([]connect.Step, 0, len(all))
	for _, s := range all {
		steps = append(steps, step(s))
	}
	return steps, err
}

// step is a step of a test as the window shows it.
func step(s app.Step) connect.Step {
	to := connect.Step{Name: stepKeys[s.Name]}
	switch s.Result {
	case app.StepRunning:
		to.Result = connect.Running
	case app.StepOK:
		to.Result = connect.Passed
	case app.StepNeedless:
		to.Result = connect.Needless
	case app.StepFailed:
		to.Result, to.Problem = connect.Failed, problem(s.Problem())
	}
	return to
}

func (a adapter) ProxyNow(ctx context.Context, id uploader.VaultID) (ui.ProxyNow, error) {
	now, err := a.Session.ProxyNow(ctx, id)
	return ui.ProxyNow(now), err
}

func (a adapter) ProxyNeeds(ctx context.Context) ([]ui.ProxyNeed, error) {
	all, err := a.Session.ProxyNeeds(ctx)
	needs := make([]ui.ProxyNeed, 0, len(all))
	for _, n := range all {
		needs = append(needs, ui.ProxyNeed(n))
	}
	return needs, err
}

func (a adapter) SetProxyLogin(ctx context.Context, l ui.ProxyLogin) error {
	to := app.ProxyLogin{Proxy: l.Proxy, Name: l.Name, Password: l.Password}
	if l.InFile {
		to.Store = app.StoreFile
	}
	return a.Session.SetProxyLogin(ctx, to)
}
