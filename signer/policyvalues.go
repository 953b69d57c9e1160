package signer

import (
	"errors"
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"longshore/signer/api"
)

// maxObject is the largest object there is, in bytes.
const maxObject = api.MaxObjectSize

// templateText is a key template in a file.
type templateText struct{ template keyTemplate }

// UnmarshalText is encoding.TextUnmarshaler.
func (t *templateText) UnmarshalText(text []byte) (err error) {
	t.template, err = parseTemplate(string(text))
	return err
}

// byteSize is a number of bytes, or text as "50 GiB".
type byteSize int64

var sizePattern = regexp.MustCompile(`^([0-9]{1,19}) ?(B|KiB|MiB|GiB|TiB)?$`)

// UnmarshalText is encoding.TextUnmarshaler.
func (b *byteSize) UnmarshalText(text []byte) error {
	m := sizePattern.FindStringSubmatch(string(text))
	if m == nil {
		return errors.New(`a size is a number of bytes, or like "50 GiB" with B, KiB, MiB, GiB or TiB`)
	}
	n, err := strconv.ParseInt(m[1], 10, 64)
	unit := int64(1) << (10 * max(0, strings.Index("BKMGT", m[2][:min(1, len(m[2]))])))
	if err != nil || n < 1 || n > maxObject/unit {
		return fmt.Errorf("a size is 1 to %d bytes", int64(maxObject))
	}
	*b = byteSize(n * unit)
	return nil
}

var mediaPatternForm = regexp.MustCompile(`^(\*/\*|[a-z0-9][a-z0-9!#$&^_.+-]*/(\*|[a-z0-9][a-z0-9!#$&^_.+-]*))$`)

// UnmarshalText is encoding.TextUnmarshaler.
func (m *mediaPattern) UnmarshalText(text []byte) error {
	*m = mediaPattern(strings.ToLower(string(text)))
	if !mediaPatternForm.MatchString(string(*m)) {
		return errors.New(`a content type is like "image/png", "image/*" or "*/*"`)
	}
	return nil
}

// storageClass is S3's name of one; servers have classes of their own, so only
// its form is checked.
type storageClass string

var storageClassForm = regexp.MustCompile(`^[A-Z][A-Z0-9_-]{0,63}$`)

// UnmarshalText is encoding.TextUnmarshaler.
func (c *storageClass) UnmarshalText(text []byte) error {
	*c = storageClass(text)
	if !storageClassForm.MatchString(string(*c)) {
		return errors.New("a storage class is in capitals, like INTELLIGENT_TIERING")
	}
	return nil
}

// valuePattern is a regular expression that a whole value must match; empty
// text is any value.
type valuePattern struct{ pattern *regexp.Regexp }

// UnmarshalText is encoding.TextUnmarshaler.
func (v *valuePattern) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		return nil
	}
	re, err := regexp.Compile(`\A(?:` + string(text) + `)\z`)
	if err != nil {
		return errors.New("not a regular expression (RE2)")
	}
	v.pattern = re
	return nil
}

// Limits of tags (AWS docs, "Categorizing your objects using tags").
const (
	maxTags     = 10
	maxTagName  = 128
	maxTagValue = 256
)

var tagForm = regexp.MustCompile(`^[A-Za-z0-9 +=._:/@-]*$`)

// taggingOf writes tags as x-amz-tagging has them. A space is %20: '+' would be
// one too, but some servers keep it.
func taggingOf(tags map[string]string) (string, error) {
	if len(tags) > maxTags {
		return "", fmt.Errorf("tags: an object has at most %d", maxTags)
	}
	var pairs []string
	for _, name := range slices.Sorted(maps.Keys(tags)) {
		value := tags[name]
		if name == "" || len(name) > maxTagName || len(value) > maxTagValue || !tagForm.MatchString(name) || !tagForm.MatchString(value) ||
			strings.HasPrefix(name, "aws:") {
			return "", fmt.Errorf("tags: %q is not possible; letters, digits, spaces and + - = . _ : / @ are", name)
		}
		pairs = append(pairs, queryEscape(name)+"="+queryEscape(value))
	}
	return strings.Join(pairs, "&"), nil
}

func queryEscape(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }
