package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"time"

	"longshore/signer/bucket"
	"longshore/signer/s3"
)

const doctorHelp = `Usage: longshore-signer doctor --bucket B --region R [--s3-endpoint URL]
         (--kms-key-id ARN | --no-kms) [--allow-origin ORIGIN]... [--signer URL]
         [--json]

Checks a vault from outside and says what to do, a line for each check: ok,
warning or broken. It changes no setting. Its probes start uploads under
--probe-prefix and take them back; the one on If-None-Match writes an empty object,
always under the same key, and removes it if these credentials may.

Run it with the credentials the signer runs with: then it checks their permissions
too. What those of doctor are: longshore-signer setup --print-role doctor ...

A server whose certificate is signed by an authority of the house: put the
authority's file into AWS_CA_BUNDLE, as for the SDK.

Exit codes: 0 all is ok; 1 something is broken; 2 wrong flags; 3 nothing is
broken, but there are warnings.

Flags:
`

// doctorOptions are the checked flags of doctor.
type doctorOptions struct {
	vaultFlags
	desiredFlags
	signer        string
	json          bool
	noObjectProbe bool
	limit         time.Duration
}

func parseDoctor(args []string, help io.Writer) (doctorOptions, error) {
	var o doctorOptions
	fs := flag.NewFlagSet("doctor", flag.ContinueOnError)
	o.vaultFlags.register(fs)
	o.desiredFlags.register(fs)
	fs.BoolVar(&o.want.Strict, "strict", false, "expect the policy of setup --strict")
	fs.StringVar(&o.signer, "signer", "", "`URL` of a running signer to check as well")
	fs.BoolVar(&o.json, "json", false, "print one JSON object")
	fs.BoolVar(&o.noObjectProbe, "no-object-probe", false, "write no object: leaves out the check of If-None-Match")
	fs.DurationVar(&o.limit, "timeout", 15*time.Second, "time limit of each check")
	if err := parseFlags(fs, args, doctorHelp, help); err != nil {
		return o, err
	}
	if err := o.complete(o.vaultFlags); err != nil {
		return o, err
	}
	if o.limit <= 0 {
		return o, errors.New("--timeout must be more than nothing")
	}
	if u, err := url.Parse(o.signer); o.signer != "" && (err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") || u.User != nil || u.RawQuery != "") {
		return o, errors.New("--signer must be http:// or https:// with a host and no query")
	}
	return o, nil
}

func runDoctor(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	o, err := parseDoctor(args, stdout)
	if errors.Is(err, errHelp) {
		return exitOK
	}
	if err != nil {
		_, _ = fmt.Fprintf(stderr, "longshore-signer doctor: %v\nRun 'longshore-signer doctor --help' for all flags.\n", err)
		return exitUsage
	}
	v, err := s3.NewAdmin(ctx, s3.Config{Bucket: o.bucket, Region: o.region, Endpoint: o.endpoint})
	if err != nil {
		_, _ = fmt.Fprintf(stderr, "longshore-signer doctor: %v\n", err)
		return exitError
	}
	roots, err := trustedRoots(os.Getenv("AWS_CA_BUNDLE"))
	if err != nil {
		_, _ = fmt.Fprintf(stderr, "longshore-signer doctor: %v\n", err)
		return exitError
	}
	transport := &http.Transport{
		Proxy: http.ProxyFromEnvironment, DisableKeepAlives: true,
		TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
	}
	return doctor(ctx, bucket.Exam{
		Vault: v, Want: o.want, Signer: o.signer, Limit: o.limit, NoObjectProbe: o.noObjectProbe, Transport: transport, Now: time.Now,
	}, o.json, stdout, stderr)
}

// trustedRoots are the system's authorities and those of the file that the SDK
// trusts as well, so that a server of the house is judged as the SDK judges it.
func trustedRoots(file string) (*x509.CertPool, error) {
	if file == "" {
		return nil, nil
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		return nil, err
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("the file of AWS_CA_BUNDLE cannot be read: %w", withoutPath(err))
	}
	if !pool.AppendCertsFromPEM(text) {
		return nil, errors.New("the file of AWS_CA_BUNDLE holds no certificate")
	}
	return pool, nil
}

// doctor makes the checks, prints them and gives the exit code.
func doctor(ctx context.Context, e bucket.Exam, asJSON bool, stdout, stderr io.Writer) int {
	var checks []bucket.Check
	bucket.Examine(ctx, e, func(c bucket.Check) {
		checks = append(checks, c)
		if !asJSON {
			printCheck(stdout, c)
		}
	})
	if ctx.Err() != nil {
		_, _ = fmt.Fprintln(stderr, "longshore-signer doctor: interrupted")
		return exitError
	}
	status := worst(checks)
	if asJSON {
		enc := json.NewEncoder(stdout)
		enc.SetIndent("", "  ")
		if err := enc.Encode(struct {
			Status bucket.Status  `json:"status"`
			Checks []bucket.Check `json:"checks"`
		}{status, checks}); err != nil {
			return exitError
		}
	}
	switch status {
	case bucket.Broken:
		return exitError
	case bucket.Warning:
		return exitShort
	}
	return exitOK
}

func worst(checks []bucket.Check) bucket.Status {
	status := bucket.OK
	for _, c := range checks {
		if c.Status == bucket.Broken || (c.Status == bucket.Warning && status == bucket.OK) {
			status = c.Status
		}
	}
	return status
}

func printCheck(w io.Writer, c bucket.Check) {
	_, _ = fmt.Fprintf(w, "%-7s  %s: %s\n", c.Status, c.Name, c.Text)
	if c.Do != "" {
		_, _ = fmt.Fprintf(w, "         -> %s\n", c.Do)
	}
}
