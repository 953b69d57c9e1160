package bucket

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// errPolicy says that the policy there is not one we can add to.
var errPolicy = errors.New("the policy there is not in the form that S3 documents")

// policyDoc is a policy whose parts are kept as they are.
type policyDoc struct {
	fields     []field // of the top level, in order, without Statement
	statements []json.RawMessage
}

type field struct {
	name  string
	value json.RawMessage
}

// parsePolicy reads a policy; no bytes are an empty one.
func parsePolicy(body []byte) (policyDoc, error) {
	if len(bytes.TrimSpace(body)) == 0 {
		return policyDoc{fields: []field{{"Version", json.RawMessage(`"2012-10-17"`)}}}, nil
	}
	var doc policyDoc
	dec := json.NewDecoder(bytes.NewReader(body))
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return doc, errPolicy
	}
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			return doc, errPolicy
		}
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			return doc, errPolicy
		}
		if name != "Statement" {
			doc.fields = append(doc.fields, field{name.(string), value}) // JSON has no other kind of name
			continue
		}
		if doc.statements, err = asList(value); err != nil {
			return doc, err
		}
	}
	return doc, nil
}

// asList reads a list or a single statement.
func asList(value json.RawMessage) ([]json.RawMessage, error) {
	if value[0] == '{' {
		return []json.RawMessage{value}, nil
	}
	var list []json.RawMessage
	if json.Unmarshal(value, &list) != nil {
		return nil, errPolicy
	}
	return list, nil
}

// bytes writes the policy; nil when it has no statements.
func (p policyDoc) bytes() []byte {
	if len(p.statements) == 0 {
		return nil
	}
	var b bytes.Buffer
	b.WriteString("{")
	for _, f := range p.fields {
		b.Write(quote(f.name))
		fmt.Fprintf(&b, ":%s,", f.value)
	}
	b.WriteString(`"Statement":[`)
	for i, s := range p.statements {
		if i > 0 {
			b.WriteString(",")
		}
		b.Write(s)
	}
	b.WriteString("]}")
	return b.Bytes()
}

func sidOf(statement json.RawMessage) string {
	var s struct{ Sid string }
	_ = json.Unmarshal(statement, &s) // a statement without a readable Sid is not ours
	return s.Sid
}

// mergePolicy puts our statements into the place of those of ours that are
// there, and keeps all others. It says what becomes of each.
func mergePolicy(before []byte, ours []Statement) (after []byte, lines []Line, err error) {
	doc, err := parsePolicy(before)
	if err != nil {
		return nil, nil, err
	}
	next := policyDoc{fields: doc.fields}
	left := slices.Clone(ours)
	foreign := 0
	for _, raw := range doc.statements {
		sid := sidOf(raw)
		if !strings.HasPrefix(sid, Prefix) {
			foreign++
			next.statements = append(next.statements, raw)
			continue
		}
		i := slices.IndexFunc(left, func(s Statement) bool { return s.Sid == sid })
		if i < 0 {
			lines = append(lines, Line{Removed, sid + " is no longer asked for"})
			continue
		}
		want := left[i]
		left = slices.Delete(left, i, i+1)
		if sameJSON(raw, encode(want)) {
			next.statements = append(next.statements, raw)
			lines = append(lines, Line{Kept, sid + ": " + meaning(want)})
			continue
		}
		next.statements = append(next.statements, encode(want))
		lines = append(lines, Line{Changed, sid + ": " + meaning(want)})
	}
	for _, want := range left {
		next.statements = append(next.statements, encode(want))
		lines = append(lines, Line{Added, want.Sid + ": " + meaning(want)})
	}
	return next.bytes(), keptLine(lines, foreign, "statement"), nil
}

func encode(s Statement) json.RawMessage { return quote(s) }

// quote is JSON of something made of strings alone, which cannot fail.
func quote(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic("bucket: strings do not fail to encode: " + err.Error())
	}
	return b
}

// sameJSON compares two statements by meaning: servers write one value as a
// list, "*" as {"AWS":"*"}, and truth values without quotes.
func sameJSON(a, b []byte) bool {
	var x, y any
	if json.Unmarshal(a, &x) != nil || json.Unmarshal(b, &y) != nil {
		return false
	}
	return canonical(x) == canonical(y)
}

func canonical(v any) string {
	switch v := v.(type) {
	case map[string]any:
		if all, ok := v["AWS"]; ok && len(v) == 1 && canonical(all) == canonical("*") {
			return canonical("*")
		}
		keys := make([]string, 0, len(v))
		for k, x := range v {
			keys = append(keys, fmt.Sprintf("%q:%s", k, canonical(x)))
		}
		slices.Sort(keys)
		return "{" + strings.Join(keys, ",") + "}"
	case []any:
		items := make([]string, 0, len(v))
		for _, x := range v {
			items = append(items, strings.Trim(canonical(x), "[]"))
		}
		slices.Sort(items)
		return "[" + strings.Join(items, ",") + "]"
	}
	return fmt.Sprintf("[%q]", fmt.Sprint(v))
}

// meaning says what a statement of ours does.
func meaning(s Statement) string {
	switch s.Sid {
	case SidTLS:
		return "refuses every request without TLS"
	case SidNotKMS:
		return "refuses uploads that ask for another encryption than aws:kms"
	case SidOtherKey:
		return "refuses uploads that ask for another KMS key than the vault's, or for none"
	case SidCustomerKey:
		return "refuses uploads under a key of the caller's own (SSE-C)"
	case SidNoHeader:
		return "refuses uploads without an encryption header (--strict)"
	}
	return "is tried on the probe's keys"
}
