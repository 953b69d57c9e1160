package signer

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"longshore/signer/api"
)

// policy is what everybody may do at one moment: the rules of each group, and
// of those in none. It never changes; a changed file makes a new one.
type policy struct {
	version      policyVersion
	defaults     *rules
	groups       []*rules // in the file's order
	requireGroup bool
	templates    []keyTemplate // whose keys may be asked after, old ones too
	kmsKeys      []string      // that objects may be encrypted under, old ones too
}

// policyVersion names a state of the policy file; zero without one. Sealed ids
// and the audit log carry it.
type policyVersion [4]byte

// rules are what the members of one group may do.
type rules struct {
	group         string // empty: those in no group
	template      keyTemplate
	maxObjectSize int64   // bytes
	rate          float64 // calls a second; negative is no limit
	burst         int     // calls
	concurrency   int     // calls under way; 0: as the signer's limits say
	types         []mediaPattern
	kmsKeyID      string // empty: no encryption header
	bucketKey     bool
	storageClass  string // empty: the bucket's default
	tagging       string // as x-amz-tagging has it
	required      []requirement
	simpleClients bool
}

// requirement is an entry of metadata that clients must send.
type requirement struct {
	name    string
	pattern *regexp.Regexp // nil: any value but an empty one
}

// rulesFor gives the rules of the first group, in the file's order, that the
// caller is in. ok is false for who is in none where a group is required.
func (p *policy) rulesFor(groups []string) (r *rules, ok bool) {
	for _, r := range p.groups {
		if slices.Contains(groups, r.group) {
			return r, true
		}
	}
	return p.defaults, !p.requireGroup
}

// largest is the largest object that anybody may store, in bytes.
func (p *policy) largest() int64 {
	most := p.defaults.maxObjectSize
	for _, r := range p.groups {
		most = max(most, r.maxObjectSize)
	}
	return most
}

// names is the most that anybody's keys hold of a file's name.
func (p *policy) names() string {
	most := p.defaults.template.names()
	for _, r := range p.groups {
		switch n := r.template.names(); {
		case n == api.NamesPath, most == api.NamesNone:
			most = n
		}
	}
	return most
}

// checkType holds a media type, without its parameters, against the rules.
func (r *rules) checkType(mimeType string) error {
	if len(r.types) == 0 {
		return nil
	}
	kind, _, _ := strings.Cut(mimeType, ";")
	kind = strings.ToLower(strings.TrimSpace(kind))
	if slices.ContainsFunc(r.types, func(m mediaPattern) bool { return m.matches(kind) }) {
		return nil
	}
	return fail(api.CodeTypeNotAllowed, "")
}

// checkRequired wants the entries of metadata that the rules name.
func (r *rules) checkRequired(metadata map[string]string) error {
	for _, req := range r.required {
		value := metadata[req.name]
		if value == "" {
			return fail(api.CodeBadMetadata, fmt.Sprintf("This vault needs the metadata entry %q with every file.", req.name))
		}
		if req.pattern != nil && !req.pattern.MatchString(value) {
			return fail(api.CodeBadMetadata, fmt.Sprintf("The metadata entry %q does not have the form this vault asks for.", req.name))
		}
	}
	return nil
}

// mediaPattern is "type/subtype", "type/*" or "*/*", in lower case.
type mediaPattern string

func (m mediaPattern) matches(kind string) bool {
	if m == "*/*" || string(m) == kind {
		return true
	}
	family, all := strings.CutSuffix(string(m), "*")
	return all && strings.HasPrefix(kind, family)
}

// basePolicy is the policy of cfg alone.
func basePolicy(cfg Config) (*policy, error) {
	p := &policy{}
	for _, text := range append([]string{cfg.KeyTemplate}, cfg.OldKeyTemplates...) {
		t, err := parseTemplate(text)
		if err != nil {
			return nil, fmt.Errorf("signer: %w", err)
		}
		p.templates = append(p.templates, t)
	}
	p.defaults = &rules{
		template: p.templates[0], maxObjectSize: cfg.MaxObjectSize, rate: cfg.Rate, burst: cfg.Burst,
		kmsKeyID: cfg.KMSKeyID, simpleClients: cfg.AllowSimpleClients,
	}
	if cfg.KMSKeyID != "" {
		p.kmsKeys = []string{cfg.KMSKeyID}
	}
	return p, nil
}

// policy is what holds now.
func (s *Signer) policy() *policy {
	if s.cfg.Policy == nil {
		return s.base
	}
	return s.cfg.Policy.current()
}

// mayBegin refuses new uploads of callers that are in no group where one is
// required. What they began before goes on.
func (c *call) mayBegin() error {
	if !c.grouped {
		return notForGroups()
	}
	return nil
}
