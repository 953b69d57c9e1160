package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"strings"
	"time"

	"longshore/signer"
	"longshore/signer/api"
)

// errHelp says that help was asked for and printed.
var errHelp = flag.ErrHelp

// options are the checked flags of serve.
type options struct {
	vaultFlags
	listen, metricsListen string
	tlsCert, tlsKey       string
	authFlags
	policyFile      string
	clearTokens     bool // tokens reach this listener unencrypted
	sealKeyFiles    listFlag
	logLevel        slog.Level
	auditLog        string // empty: stderr
	maxConns        int
	drain           time.Duration
	stopTimeout     time.Duration
	lambda          bool
	companionPrefix string        // empty: no routes for Uppy
	signer          signer.Config // without storage, auth, seal keys and loggers
}

// listFlag takes a flag several times.
type listFlag []string

func (l *listFlag) String() string     { return strings.Join(*l, ", ") }
func (l *listFlag) Set(v string) error { *l = append(*l, v); return nil }

const serveHelp = `Usage: longshore-signer serve --listen ADDR --bucket B --region R
         [--s3-endpoint URL] (--kms-key-id ID | --no-kms)
         [--auth none | --auth tokens:FILE | --auth oidc --oidc-issuer URL
          --oidc-audience A --oidc-client-id C] [--policy FILE]
         [--seal-key-file F] [--tls-cert F --tls-key F]

Runs the signer of one vault. AWS credentials come from the SDK's usual chain
(environment, shared files, web identity, instance role). Prints "ready
http(s)://ADDR" once it listens and the bucket has been probed. Logs are JSON
lines on stderr; they hold no names, keys, tokens or URLs.

Flags:
`

// parseServe reads and checks the flags. Errors are usage errors.
func parseServe(args []string, help io.Writer) (options, error) {
	var o options
	c := &o.signer
	fs := flag.NewFlagSet("serve", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	fs.StringVar(&o.listen, "listen", "", "`ADDR` to serve on, as 127.0.0.1:8443; required")
	o.vaultFlags.register(fs)
	o.authFlags.register(fs)
	fs.StringVar(&o.policyFile, "policy", "", "TOML `file` of rules for groups of callers, read again when it changes;\n'longshore-signer check-policy FILE' shows what it says")
	fs.Var(&o.sealKeyFiles, "seal-key-file", "`file` of 32 or more random bytes that all signers of the vault share,\nor env:NAME of a variable with their base64;\nrequired unless --auth none. Given again: older keys that still open")
	fs.StringVar(&o.tlsCert, "tls-cert", "", "certificate chain `file` in PEM; with --tls-key serves https")
	fs.StringVar(&o.tlsKey, "tls-key", "", "private key `file` in PEM")
	fs.StringVar(&c.Name, "name", "", "`name` of the vault, as people see it (default the bucket's name)")
	fs.StringVar(&c.KeyTemplate, "key-template", signer.DefaultKeyTemplate, "`template` of object keys: {principal} {uploadRef} {date} {batchRef}\nas whole segments, {path} last, or a last segment that ends in {ext}")
	oldTemplates := (*listFlag)(&c.OldKeyTemplates)
	fs.Var(oldTemplates, "old-key-template", "`template` used before, whose keys may still be asked after; may be given again")
	fs.StringVar(&c.ManifestTemplate, "manifest-template", signer.DefaultManifestTemplate, "`template` of the keys of batches' manifests: {principal} {batchRef} {date}\nas whole segments, a plain name last")
	fs.BoolVar(&c.ManifestNames, "manifest-names", false, "write files' paths into manifests also where the key template keeps names out")
	origins := (*listFlag)(&c.AllowedOrigins)
	fs.Var(origins, "allow-origin", "web `origin`, as https://host, whose pages may call; may be given again")
	fs.BoolVar(&c.AllowSimpleClients, "allow-simple-clients", false, "take uploads without a declared size; their size is checked before they complete")
	fs.StringVar(&o.companionPrefix, "companion-prefix", "", "serve the routes of Uppy's Companion for web pages under `PATH`/s3, as /companion;\nwith sign-in as everywhere (docs/web.md)")
	fs.BoolVar(&c.AllowForms, "companion-params", false, "with --companion-prefix also serve /s3/params: small files as one form,\nof which nothing but the size is checked")
	fs.Int64Var(&c.MaxObjectSize, "max-object-size", api.MaxObjectSize, "largest object, in `bytes`")
	fs.Int64Var(&c.PartSize, "part-size", signer.DefaultPartSize, "part size for files it fits, in `bytes`")
	fs.DurationVar(&c.URLLifetime, "url-lifetime", signer.DefaultURLLifetime, "how long signed URLs live")
	fs.StringVar(&c.Checksum, "checksum", signer.ChecksumAuto, "what the storage verifies: `auto` probes it, crc64nvme or md5 overrides")
	fs.BoolVar(&c.NoConditionalWrites, "no-conditional-writes", false, "the storage does not know If-None-Match on writes")
	fs.Float64Var(&c.Rate, "rate", signer.DefaultRate, "calls a second each principal may make; negative is no limit")
	fs.IntVar(&c.Burst, "burst", signer.DefaultBurst, "calls each principal may make at once")
	fs.StringVar(&o.metricsListen, "metrics-listen", "", "`ADDR` for Prometheus metrics; off by default")
	fs.StringVar(&o.auditLog, "audit-log", "", "`file` that takes a line for each call, opened again on SIGHUP; stderr by default")
	fs.IntVar(&o.maxConns, "max-connections", 8192, "open connections; beyond, the one idle longest is closed")
	fs.IntVar(&c.Limits.PerPrincipal, "max-per-principal", 0, "calls each principal may have under way at once (default 64)")
	fs.DurationVar(&o.drain, "drain", 5*time.Second, "how long to go on serving after SIGTERM with /readyz at 503, if somebody has asked it lately")
	fs.DurationVar(&o.stopTimeout, "stop-timeout", time.Minute, "how long running calls may take to end after that; a second signal ends them at once")
	fs.BoolVar(&o.lambda, "lambda", false, "serve an AWS Lambda function URL instead of --listen")
	fs.TextVar(&o.logLevel, "log-level", slog.LevelInfo, "`level` of the log: debug, info, warn or error")

	if err := fs.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			_, _ = io.WriteString(help, serveHelp)
			fs.SetOutput(help)
			fs.PrintDefaults()
		}
		return o, err
	}
	if fs.NArg() > 0 {
		return o, fmt.Errorf("unexpected argument %q", fs.Arg(0))
	}
	return o, o.check()
}

// check holds the flags against each other and fills in what follows from them.
func (o *options) check() error {
	if err := o.checkLambda(); err != nil {
		return err
	}
	if o.listen == "" && !o.lambda {
		return errors.New("--listen is required")
	}
	if err := o.vaultFlags.check(); err != nil {
		return err
	}
	o.signer.KMSKeyID, o.signer.NoKMS = o.kmsKeyID, o.noKMS
	if o.maxConns < 1 || o.drain < 0 || o.stopTimeout < 0 {
		return errors.New("--max-connections, --drain and --stop-timeout must not be negative")
	}
	if err := o.checkCompanion(); err != nil {
		return err
	}
	if (o.tlsCert == "") != (o.tlsKey == "") {
		return errors.New("--tls-cert and --tls-key go together")
	}
	if o.signer.Name == "" {
		o.signer.Name = o.bucket
	}
	host, _, err := net.SplitHostPort(o.listen)
	if err != nil {
		return errors.New("--listen must be host:port")
	}
	loopback := signer.IsLoopbackHost(host)
	if err := o.authFlags.check(); err != nil {
		return err
	}
	if !o.signIn() {
		if !loopback {
			return errors.New("--auth none is for loopback only: listen on 127.0.0.1, or give --auth tokens:FILE or --auth oidc")
		}
		return nil
	}
	if len(o.sealKeyFiles) == 0 {
		return errors.New("--seal-key-file is required where callers sign in")
	}
	o.clearTokens = o.tlsCert == "" && !loopback
	return nil
}

// checkCompanion holds the flags for web pages against each other. A policy may
// allow for some what the flags do not allow for all.
func (o *options) checkCompanion() error {
	switch {
	case o.companionPrefix == "" && o.signer.AllowForms:
		return errors.New("--companion-params needs --companion-prefix")
	case o.companionPrefix != "" && !o.signer.AllowSimpleClients && o.policyFile == "":
		return errors.New("--companion-prefix needs --allow-simple-clients: Uppy does not say how large a file is before it is sent")
	}
	return nil
}
