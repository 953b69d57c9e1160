package browser

import (
	"os"
	"path/filepath"
)

// command does not go through a shell, which would read & and % in the address.
func command(address string) []string {
	return []string{filepath.Join(os.Getenv("SystemRoot"), "System32", "rundll32.exe"), "url.dll,FileProtocolHandler", address}
}
