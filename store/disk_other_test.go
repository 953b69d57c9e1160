//go:build !linux

package store

// platformChildren: full and read-only disks are made on Linux alone.
var platformChildren map[string]func(args []string) int
