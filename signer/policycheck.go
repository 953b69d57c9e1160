package signer

import (
	"fmt"
	"io"
	"net/url"
	"strings"
)

// WriteSummary says in words what each group of the file gets, for `check-policy`.
// What the file leaves out is shown as the signer's flags have it by default.
func (p *PolicyFile) WriteSummary(w io.Writer) error {
	now := p.current()
	var b strings.Builder
	for i, r := range now.groups {
		fmt.Fprintf(&b, "%d. group %q\n", i+1, r.group)
		r.describe(&b)
	}
	if now.requireGroup {
		b.WriteString("callers in none of these groups: may not begin uploads\n")
	} else {
		b.WriteString("callers in none of these groups\n")
		now.defaults.describe(&b)
	}
	b.WriteString("Who is in several groups gets the first of them. What is not set follows serve's flags.\n")
	_, err := io.WriteString(w, b.String())
	return err
}

func (r *rules) describe(b *strings.Builder) {
	line := func(name, value string) { fmt.Fprintf(b, "     %-18s %s\n", name, value) }
	line("keys", strings.Join(r.template.segments, "/"))
	line("largest object", sizeWords(r.maxObjectSize))
	if r.rate < 0 {
		line("rate", "no limit")
	} else {
		line("rate", fmt.Sprintf("%g calls a second, %d at once", r.rate, r.burst))
	}
	if r.concurrency > 0 {
		line("calls under way", fmt.Sprint(r.concurrency))
	}
	types := make([]string, len(r.types))
	for i, t := range r.types {
		types[i] = string(t)
	}
	line("content types", orWords(strings.Join(types, ", "), "any"))
	key := orWords(r.kmsKeyID, "as --kms-key-id says")
	if r.bucketKey {
		key += ", with a bucket key"
	}
	line("KMS key", key)
	line("storage class", orWords(r.storageClass, "the bucket's default"))
	line("tags", orWords(tagWords(r.tagging), "none"))
	var required []string
	for _, req := range r.required {
		text := req.name
		if req.pattern != nil {
			text += " (" + strings.TrimSuffix(strings.TrimPrefix(req.pattern.String(), `\A(?:`), `)\z`) + ")"
		}
		required = append(required, text)
	}
	line("required metadata", orWords(strings.Join(required, ", "), "none"))
	line("without a size", map[bool]string{true: "taken", false: "refused"}[r.simpleClients])
}

// tagWords shows tags as the file has them.
func tagWords(tagging string) string {
	var words []string
	for pair := range strings.SplitSeq(tagging, "&") {
		if text, err := url.QueryUnescape(pair); err == nil && text != "" {
			words = append(words, text)
		}
	}
	return strings.Join(words, ", ")
}

func orWords(v, empty string) string {
	if v == "" {
		return empty
	}
	return v
}

func sizeWords(n int64) string {
	for _, u := range []struct {
		name string
		size int64
	}{{"TiB", 1 << 40}, {"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}} {
		if n >= u.size {
			return fmt.Sprintf("%.4g %s", float64(n)/float64(u.size), u.name)
		}
	}
	return fmt.Sprintf("%d bytes", n)
}
