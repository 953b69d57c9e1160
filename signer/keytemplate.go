package signer

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/oklog/ulid/v2"

	"longshore/signer/api"
)

// keyTemplate makes keys from uploads and reads them back (PROTOCOL "Keys").
//
// Segments are literals, or one whole placeholder: {principal}, {uploadRef},
// {date} (the day of uploadRef), {batchRef} ("none" without one). {path}, the
// file's path, may only be the last segment. {ext}, the extension with its dot
// or nothing, may end a last segment that is a literal. {principal} and
// {uploadRef} are required, so that no name can reach into another's keys.
type keyTemplate struct {
	segments []string
}

// keyParts is what a key is made of.
type keyParts struct {
	principal Principal
	ref       ulid.ULID
	batch     string // a ref, or empty
	path      string // clean; the file's name if it came in no folder
	name      string // clean
}

const noBatch = "none"

var literalPattern = regexp.MustCompile(`^[A-Za-z0-9._-]{1,100}$`)

// names is how much of a file's name its keys hold, one of api's Names.
func (t keyTemplate) names() string {
	switch last := t.segments[len(t.segments)-1]; {
	case last == "{path}":
		return api.NamesPath
	case strings.HasSuffix(last, "{ext}"):
		return api.NamesExtension
	}
	return api.NamesNone
}

func parseTemplate(text string) (keyTemplate, error) {
	t := keyTemplate{segments: strings.Split(text, "/")}
	seen := make(map[string]int)
	for i, seg := range t.segments {
		last := i == len(t.segments)-1
		switch seg {
		case "{principal}", "{uploadRef}", "{date}", "{batchRef}":
			seen[seg]++
			if seen[seg] > 1 {
				return t, fmt.Errorf("key template: %s may be used once", seg)
			}
		case "{path}":
			if !last {
				return t, errors.New("key template: {path} may only be the last segment")
			}
		default:
			lit := seg
			if last {
				lit = strings.TrimSuffix(seg, "{ext}")
			}
			if !literalPattern.MatchString(lit) || lit == "." || lit == ".." {
				return t, fmt.Errorf("key template: segment %d is neither a placeholder nor a plain name", i+1)
			}
		}
	}
	if seen["{principal}"] == 0 || seen["{uploadRef}"] == 0 {
		return t, errors.New("key template: {principal} and {uploadRef} are required, each as a whole segment")
	}
	return t, nil
}

// render makes the key. Errors are bad_name and key_too_long.
func (t keyTemplate) render(p keyParts) (string, error) {
	segs := make([]string, len(t.segments))
	for i, seg := range t.segments {
		switch seg {
		case "{principal}":
			segs[i] = string(p.principal)
		case "{uploadRef}":
			segs[i] = p.ref.String()
		case "{date}":
			segs[i] = refDate(p.ref)
		case "{batchRef}":
			segs[i] = p.batch
			if p.batch == "" {
				segs[i] = noBatch
			}
		case "{path}":
			segs[i] = p.path
		default:
			if lit, ok := strings.CutSuffix(seg, "{ext}"); ok {
				seg = lit + extension(p.name)
			}
			segs[i] = seg
		}
	}
	key := strings.Join(segs, "/")
	if len(key) > api.MaxKeyLen {
		return "", fail(api.CodeKeyTooLong, "")
	}
	back, ok := t.parse(key)
	if !ok || back.principal != p.principal || back.ref != p.ref {
		return "", fail(api.CodeBadName, "")
	}
	return key, nil
}

// parse reads principal, ref, batch and path back from a key. ok is false for a
// key that the template cannot have made.
func (t keyTemplate) parse(key string) (p keyParts, ok bool) {
	if len(key) > api.MaxKeyLen {
		return p, false
	}
	segs := strings.SplitN(key, "/", len(t.segments))
	if len(segs) != len(t.segments) {
		return p, false
	}
	date := ""
	for i, seg := range segs {
		want := t.segments[i]
		switch want {
		case "{principal}":
			p.principal, ok = Principal(seg), Principal(seg).valid()
		case "{uploadRef}":
			p.ref, ok = parseRef(seg)
		case "{date}":
			date, ok = seg, true
		case "{batchRef}":
			_, isRef := parseRef(seg)
			ok = isRef || seg == noBatch
			if isRef {
				p.batch = seg
			}
		case "{path}":
			clean, err := cleanPath(seg)
			p.path, ok = clean, err == nil && clean == seg
		default:
			ok = matchesLiteral(want, seg)
		}
		if !ok {
			return keyParts{}, false
		}
	}
	if date != "" && date != refDate(p.ref) {
		return keyParts{}, false
	}
	return p, true
}

func matchesLiteral(want, seg string) bool {
	lit, hasExt := strings.CutSuffix(want, "{ext}")
	if !hasExt {
		return seg == want
	}
	ext, ok := strings.CutPrefix(seg, lit)
	return ok && ext == extension("x"+ext)
}
