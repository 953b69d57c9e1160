package main

import (
	"errors"
	"flag"
	"fmt"
)

// vaultFlags say which bucket is the vault, where it is and how it encrypts.
// Every command takes them, with the same names and meaning.
type vaultFlags struct {
	bucket, region, endpoint string
	kmsKeyID                 string
	noKMS                    bool
}

func (v *vaultFlags) register(fs *flag.FlagSet) {
	fs.StringVar(&v.bucket, "bucket", "", "`bucket` that is the vault; required")
	fs.StringVar(&v.region, "region", "", "AWS `region` of the bucket; required")
	fs.StringVar(&v.endpoint, "s3-endpoint", "", "`URL` of an S3 server other than Amazon's; clients send bytes there too")
	fs.StringVar(&v.kmsKeyID, "kms-key-id", "", "KMS key `ID` or ARN that encrypts every object")
	fs.BoolVar(&v.noKMS, "no-kms", false, "run a vault without KMS encryption; capabilities and receipts say so")
}

func (v *vaultFlags) check() error {
	for _, f := range []struct{ name, value string }{{"bucket", v.bucket}, {"region", v.region}} {
		if f.value == "" {
			return fmt.Errorf("--%s is required", f.name)
		}
	}
	if (v.kmsKeyID == "") == !v.noKMS {
		return errors.New("give --kms-key-id, or --no-kms for a vault without KMS encryption; one of the two")
	}
	return nil
}
