//go:build unix && !darwin

package autostart

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// path is where the desktop looks (XDG autostart). An empty home is an error of os.UserConfigDir.
func (e Entry) path() (string, error) {
	dir, err := os.UserConfigDir()
	return filepath.Join(dir, "autostart", e.ID+".desktop"), err
}

// enabled heeds what a person, or the desktop's own settings, may have written into it.
func (e Entry) enabled() (bool, error) {
	path, err := e.path()
	if err != nil {
		return false, err
	}
	text, err := read(path)
	lines := strings.Split(text, "\n")
	off := slices.Contains(lines, "Hidden=true") || slices.Contains(lines, "X-GNOME-Autostart-enabled=false")
	return text != "" && !off, err
}

func (e Entry) enable() error {
	path, err := e.path()
	if err != nil {
		return err
	}
	words := make([]string, len(e.Args))
	for i, a := range e.Args {
		words[i] = quote(a)
	}
	return write(path, "[Desktop Entry]\nType=Application\nVersion=1.0\nName="+e.Name+"\nExec="+strings.Join(words, " ")+
		"\nIcon="+e.ID+"\nTerminal=false\nX-GNOME-Autostart-enabled=true\n")
}

func (e Entry) disable() error {
	path, err := e.path()
	if err != nil {
		return err
	}
	return remove(path)
}

// quote writes an argument as the Desktop Entry Specification wants it: in quotation marks, in which four characters
// are escaped; % stands for field codes; and a backslash of the outcome is doubled, since the value is a string.
func quote(arg string) string {
	inner := strings.NewReplacer(`\`, `\\`, `"`, `\"`, "`", "\\`", `$`, `\$`, `%`, `%%`).Replace(arg)
	return strings.ReplaceAll(`"`+inner+`"`, `\`, `\\`)
}
