package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"longshore/app"
	"longshore/uploader"
)

// vaultVerbs are what vaults does beside listing: each with how many arguments it takes.
var vaultVerbs = map[string]int{"add": 1, "test": 1, "rename": 2, "proxy": 2, "proxy-sign-in": 2, "remove": 1}

// vaultFlags are those of vaults.
type vaultFlags struct {
	json, yes           bool
	token               string
	store, passwordFile string
}

// vaultVerb carries out a verb. rest begins with it.
func (c *cli) vaultVerb(ctx context.Context, state string, f vaultFlags, rest []string) int {
	verb, args := rest[0], rest[1:]
	n, known := vaultVerbs[verb]
	switch {
	case !known:
		return c.misused("vaults", fmt.Sprintf("There is no vaults %s; it is add, test, rename, proxy, proxy-sign-in or remove.", printable(verb)))
	case len(args) != n:
		return c.misused("vaults", fmt.Sprintf("vaults %s takes %d argument(s).", verb, n))
	}
	if verb == "add" {
		return c.addConnection(ctx, state, f, args[0])
	}
	return c.withSession(ctx, app.Options{StateDir: state, Idle: true}, func(s app.Session) int {
		if verb == "proxy-sign-in" {
			return c.proxySignIn(ctx, s, f, args[0], args[1])
		}
		v, code := c.vaultNamed(ctx, s, "vaults", args[0])
		if code != exitStored {
			return code
		}
		switch verb {
		case "test":
			return c.testVault(ctx, s, v, f.json)
		case "rename":
			return c.editVault(ctx, s, v, app.VaultEdit{Name: &args[1]}, "Renamed.")
		case "proxy":
			return c.setProxy(ctx, s, v, args[1])
		}
		if err := s.RemoveVault(ctx, v.ID); err != nil {
			return c.failed(ctx, err)
		}
		c.say("Removed. What is stored in the vault stays there.")
		return exitStored
	})
}

func (c *cli) editVault(ctx context.Context, s app.Session, v uploader.Vault, e app.VaultEdit, done string) int {
	if _, err := s.EditVault(ctx, v.ID, e); err != nil {
		return c.failed(ctx, err)
	}
	c.say(done)
	return exitStored
}

// addConnection shows what a connection file says, asks once, and sets the vault up.
func (c *cli) addConnection(ctx context.Context, state string, f vaultFlags, path string) int {
	con, err := app.ReadConnection(path)
	if err != nil {
		return c.failed(ctx, err)
	}
	c.showConnection(con)
	known := ""
	code := c.withSession(ctx, app.Options{StateDir: state, Look: true}, func(s app.Session) int {
		all, err := s.Vaults(ctx)
		if err != nil {
			return c.failed(ctx, err)
		}
		for _, v := range all {
			if v.SignerURL == strings.TrimRight(con.Signer, "/") {
				known = printable(v.Name)
			}
		}
		return exitStored
	})
	if code != exitStored {
		return code
	}
	if known != "" {
		c.say(fmt.Sprintf("You have this vault already, as %s. Adding it puts what stands here in place of its name, certificates, proxy and places for bytes, also for what waits in the queue.", known))
	}
	if !f.yes && !c.agreed() {
		return exitUsage
	}
	return c.withSession(ctx, app.Options{StateDir: state, Idle: true}, func(s app.Session) int {
		v, err := s.AddVault(ctx, con.Spec(f.token))
		if err == nil {
			err = con.Settle(ctx, s)
		}
		if err != nil {
			return c.failed(ctx, err)
		}
		done := "Added"
		if known != "" {
			done = "Changed"
		}
		c.say(fmt.Sprintf("%s %s. Upload with longshore-cli upload --signer %s FILE.", done, printable(v.Name), v.SignerURL))
		if v.SignIn == uploader.SignInOIDC && v.TokenFile == "" {
			c.say(fmt.Sprintf("Sign in first: longshore-cli sign-in --vault %s", v.ID))
		}
		return exitStored
	})
}

// showConnection shows a connection file to the person who is to agree to it.
func (c *cli) showConnection(con app.Connection) {
	line := func(name, value string) {
		if value != "" {
			c.say(fmt.Sprintf("  %-15s %s", name, printable(value)))
		}
	}
	c.say("The connection file says:")
	line("name", con.Name)
	line("run by", con.Operator)
	line("address", con.Signer)
	line("bytes go to", strings.Join(con.DataOrigins, ", "))
	switch con.SignIn {
	case uploader.SignInOIDC:
		line("sign in at", con.Issuer)
	case uploader.SignInBearer:
		line("sign-in", "with a token file (--token-file)")
	default:
		line("sign-in", "none")
	}
	if con.CA != "" {
		line("certificate", "its own, trusted for this vault alone")
	}
	line("proxy", con.Proxy)
	if con.Parallel > 0 {
		line("at first", fmt.Sprintf("at most %d parts at once, where you have set nothing", con.Parallel))
	}
	if con.Limit != nil {
		line("at first", "at most "+con.Limit.String()+", where you have set nothing")
	}
}

// agreed asks whether to go on. Where nobody can be asked, the answer is no.
func (c *cli) agreed() bool {
	if c.in == nil {
		c.say("Nothing was added: nobody can be asked here. Say --yes if you agree to this.")
		return false
	}
	c.say("Add this vault? Type yes to agree:")
	answer, _ := bufio.NewReader(c.in).ReadString('\n') // the end of the input is no, too
	if strings.EqualFold(strings.TrimSpace(answer), "yes") {
		return true
	}
	c.say("Nothing was added.")
	return false
}

// stepNames say in words what each step of a test is.
var stepNames = map[app.StepName]string{
	app.StepFound: "its name is found", app.StepReach: "it can be reached", app.StepTrust: "its certificate is trusted",
	app.StepClock: "the clocks agree", app.StepVault: "it is a Longshore vault", app.StepSignIn: "your sign-in is accepted",
	app.StepStorage: "storage can be reached from here",
}

// testVault tries the way to a vault and shows each step.
func (c *cli) testVault(ctx context.Context, s app.Session, v uploader.Vault, asJSON bool) int {
	steps, err := s.TestVault(ctx, app.VaultTest{Vault: v.ID}, func(step app.Step) {
		if step.Result == app.StepRunning && c.width != nil {
			c.showLine(stepNames[step.Name] + " …")
		}
	})
	c.clearLine()
	if err != nil {
		return c.failed(ctx, err)
	}
	code := exitStored
	enc := json.NewEncoder(c.out)
	for _, step := range steps {
		if step.Result == app.StepFailed {
			code = exitFailed
		}
		if asJSON {
			view := stepView{Step: step}
			if step.Result == app.StepFailed {
				view.Sentence = step.Problem().Sentence
			}
			if err := enc.Encode(view); err != nil {
				return c.failed(ctx, err)
			}
			continue
		}
		fmt.Fprintf(c.out, "%-8s %s\n", map[app.StepResult]string{app.StepOK: "ok", app.StepFailed: "failed", app.StepSkipped: "-", app.StepNeedless: "-"}[step.Result], stepNames[step.Name])
		if step.Result == app.StepFailed {
			p := step.Problem()
			fmt.Fprintf(c.out, "%8s %s\n", "", p.Sentence)
			if p.Detail != "" {
				fmt.Fprintf(c.out, "%8s (%s)\n", "", p.Detail)
			}
		}
	}
	return code
}

// stepView is what vaults test --json prints.
type stepView struct {
	app.Step
	Sentence string `json:"sentence,omitempty"`
}
