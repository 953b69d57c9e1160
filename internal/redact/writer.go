package redact

import (
	"io"
	"regexp"
)

// quoted is text in quotes: what a server sent, a file's name.
var quoted = regexp.MustCompile(`"(?:[^"\\]|\\.)*"|'[^']*'`)

// Writer is w behind Text, for lines that libraries print by themselves: of what is in quotes nothing is left. One
// Write is one message, as package log has it. It never fails, and so stops nobody who only wanted to speak.
func Writer(w io.Writer) io.Writer { return writer{w} }

type writer struct{ to io.Writer }

func (w writer) Write(p []byte) (int, error) {
	_, _ = io.WriteString(w.to, quoted.ReplaceAllString(Text(string(p)), `"`+hiddenValue+`"`)) // there is nobody else to tell
	return len(p), nil
}
