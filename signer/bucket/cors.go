package bucket

import (
	"slices"
	"strconv"
	"strings"
)

// mergeCORS puts our rule before those of others: S3 takes the first rule that
// fits a request (AWS docs, "Elements of a CORS configuration"), and another's
// that allows PUT without exposing ETag would hide ours.
func mergeCORS(before []byte, want CORSRule) (after []byte, lines []Line, err error) {
	root, err := parseXML(before)
	if err != nil {
		return nil, nil, err
	}
	if root == nil {
		root = node("CORSConfiguration")
	}
	says := want.ID + ": pages of " + strings.Join(want.AllowedOrigins, ", ") + " may send parts and read ETag and checksums"
	mark, foreign := Added, 0
	next := node(root.Name, corsRule(want))
	for i, c := range root.Children {
		switch {
		case c.Name != "CORSRule" || !isOurs(c):
			next.Children = append(next.Children, c)
			if c.Name == "CORSRule" {
				foreign++
			}
		case c.text("ID") != want.ID:
			lines = append(lines, Line{Removed, c.text("ID") + " is no longer asked for"})
		case i == 0 && readCORS(c).equal(want):
			mark = Kept
		default:
			mark = Changed
		}
	}
	lines = append(lines, Line{mark, says})
	return next.bytes(), keptLine(lines, foreign, "rule"), nil
}

func corsRule(r CORSRule) *element {
	rule := node("CORSRule", leaf("ID", r.ID))
	for _, list := range []struct {
		name   string
		values []string
	}{{"AllowedOrigin", r.AllowedOrigins}, {"AllowedMethod", r.AllowedMethods}, {"AllowedHeader", r.AllowedHeaders}, {"ExposeHeader", r.ExposeHeaders}} {
		for _, v := range list.values {
			rule.Children = append(rule.Children, leaf(list.name, v))
		}
	}
	rule.Children = append(rule.Children, leaf("MaxAgeSeconds", strconv.Itoa(r.MaxAgeSeconds)))
	return rule
}

func readCORS(rule *element) CORSRule {
	r := CORSRule{
		ID: rule.text("ID"), AllowedOrigins: texts(rule, "AllowedOrigin"), AllowedMethods: texts(rule, "AllowedMethod"),
		AllowedHeaders: texts(rule, "AllowedHeader"), ExposeHeaders: texts(rule, "ExposeHeader"),
	}
	r.MaxAgeSeconds, _ = strconv.Atoi(rule.text("MaxAgeSeconds"))
	return r
}

func texts(e *element, name string) []string {
	var out []string
	for _, c := range e.all(name) {
		out = append(out, strings.TrimSpace(c.Text))
	}
	return out
}

func (r CORSRule) equal(o CORSRule) bool {
	return r.ID == o.ID && r.MaxAgeSeconds == o.MaxAgeSeconds &&
		sameSet(r.AllowedOrigins, o.AllowedOrigins) && sameSet(r.AllowedMethods, o.AllowedMethods) &&
		sameSet(r.AllowedHeaders, o.AllowedHeaders) && sameSet(r.ExposeHeaders, o.ExposeHeaders)
}

// sameSet compares without order and case: servers change both.
func sameSet(a, b []string) bool {
	norm := func(in []string) []string {
		out := make([]string, len(in))
		for i, s := range in {
			out[i] = strings.ToLower(s)
		}
		slices.Sort(out)
		return slices.Compact(out)
	}
	return slices.Equal(norm(a), norm(b))
}
