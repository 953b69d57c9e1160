package signer

import (
	"fmt"
	"maps"
	"mime"
	"regexp"
	"strconv"
	"strings"
	"time"

	"longshore/signer/api"
)

var metaName = regexp.MustCompile(`^[a-z0-9-]{1,64}$`)

// reserved are the signer's own names in an object's metadata.
func reserved(name string) bool {
	switch name {
	case api.MetaUploadRef, api.MetaBatchRef, api.MetaModTime, api.MetaSize, api.MetaPartSize, api.MetaMode:
		return true
	}
	return false
}

// checkMetadata refuses what S3 would alter or refuse: values go into signed
// headers, where spaces are trimmed and runs of them are one.
func checkMetadata(m map[string]string) error {
	total := 0
	for k, v := range m {
		total += len(k) + len(v)
		if !metaName.MatchString(k) || reserved(k) || !headerSafe(v) {
			return fail(api.CodeBadMetadata, "")
		}
	}
	if total > api.MaxMetadata {
		return fail(api.CodeBadMetadata, "")
	}
	return nil
}

// headerSafe tells printable ASCII without spaces at the ends or in a row.
func headerSafe(v string) bool {
	for i := range len(v) {
		if v[i] < ' ' || v[i] > '~' {
			return false
		}
	}
	return strings.TrimSpace(v) == v && !strings.Contains(v, "  ")
}

// checkMimeType wants one "type/subtype", with parameters or without. Of several
// with commas between, browsers take another one than the rules would be held
// against (Fetch standard, "extract a MIME type").
func checkMimeType(v string) error {
	kind, _, err := mime.ParseMediaType(v)
	if err != nil || strings.Count(kind, "/") != 1 || len(v) > 255 || !headerSafe(v) {
		return fail(api.CodeBadRequest, "mimeType must be like text/plain; send application/octet-stream if it is not known.")
	}
	return nil
}

// objectMeta is what the signer writes about an upload into its object.
type objectMeta struct {
	ref     string
	batch   string
	modTime *time.Time
	plan    plan
	mode    string
	client  map[string]string
}

func (m objectMeta) entries() map[string]string {
	out := maps.Clone(m.client)
	if out == nil {
		out = make(map[string]string, 6)
	}
	out[api.MetaUploadRef] = m.ref
	out[api.MetaMode] = m.mode
	if m.batch != "" {
		out[api.MetaBatchRef] = m.batch
	}
	if m.modTime != nil {
		out[api.MetaModTime] = unixSeconds(*m.modTime)
	}
	if m.plan.known() {
		out[api.MetaSize] = strconv.FormatInt(m.plan.size, 10)
	}
	if m.plan.partSize > 0 {
		out[api.MetaPartSize] = strconv.FormatInt(m.plan.partSize, 10)
	}
	return out
}

// unixSeconds writes a time as rclone does: decimal seconds since 1970 with
// nine places.
func unixSeconds(t time.Time) string {
	sec, nano, sign := t.Unix(), t.Nanosecond(), ""
	if sec < 0 {
		sign = "-"
		if sec = -sec; nano > 0 {
			sec, nano = sec-1, 1e9-nano
		}
	}
	return fmt.Sprintf("%s%d.%09d", sign, sec, nano)
}
