package signer

import (
	"encoding/hex"
	"errors"
	"path"
	"strings"

	"github.com/oklog/ulid/v2"
)

// DefaultManifestTemplate makes the keys of manifests.
const DefaultManifestTemplate = "uploads/{principal}/manifests/{date}/{batchRef}/manifest.json"

// manifestTemplate makes the keys of manifests: literals, {principal},
// {batchRef} and {date} (the day of batchRef), with a plain name at the end. It
// is a key template in which the batch stands where an upload would.
type manifestTemplate struct{ keys keyTemplate }

// parseManifestTemplate also refuses a template whose keys a file could have.
func parseManifestTemplate(text string, files []keyTemplate) (manifestTemplate, error) {
	const asRef = "{uploadRef}"
	if strings.Contains(text, asRef) || strings.Contains(text, "{path}") || strings.Contains(text, "{ext}") {
		return manifestTemplate{}, errors.New("manifest template: only {principal}, {batchRef} and {date} may be used")
	}
	t, err := parseTemplate(strings.Replace(text, "{batchRef}", asRef, 1))
	if err != nil || strings.HasSuffix(text, "}") {
		return manifestTemplate{}, errors.New("manifest template: it needs {principal} and {batchRef}, each as a whole segment, and a plain name at its end")
	}
	m := manifestTemplate{keys: t}
	sample, err := m.key(anonymous, newRef())
	if err != nil {
		return m, errors.New("manifest template: its keys are too long")
	}
	for _, f := range files {
		if _, ok := f.parse(sample); ok {
			return m, errors.New("manifest template: a file could have a manifest's key; use another folder for manifests")
		}
	}
	return m, nil
}

// key is where a batch's manifest lies. The error is key_too_long.
func (m manifestTemplate) key(p Principal, batch ulid.ULID) (string, error) {
	return m.keys.render(keyParts{principal: p, ref: batch})
}

// page is where a page lies: beside the manifest, under its own hash, so that
// the same page always has the same key and no other page ever has it.
func (m manifestTemplate) page(manifest string, hash []byte) string {
	return path.Dir(manifest) + "/page-" + hex.EncodeToString(hash) + ".ndjson"
}

// reserves tells whether a key is a manifest's. No file gets one.
func (m manifestTemplate) reserves(key string) bool {
	_, ok := m.keys.parse(key)
	return ok
}
