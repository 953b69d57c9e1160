package main

import (
	"fmt"
	"io"

	"longshore/signer/bucket"
)

// printPaper prints one of a vault's documents for AWS's own tools.
func printPaper(o setupOptions, stdout, stderr io.Writer) int {
	text, err := o.want.Paper(bucket.Paper(o.print), o.keyUsers)
	if err != nil {
		_, _ = fmt.Fprintf(stderr, "longshore-signer setup: %v\n", err)
		return exitUsage
	}
	_, _ = stdout.Write(text)
	return exitOK
}
