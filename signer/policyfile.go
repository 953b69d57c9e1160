package signer

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
)

// PolicyFile is the policy of an operator's TOML file, read again when the file
// changes. docs/operations.md explains its fields; Config's are the defaults of
// what it leaves out.
type PolicyFile struct {
	file *watched[*policy]
	base *policy
	kms  bool // the vault encrypts with KMS

	// What was in force since the start: running uploads and finished objects
	// still have keys of these. Guarded by file.
	templates []keyTemplate
	kmsKeys   []string
}

// policyDoc is the file.
type policyDoc struct {
	RequireGroup    bool                `toml:"require_group"`
	OldKeyTemplates []templateText      `toml:"old_key_templates"`
	Defaults        rulesDoc            `toml:"defaults"`
	Groups          map[string]rulesDoc `toml:"groups"`
}

// rulesDoc is one table of it. What is left out is inherited: a group's from
// [defaults], those from the signer's flags.
type rulesDoc struct {
	KeyTemplate      *templateText           `toml:"key_template"`
	MaxObjectSize    *byteSize               `toml:"max_object_size"`
	Rate             *float64                `toml:"rate"`
	Burst            *int                    `toml:"burst"`
	Concurrency      *int                    `toml:"concurrency"`
	ContentTypes     []mediaPattern          `toml:"content_types"`
	KMSKeyID         *string                 `toml:"kms_key_id"`
	BucketKey        *bool                   `toml:"bucket_key"`
	StorageClass     *storageClass           `toml:"storage_class"`
	Tags             map[string]string       `toml:"tags"`
	RequiredMetadata map[string]valuePattern `toml:"required_metadata"`
	SimpleClients    *bool                   `toml:"simple_clients"`
}

// OpenPolicyFile reads the file at path. It fails if the file cannot be read,
// or holds what is not known or not possible; errors name the line or the
// table. log may be nil.
func OpenPolicyFile(path string, log *slog.Logger) (*PolicyFile, error) {
	base, err := basePolicy(Config{KeyTemplate: DefaultKeyTemplate, MaxObjectSize: maxObject, Rate: DefaultRate, Burst: DefaultBurst})
	if err != nil {
		return nil, err
	}
	p := &PolicyFile{base: base, kms: true}
	p.file, err = watch(path, "policy file", log, p.parse)
	return p, err
}

// attach makes cfg's values the defaults of the file's.
func (p *PolicyFile) attach(base *policy, kms bool) error {
	return p.file.reparse(func() { p.base, p.kms, p.templates, p.kmsKeys = base, kms, nil, nil })
}

func (p *PolicyFile) current() *policy { return p.file.current() }

// parse reads a file's content, on top of what was in force before.
func (p *PolicyFile) parse(data []byte) (*policy, error) {
	if len(bytes.TrimSpace(data)) == 0 {
		return nil, errors.New("policy file: it is empty; [defaults] alone says that there are no rules")
	}
	var doc policyDoc
	meta, err := toml.Decode(string(data), &doc)
	if err != nil {
		return nil, tomlError(err)
	}
	if unknown := meta.Undecoded(); len(unknown) > 0 {
		return nil, unknownKey(string(data), unknown[0])
	}
	sum := sha256.Sum256(data)
	out := &policy{version: policyVersion(sum[:4]), requireGroup: doc.RequireGroup}
	if out.defaults, err = doc.Defaults.on(p.base.defaults, "", p.kms); err != nil {
		return nil, fmt.Errorf("policy file, [defaults]: %w", err)
	}
	for _, name := range groupOrder(meta) {
		r, err := doc.Groups[name].on(out.defaults, name, p.kms)
		if err != nil {
			return nil, fmt.Errorf("policy file, [groups.%s]: %w", name, err)
		}
		out.groups = append(out.groups, r)
	}
	if out.requireGroup && len(out.groups) == 0 {
		return nil, errors.New("policy file: require_group without any [groups.NAME] lets nobody in")
	}
	p.gather(out, doc)
	return out, nil
}

// gather collects all templates and KMS keys, those of before too.
func (p *PolicyFile) gather(out *policy, doc policyDoc) {
	add := func(t keyTemplate) {
		if !slices.ContainsFunc(p.templates, func(o keyTemplate) bool { return slices.Equal(o.segments, t.segments) }) {
			p.templates = append(p.templates, t)
		}
	}
	for _, r := range append(out.groups, out.defaults) {
		add(r.template)
		if r.kmsKeyID != "" && !slices.Contains(p.kmsKeys, r.kmsKeyID) {
			p.kmsKeys = append(p.kmsKeys, r.kmsKeyID)
		}
	}
	for _, t := range doc.OldKeyTemplates {
		add(t.template)
	}
	for _, t := range p.base.templates {
		add(t)
	}
	out.templates, out.kmsKeys = slices.Clone(p.templates), slices.Clone(p.kmsKeys)
}

// groupOrder gives the names of the [groups.NAME] tables as the file has them.
func groupOrder(meta toml.MetaData) []string {
	var names []string
	for _, key := range meta.Keys() {
		if len(key) >= 2 && key[0] == "groups" && !slices.Contains(names, key[1]) {
			names = append(names, key[1])
		}
	}
	return names
}

// on lays a table over the rules it inherits from.
func (d rulesDoc) on(base *rules, group string, kms bool) (*rules, error) {
	r := *base
	r.group = group
	if d.KeyTemplate != nil {
		r.template = d.KeyTemplate.template
	}
	set(&r.maxObjectSize, (*int64)(d.MaxObjectSize))
	set(&r.rate, d.Rate)
	set(&r.burst, d.Burst)
	set(&r.concurrency, d.Concurrency)
	set(&r.kmsKeyID, d.KMSKeyID)
	set(&r.bucketKey, d.BucketKey)
	set(&r.storageClass, (*string)(d.StorageClass))
	set(&r.simpleClients, d.SimpleClients)
	if d.ContentTypes != nil {
		r.types = d.ContentTypes
	}
	if d.Tags != nil {
		tagging, err := taggingOf(d.Tags)
		if err != nil {
			return nil, err
		}
		r.tagging = tagging
	}
	if d.RequiredMetadata != nil {
		r.required = nil
		for _, name := range slices.Sorted(maps.Keys(d.RequiredMetadata)) {
			if !metaName.MatchString(name) || reserved(name) {
				return nil, fmt.Errorf("required_metadata: %q is no name that clients may set", name)
			}
			r.required = append(r.required, requirement{name: name, pattern: d.RequiredMetadata[name].pattern})
		}
	}
	switch {
	case r.burst < 1:
		return nil, errors.New("burst must be at least 1 call")
	case d.Concurrency != nil && *d.Concurrency < 1:
		return nil, errors.New("concurrency must be at least 1 call")
	case d.Rate != nil && !finiteRate(*d.Rate):
		return nil, errors.New("rate must be a number and not 0; a negative rate is no limit")
	case d.KMSKeyID != nil && !kms:
		return nil, errors.New("kms_key_id contradicts --no-kms")
	case d.KMSKeyID != nil && *d.KMSKeyID == "":
		return nil, errors.New("kms_key_id must not be empty: encryption fails closed")
	}
	return &r, nil
}

func set[T any](to *T, from *T) {
	if from != nil {
		*to = *from
	}
}

// tomlError is the parser's error in one line, with the line's number.
func tomlError(err error) error {
	if pe, ok := errors.AsType[toml.ParseError](err); ok {
		text := pe.Message
		if text == "" {
			text = strings.TrimPrefix(pe.Error(), "toml: ")
		}
		return fmt.Errorf("policy file, line %d: %s", pe.Position.Line, text)
	}
	return fmt.Errorf("policy file: %s", strings.TrimPrefix(err.Error(), "toml: "))
}

// unknownKey says where the key is that nothing here knows.
func unknownKey(text string, key toml.Key) error {
	if line := lineOf(text, key); line > 0 {
		return fmt.Errorf("policy file, line %d: there is no setting %s", line, key)
	}
	return fmt.Errorf("policy file: there is no setting %s", key)
}

// lineOf looks for a key's line; the parser tells it for its own errors only. 0
// if it is not found, as inside of inline tables.
func lineOf(text string, key toml.Key) int {
	var table toml.Key
	n := 0
	for line := range strings.Lines(text) {
		n++
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "[") {
			table = keyOf(line)
			if slices.Equal(table, key) {
				return n
			}
			continue
		}
		name, _, ok := strings.Cut(line, "=")
		if ok && slices.Equal(slices.Concat(table, keyOf(name+" = 0")), key) {
			return n
		}
	}
	return 0
}

// keyOf parses one line and gives the key it defines.
func keyOf(line string) toml.Key {
	var doc map[string]any
	meta, err := toml.Decode(line, &doc)
	if err != nil || len(meta.Keys()) == 0 {
		return nil
	}
	keys := meta.Keys()
	return keys[len(keys)-1]
}
