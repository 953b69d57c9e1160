//go:build unix && !darwin

package browser

import "os"

// command is the desktop's own opener. Without a screen there is none: a browser in the terminal would be no help.
func command(address string) []string {
	if os.Getenv("DISPLAY") == "" && os.Getenv("WAYLAND_DISPLAY") == "" && os.Getenv("BROWSER") == "" {
		return nil
	}
	return []string{"xdg-open", address}
}
