package main

import (
	"fmt"
	"io"

	"longshore/signer"
)

const checkPolicyHelp = `Usage: longshore-signer check-policy FILE

Reads a policy file as 'serve --policy' would, and prints what the callers of
each group get. A mistake is named with its line, and the exit code is 1.
docs/operations.md explains the file.
`

// runCheckPolicy is the command check-policy.
func runCheckPolicy(args []string, stdout, stderr io.Writer) int {
	if len(args) == 1 && (args[0] == "-h" || args[0] == "--help") {
		_, _ = io.WriteString(stdout, checkPolicyHelp)
		return exitOK
	}
	if len(args) != 1 {
		_, _ = io.WriteString(stderr, checkPolicyHelp)
		return exitUsage
	}
	policy, err := signer.OpenPolicyFile(args[0], nil)
	if err == nil {
		err = policy.WriteSummary(stdout)
	}
	if err != nil {
		_, _ = fmt.Fprintf(stderr, "longshore-signer check-policy: %v\n", err)
		return exitError
	}
	return exitOK
}
