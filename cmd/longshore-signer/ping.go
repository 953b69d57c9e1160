package main

import (
	"context"
	"crypto/tls"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"longshore/signer"
)

const pingHelp = `Usage: longshore-signer ping URL

Asks a running signer, as http://127.0.0.1:8080/readyz, and ends with 0 if it
answers 200, else with 1. For health checks in images without a shell or curl.
On loopback any certificate will do: the question holds no secret.
`

const pingTimeout = 5 * time.Second

// runPing is the command ping.
func runPing(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	fs := flag.NewFlagSet("ping", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	if err := fs.Parse(args); errors.Is(err, flag.ErrHelp) {
		_, _ = io.WriteString(stdout, pingHelp)
		return exitOK
	}
	u, err := url.Parse(fs.Arg(0))
	if fs.NArg() != 1 || err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") || u.User != nil || u.RawQuery != "" {
		_, _ = io.WriteString(stderr, pingHelp)
		return exitUsage
	}
	if err := ping(ctx, u); err != nil {
		_, _ = fmt.Fprintf(stderr, "longshore-signer ping: %v\n", err)
		return exitError
	}
	return exitOK
}

func ping(ctx context.Context, u *url.URL) error {
	ctx, cancel := context.WithTimeout(ctx, pingTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return err
	}
	// The certificate is for the name that people use.
	transport := &http.Transport{DisableKeepAlives: true, TLSClientConfig: &tls.Config{
		MinVersion: tls.VersionTLS12, InsecureSkipVerify: signer.IsLoopbackHost(u.Host),
	}}
	client := &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Do(req)
	if err != nil {
		return err
	}
	_ = res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("it answered %d", res.StatusCode)
	}
	return nil
}
