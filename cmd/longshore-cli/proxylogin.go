package main

import (
	"context"
	"fmt"
	"os"
	"strings"

	"longshore/app"
	"longshore/uploader"
)

// proxySignIn gives Longshore a name and a password for a proxy, or makes it forget them. what is the proxy's address,
// or a vault that is reached through it.
func (c *cli) proxySignIn(ctx context.Context, s app.Session, f vaultFlags, what, user string) int {
	proxy, code := c.proxyOf(ctx, s, what)
	if code != exitStored {
		return code
	}
	login := app.ProxyLogin{Proxy: proxy, Name: user, Store: f.store}
	if user != "" {
		var wrong string
		if login.Password, wrong = c.password(f.passwordFile, fmt.Sprintf("Password of %s for %s: ", printable(user), printable(proxy))); wrong != "" {
			return c.misused("vaults", wrong)
		}
	}
	if err := s.SetProxyLogin(ctx, login); err != nil {
		return c.failed(ctx, err)
	}
	if user == "" {
		c.say(fmt.Sprintf("Nothing is kept for %s any more.", printable(proxy)))
		return exitStored
	}
	c.say(fmt.Sprintf("Kept for %s. Whether the proxy takes it shows longshore-cli vaults test NAME; one that it does not take is not tried again.", printable(proxy)))
	return exitStored
}

// setProxy changes a vault's proxy.
func (c *cli) setProxy(ctx context.Context, s app.Session, v uploader.Vault, setting string) int {
	if _, err := s.EditVault(ctx, v.ID, app.VaultEdit{Proxy: &setting}); err != nil {
		return c.failed(ctx, err)
	}
	done := "The proxy is set; it holds at once."
	if now, err := s.ProxyNow(ctx, v.ID); err == nil { // else the change counts all the same
		done += scriptText(now)
	}
	c.say(done)
	return exitStored
}

func (c *cli) proxyOf(ctx context.Context, s app.Session, what string) (proxy string, code int) {
	if strings.Contains(what, "://") {
		return what, exitStored
	}
	v, code := c.vaultNamed(ctx, s, "vaults", what)
	if code != exitStored {
		return "", code
	}
	now, err := s.ProxyNow(ctx, v.ID)
	if err != nil {
		return "", c.failed(ctx, err)
	}
	if now.Proxy == "" {
		c.say(printable(v.Name) + " is reached without a proxy." + scriptText(now))
		return "", exitUsage
	}
	return now.Proxy, exitStored
}

// scriptText says what a script means for whoever looks for a proxy.
func scriptText(now app.ProxyNow) string {
	if !now.Script || now.Proxy != "" {
		return ""
	}
	return " This computer uses an automatic proxy script (PAC), which Longshore cannot run: set the proxy's address with longshore-cli vaults proxy."
}

// password is what a file holds, or what the person types; wrong says why there is none.
func (c *cli) password(file, prompt string) (password, wrong string) {
	if file != "" {
		data, err := os.ReadFile(file)
		if err != nil {
			return "", "The password file cannot be read."
		}
		return strings.TrimRight(string(data), "\r\n"), ""
	}
	if c.secret == nil {
		return "", "Nobody can be asked for the password here. Name a file with it: --password-file FILE."
	}
	text, err := c.secret(prompt)
	if err != nil {
		return "", "No password was given."
	}
	return text, ""
}
