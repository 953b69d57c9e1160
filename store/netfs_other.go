//go:build !linux

package store

// folderWarning is cheap to answer on Linux alone.
func folderWarning(string) string { return "" }
