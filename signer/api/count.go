package api

// Most commas of a request's JSON, and so, but for one in each list and object,
// most elements and members: what decoding makes of "{}," is fifty times as
// large as these three bytes.
const (
	MaxCommas         = 20_000
	MaxCompleteCommas = 5 * MaxParts // of a Complete, and of a manifest's page
)

// Commas counts the commas of a JSON text outside of its strings. Of what is no
// JSON it counts some.
func Commas(text []byte) (n int) {
	inString := false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case inString && c == '\\':
			i++
		case c == '"':
			inString = !inString
		case c == ',' && !inString:
			n++
		}
	}
	return n
}
