//go:build !linux

package main

import (
	"fmt"
	"os"
)

// main says that there is nothing to run here: network namespaces, the page cache and /proc are Linux's.
func main() {
	_, _ = fmt.Fprintln(os.Stderr, "bench/uploaders compares uploaders on Linux only: it needs /proc, and network namespaces for its slow lines.")
	os.Exit(2)
}
