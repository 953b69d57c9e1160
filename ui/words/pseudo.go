package words

import "strings"

// pseudo is the region of a made-up English (en-XA, as elsewhere) in which every sentence of the catalogue is marked and
// half as long again: whatever is not marked bypasses the catalogue, and whatever does not fit will not fit in some
// language. Tests use it, and LANG=en_XA shows it.
const pseudo = "XA"

var accents = strings.NewReplacer("a", "á", "e", "é", "i", "í", "o", "ó", "u", "ú", "A", "Á", "E", "É", "O", "Ó", "U", "Ú")

func stretched(english catalogue) catalogue {
	c := make(catalogue, len(english))
	for key, m := range english {
		switch key {
		case Sizes, Weekdays, Months: // lists
			c[key] = m
		default:
			c[key] = message{m.by, stretch(m.one), stretch(m.other)}
		}
	}
	return c
}

func stretch(form []piece) []piece {
	if len(form) == 0 {
		return nil
	}
	letters := 0
	list := []piece{{text: "["}}
	for _, p := range form {
		letters += len(p.text)
		list = append(list, piece{accents.Replace(p.text), p.arg})
	}
	return append(list, piece{text: strings.Repeat("~", letters/2) + "]"})
}
