package main

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

func TestPrintPaper(t *testing.T) {
	vault := []string{
		"setup", "--bucket", "b", "--region", "cn-north-1", "--kms-key-id", "arn:aws-cn:kms:cn-north-1:111122223333:key/k",
		"--allow-origin", "https://a.example.org", "--print",
	}
	const signer, reader = "arn:aws-cn:iam::111122223333:role/signer", "arn:aws-cn:iam::111122223333:role/reader"
	for paper, words := range map[string][]string{
		"bucket-policy": {"longshore-deny-without-tls", "arn:aws-cn:s3:::b/*"},
		"serve-role":    {"LongshoreObjects", "kms:Decrypt"},
		"lifecycle":     {`"DaysAfterInitiation": 3`},
		"cors":          {"https://a.example.org", `"ExposeHeaders"`},
		"encryption":    {`"BucketKeyEnabled": true`},
		"key-policy":    {"arn:aws-cn:iam::111122223333:root", signer, reader, "s3.cn-north-1.amazonaws.com.cn"},
	} {
		args := slices.Concat(vault, []string{paper})
		if paper == "key-policy" {
			args = append(args, "--key-signer", signer, "--key-reader", reader)
		}
		var out, errs bytes.Buffer
		if code := run(t.Context(), args, &out, &errs); code != exitOK || !json.Valid(out.Bytes()) || errs.Len() != 0 {
			t.Errorf("%s: exit %d, %s%s", paper, code, out.String(), errs.String())
		}
		for _, word := range words {
			if !strings.Contains(out.String(), word) {
				t.Errorf("%s has no %s: %s", paper, word, out.String())
			}
		}
	}
	noKMS := []string{"setup", "--bucket", "b", "--region", "r", "--no-kms", "--print"}
	for name, args := range map[string][]string{
		"no such document": append(vault[:len(vault):len(vault)], "nothing"),
		"nobody":           append(vault[:len(vault):len(vault)], "key-policy"),
		"not an ARN":       append(vault[:len(vault):len(vault)], "key-policy", "--key-signer", "signer"),
		"no origin":        append(noKMS[:len(noKMS):len(noKMS)], "cors"),
		"no key":           append(noKMS[:len(noKMS):len(noKMS)], "encryption"),
		"two at once":      append(vault[:len(vault):len(vault)], "cors", "--print-role", "serve"),
	} {
		var out, errs bytes.Buffer
		if code := run(t.Context(), args, &out, &errs); code != exitUsage || out.Len() != 0 || errs.Len() == 0 {
			t.Errorf("%s: exit %d, %s%s", name, code, out.String(), errs.String())
		}
	}
}
