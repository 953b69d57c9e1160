package words

import (
	"encoding/json"
	"fmt"
	"strings"
)

// message is a sentence with gaps. One without plural forms has only other.
type message struct {
	by         string // the argument whose number chooses the form, "" for none
	one, other []piece
}

// piece is a text, or the gap for an argument.
type piece struct{ text, arg string }

// catalogue is what one language says, by key.
type catalogue map[Key]message

// parse reads a catalogue: an object of sentences by key. A sentence is a string, or an object with the form for one
// and the form for other numbers, and by: the argument that counts. {name} is the gap for the argument of that name.
func parse(data []byte) (catalogue, error) {
	var raw map[Key]json.RawMessage
	if err := json.Unmarshal(data, &raw); err != nil {
		return nil, fmt.Errorf("catalogue: %w", err)
	}
	c := make(catalogue, len(raw))
	for key, value := range raw {
		m, err := parseMessage(value)
		if err != nil {
			return nil, fmt.Errorf("catalogue, %s: %w", key, err)
		}
		c[key] = m
	}
	return c, nil
}

func parseMessage(value json.RawMessage) (message, error) {
	var text string
	if json.Unmarshal(value, &text) == nil {
		return message{other: pieces(text)}, nil
	}
	var forms struct{ By, One, Other string }
	if err := json.Unmarshal(value, &forms); err != nil {
		return message{}, err
	}
	return message{by: forms.By, one: pieces(forms.One), other: pieces(forms.Other)}, nil
}

func pieces(text string) []piece {
	var list []piece
	for text != "" {
		before, rest, gap := strings.Cut(text, "{")
		if before != "" {
			list = append(list, piece{text: before})
		}
		if !gap {
			break
		}
		var name string
		name, text, _ = strings.Cut(rest, "}")
		list = append(list, piece{arg: name})
	}
	return list
}
