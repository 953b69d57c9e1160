package bucket

import "fmt"

// Mark says what becomes of something.
type Mark byte

// The marks.
const (
	Added   Mark = '+'
	Removed Mark = '-'
	Changed Mark = '~'
	Kept    Mark = '='
	Note    Mark = '!' // something to know
)

// Line is one thing in words.
type Line struct {
	Mark Mark
	Text string
}

func (l Line) String() string { return fmt.Sprintf("%c %s", l.Mark, l.Text) }

// keptLine adds how many of others' stay, if there are any.
func keptLine(lines []Line, n int, what string) []Line {
	switch n {
	case 0:
		return lines
	case 1:
		return append(lines, Line{Kept, "1 " + what + " of others stays as it is"})
	}
	return append(lines, Line{Kept, fmt.Sprintf("%d %ss of others stay as they are", n, what)})
}

func days(n int) string {
	if n == 1 {
		return "1 day"
	}
	return fmt.Sprintf("%d days", n)
}
