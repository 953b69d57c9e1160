package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"golang.org/x/term"

	"longshore/signer"
	"longshore/signer/bucket"
	"longshore/signer/s3"
)

const setupHelp = `Usage: longshore-signer setup --bucket B --region R [--s3-endpoint URL]
         (--kms-key-id ARN | --no-kms) [--allow-origin ORIGIN]... [--strict]
         [--dry-run | --yes]

Makes a bucket what a vault needs, and shows the change first: a lifecycle rule
that aborts incomplete uploads, default encryption with the KMS key, CORS for the
origins given, and a bucket policy that refuses requests without TLS and uploads
under another encryption. What others put there stays; ours is known by names
that begin with "longshore-". The policy is tried on the keys of a probe before it
holds for all. It may be run again at any time.

AWS credentials come from the SDK's usual chain. What they need:
  longshore-signer setup --print-role setup ...   (also: serve, doctor)

Exit codes: 0 all is as it should be; 1 something failed, and is named; 2 wrong
flags; 3 this server cannot do a part of it, and the rest is done. With --dry-run
3 says, too, that there is something to change.

Flags:
`

// setupOptions are the checked flags of setup.
type setupOptions struct {
	vaultFlags
	desiredFlags
	dryRun, yes bool
	printRole   string
	print       string // a document to print; empty: none
	keyUsers    bucket.KeyUsers
}

// desiredFlags are those that setup and doctor have in common.
type desiredFlags struct {
	want       bucket.Desired
	policyFile string
}

func (f *desiredFlags) register(fs *flag.FlagSet) {
	d := &f.want
	fs.StringVar(&f.policyFile, "policy", "", "TOML `file` of rules that serve is given: its KMS keys are let in too")
	fs.Var((*listFlag)(&d.Origins), "allow-origin", "web `origin`, as https://host, whose pages upload from a browser; may be given again")
	fs.StringVar(&d.ProbePrefix, "probe-prefix", bucket.DefaultProbePrefix, "`prefix` of the keys that probes use")
	fs.StringVar(&d.KeyPrefix, "key-prefix", bucket.DefaultKeyPrefix, "fixed `beginning` of all keys: that of the signer's --key-template")
}

// complete adds what the vault's flags and the policy file say, and checks it.
func (f *desiredFlags) complete(v vaultFlags) error {
	if err := v.check(); err != nil {
		return err
	}
	d := &f.want
	d.Bucket, d.Region, d.KMSKey = v.bucket, v.region, v.kmsKeyID
	d.Amazon, d.TLS = v.endpoint == "", !strings.HasPrefix(v.endpoint, "http://")
	if f.policyFile != "" {
		rules, err := signer.OpenPolicyFile(f.policyFile, nil)
		if err != nil {
			return err
		}
		d.GroupKeys = rules.KMSKeys()
	}
	*d = d.WithDefaults()
	return d.Check()
}

func parseSetup(args []string, help io.Writer) (setupOptions, error) {
	var o setupOptions
	fs := flag.NewFlagSet("setup", flag.ContinueOnError)
	o.vaultFlags.register(fs)
	o.desiredFlags.register(fs)
	fs.IntVar(&o.want.AbortAfterDays, "abort-after-days", bucket.DefaultAbortAfterDays, "abort incomplete uploads so many `days` after they began")
	fs.BoolVar(&o.want.Strict, "strict", false, "refuse uploads without an encryption header too; proven on the bucket first,\nand left out if parts cannot be sent then")
	fs.BoolVar(&o.dryRun, "dry-run", false, "show the change and end")
	fs.BoolVar(&o.yes, "yes", false, "apply without asking")
	fs.StringVar(&o.printRole, "print-role", "", "print the IAM policy that `ROLE` (serve, setup or doctor) needs, and end")
	fs.StringVar(&o.print, "print", "", "print the `DOCUMENT` that would be made in an empty bucket as JSON for AWS's own\ntools, and end: bucket-policy, key-policy, serve-role, lifecycle, cors or encryption")
	fs.Var((*listFlag)(&o.keyUsers.Signers), "key-signer", "with --print key-policy: `ARN` of the role that serves, or of who runs setup or\ndoctor; may be given again")
	fs.Var((*listFlag)(&o.keyUsers.Readers), "key-reader", "with --print key-policy: `ARN` of who reads the vault; may be given again")
	if err := parseFlags(fs, args, setupHelp, help); err != nil {
		return o, err
	}
	if err := o.complete(o.vaultFlags); err != nil {
		return o, err
	}
	if o.print != "" && o.printRole != "" {
		return o, errors.New("--print and --print-role contradict each other")
	}
	if o.dryRun && o.yes {
		return o, errors.New("--dry-run and --yes contradict each other")
	}
	switch bucket.Role(o.printRole) {
	case "", bucket.RoleServe, bucket.RoleSetup, bucket.RoleDoctor:
		return o, nil
	}
	return o, errors.New("--print-role must be serve, setup or doctor")
}

// parseFlags parses args, or prints help.
func parseFlags(fs *flag.FlagSet, args []string, text string, help io.Writer) error {
	fs.SetOutput(io.Discard)
	if err := fs.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			_, _ = io.WriteString(help, text)
			fs.SetOutput(help)
			fs.PrintDefaults()
		}
		return err
	}
	if fs.NArg() > 0 {
		return fmt.Errorf("unexpected argument %q", fs.Arg(0))
	}
	return nil
}

func runSetup(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	o, err := parseSetup(args, stdout)
	if errors.Is(err, errHelp) {
		return exitOK
	}
	if err != nil {
		_, _ = fmt.Fprintf(stderr, "longshore-signer setup: %v\nRun 'longshore-signer setup --help' for all flags.\n", err)
		return exitUsage
	}
	if o.printRole != "" {
		return printRole(o, stdout, stderr)
	}
	if o.print != "" {
		return printPaper(o, stdout, stderr)
	}
	v, err := s3.NewAdmin(ctx, s3.Config{Bucket: o.bucket, Region: o.region, Endpoint: o.endpoint})
	if err != nil {
		_, _ = fmt.Fprintf(stderr, "longshore-signer setup: %v\n", err)
		return exitError
	}
	return setup(ctx, v, o, stdout, stderr, askTerminal)
}

func printRole(o setupOptions, stdout, stderr io.Writer) int {
	text, err := o.want.RolePolicy(bucket.Role(o.printRole))
	if err != nil {
		_, _ = fmt.Fprintf(stderr, "longshore-signer setup: %v\n", err)
		return exitError
	}
	_, _ = fmt.Fprintf(stdout, "%s\n", text)
	return exitOK
}

// setup shows the change, asks, applies it and reports. ask gives an error when
// there is nobody to ask.
func setup(ctx context.Context, v bucket.Vault, o setupOptions, stdout, stderr io.Writer, ask func(io.Writer) (bool, error)) int {
	plan, err := bucket.MakePlan(ctx, v, o.want)
	if err != nil {
		_, _ = fmt.Fprintf(stderr, "longshore-signer setup: the bucket cannot be looked at: %s\nRun 'longshore-signer doctor' with the same flags to learn more.\n", bucket.Explain(err, "HeadBucket"))
		return exitError
	}
	printPlan(stdout, o.want, plan)
	if o.dryRun {
		code := exitOf(planOutcomes(plan))
		if code == exitOK && plan.Pending() > 0 {
			code = exitShort
		}
		return code
	}
	if plan.Pending() > 0 && !o.yes {
		yes, err := ask(stdout)
		if err != nil {
			_, _ = fmt.Fprintf(stderr, "longshore-signer setup: %v\n", err)
			return exitUsage
		}
		if !yes {
			_, _ = fmt.Fprintln(stdout, "Nothing was changed.")
			return exitError
		}
	}
	outcomes := bucket.Apply(ctx, v, o.want, plan)
	printOutcomes(stdout, outcomes)
	return exitOf(outcomes)
}

func printPlan(w io.Writer, d bucket.Desired, p bucket.Plan) {
	_, _ = fmt.Fprintf(w, "Bucket %s in %s", d.Bucket, d.Region)
	if p.Server != "" {
		_, _ = fmt.Fprintf(w, ", served by %s", p.Server)
	}
	_, _ = fmt.Fprint(w, "\n")
	for _, c := range p.Changes {
		_, _ = fmt.Fprintf(w, "\n%s\n", c.Document)
		for _, l := range c.Lines {
			_, _ = fmt.Fprintf(w, "  %s\n", l)
		}
		if c.Unable != "" {
			_, _ = fmt.Fprintf(w, "  %s\n    -> %s\n", bucket.Line{Mark: bucket.Note, Text: c.Unable}, c.Do)
		}
	}
	unknown := slices.ContainsFunc(p.Changes, func(c bucket.Change) bool { return c.Failed })
	switch n := p.Pending(); {
	case n == 0 && unknown:
		_, _ = fmt.Fprint(w, "\nWhat cannot be read cannot be changed.\n")
	case n == 0:
		_, _ = fmt.Fprint(w, "\nThere is nothing to change.\n")
	case n == 1:
		_, _ = fmt.Fprint(w, "\n1 setting is to be changed.\n")
	default:
		_, _ = fmt.Fprintf(w, "\n%d settings are to be changed.\n", n)
	}
}

func printOutcomes(w io.Writer, outcomes []bucket.Outcome) {
	_, _ = fmt.Fprint(w, "\n")
	for _, o := range outcomes {
		_, _ = fmt.Fprintf(w, "%-10s  %-10s  %s\n", o.State, o.Document, o.Text)
		if o.Do != "" {
			_, _ = fmt.Fprintf(w, "%24s-> %s\n", "", o.Do)
		}
	}
}

// planOutcomes are what a dry run knows already.
func planOutcomes(p bucket.Plan) []bucket.Outcome {
	var out []bucket.Outcome
	for _, c := range p.Changes {
		switch {
		case c.Unable != "" && c.Failed:
			out = append(out, bucket.Outcome{State: bucket.Failed})
		case c.Unable != "":
			out = append(out, bucket.Outcome{State: bucket.Impossible})
		}
	}
	return out
}

func exitOf(outcomes []bucket.Outcome) int {
	code := exitOK
	for _, o := range outcomes {
		switch o.State {
		case bucket.Failed, bucket.NotTried:
			return exitError
		case bucket.Partly, bucket.Impossible:
			code = exitShort
		}
	}
	return code
}

// askTerminal asks the person at the terminal.
func askTerminal(w io.Writer) (bool, error) {
	if !term.IsTerminal(int(os.Stdin.Fd())) {
		return false, errors.New("there is nobody to ask: give --yes to apply, or --dry-run to see the change only")
	}
	return askReader(w, os.Stdin), nil
}

func askReader(w io.Writer, r io.Reader) bool {
	_, _ = fmt.Fprint(w, "Apply? Type yes: ")
	line, _ := bufio.NewReader(r).ReadString('\n') // without an answer it is no
	return strings.EqualFold(strings.TrimSpace(line), "yes")
}
