//go:build !linux

package main

import (
	"fmt"
	"os"
)

// main says that there is nothing to run here: /proc and Xvfb are Linux's.
func main() {
	_, _ = fmt.Fprintln(os.Stderr, "bench/size measures on Linux only: it needs /proc and a screen of Xvfb.")
	os.Exit(2)
}
