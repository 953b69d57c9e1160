package autostart

import (
	"bytes"
	"encoding/xml"
	"os"
	"path/filepath"
	"strings"
)

// path is where launchd looks at login.
func (e Entry) path() (string, error) {
	home, err := os.UserHomeDir()
	return filepath.Join(home, "Library", "LaunchAgents", e.ID+".plist"), err
}

func (e Entry) enabled() (bool, error) {
	path, err := e.path()
	if err != nil {
		return false, err
	}
	text, err := read(path)
	return text != "", err
}

func (e Entry) enable() error {
	path, err := e.path()
	if err != nil {
		return err
	}
	var args strings.Builder
	for _, a := range e.Args {
		args.WriteString("\n\t\t<string>" + escape(a) + "</string>")
	}
	return write(path, `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
	<key>Label</key>
	<string>`+escape(e.ID)+`</string>
	<key>ProgramArguments</key>
	<array>`+args.String()+`
	</array>
	<key>RunAtLoad</key>
	<true/>
	<key>ProcessType</key>
	<string>Interactive</string>
</dict>
</plist>
`)
}

func (e Entry) disable() error {
	path, err := e.path()
	if err != nil {
		return err
	}
	return remove(path)
}

func escape(s string) string {
	var b bytes.Buffer
	_ = xml.EscapeText(&b, []byte(s)) // a Buffer takes everything
	return b.String()
}
