package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	"longshore/internal/connfile"
	"longshore/signer/s3"
)

const connectionHelp = `Usage: longshore-signer connection-file --signer URL --bucket B --region R
         [--s3-endpoint URL] [the --auth flags of serve] [--name NAME]
         [--operator WHO] [--ca FILE] [--proxy SETTING]
         [--parallel N] [--limit SPEED] [--out FILE.longshore]

Writes a connection file: what people open, or drop on Longshore's window, instead
of typing an address. Give it the flags that serve runs with. It holds nothing
secret, and Longshore shows what is in it and asks before it connects. What the
signer says of itself must then be what the file says: where the bytes go, and how
one signs in. It asks nobody and needs no credentials.

Flags:
`

// connectionOptions are the checked flags of connection-file.
type connectionOptions struct {
	vaultFlags
	authFlags
	file connfile.File // without origins and certificates
	ca   string
	out  string
}

func parseConnection(args []string, help io.Writer) (connectionOptions, error) {
	var o connectionOptions
	fs := flag.NewFlagSet("connection-file", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	fs.StringVar(&o.file.Signer, "signer", "", "`URL` at which people reach the signer, as https://vault.example.org; required")
	o.vaultFlags.register(fs)
	o.authFlags.register(fs)
	fs.StringVar(&o.file.Name, "name", "", "`name` of the vault, as people see it (default the bucket's name)")
	fs.StringVar(&o.file.Operator, "operator", "", "`who` runs the vault, as people see it")
	fs.StringVar(&o.ca, "ca", "", "`file` with certificates (PEM) to trust for this vault's hosts alone, in place of the\nsystem's: all that signer and storage need")
	fs.StringVar(&o.file.Proxy, "proxy", "", "`setting` of the proxy: system (the default), none or http://host:port")
	fs.IntVar(&o.file.Defaults.Parallel, "parallel", 0, "`N` parts at once, 1 to 64, where the person has set nothing")
	fs.StringVar(&o.file.Defaults.Limit, "limit", "", "`speed` of all uploads together, as \"20 MB/s\", where the person has set nothing")
	fs.StringVar(&o.out, "out", "", "`file` to write, which must not be there yet (default: to stdout)")
	if err := fs.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			_, _ = io.WriteString(help, connectionHelp)
			fs.SetOutput(help)
			fs.PrintDefaults()
		}
		return o, err
	}
	switch {
	case fs.NArg() > 0:
		return o, fmt.Errorf("unexpected argument %q", fs.Arg(0))
	case o.file.Signer == "":
		return o, errors.New("--signer is required")
	case o.bucket == "" || o.region == "":
		return o, errors.New("--bucket and --region are required")
	}
	if o.file.Name == "" {
		o.file.Name = o.bucket
	}
	return o, o.authFlags.check()
}

// connection is the file that the flags describe.
func (o connectionOptions) connection(ctx context.Context) ([]byte, error) {
	st, err := s3.New(ctx, s3.Config{Bucket: o.bucket, Region: o.region, Endpoint: o.endpoint})
	if err != nil {
		return nil, err
	}
	f := o.file
	f.DataOrigins = st.DataOrigins()
	f.SignIn.How = connfile.SignInNone
	switch {
	case o.useOIDC:
		f.SignIn = connfile.SignIn{How: connfile.SignInOIDC, Issuer: o.oidc.Issuer}
	case o.tokenFile != "":
		f.SignIn.How = connfile.SignInToken
	}
	if o.ca != "" {
		pem, err := os.ReadFile(o.ca)
		if err != nil {
			return nil, err
		}
		f.CA = string(pem)
	}
	return f.Encode()
}

// runConnectionFile is the command connection-file.
func runConnectionFile(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	o, err := parseConnection(args, stdout)
	switch {
	case errors.Is(err, errHelp):
		return exitOK
	case err != nil:
		_, _ = fmt.Fprintf(stderr, "longshore-signer connection-file: %v\nRun 'longshore-signer connection-file --help' for all flags.\n", err)
		return exitUsage
	}
	text, err := o.connection(ctx)
	if err == nil {
		err = o.write(text, stdout)
	}
	if err != nil {
		_, _ = fmt.Fprintf(stderr, "longshore-signer connection-file: %v\n", err)
		return exitError
	}
	return exitOK
}

// write never writes over a file: people may have been told its name.
func (o connectionOptions) write(text []byte, stdout io.Writer) error {
	if o.out == "" {
		_, err := stdout.Write(text)
		return err
	}
	f, err := os.OpenFile(o.out, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	return errors.Join(err, f.Close())
}
