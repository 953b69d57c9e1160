package signer

import (
	"errors"
	"strings"
)

// noName refuses a good token that does not say who its bearer is.
const noName = "The sign-in provider does not say who you are in a way this vault can use; tell your administrator."

// maxClaim bounds the value that a principal is made of, in bytes.
const maxClaim = 1024

// caller reads principal and groups from verified claims.
func (o *OIDC) caller(claims map[string]any) (Caller, error) {
	var c Caller
	subject, ok := claimAt(claims, o.cfg.PrincipalClaim).(string)
	if !ok || subject == "" || len(subject) > maxClaim || strings.Contains(subject, "\x00") {
		return c, invalidToken(noName, errors.New("principal claim"))
	}
	c.Principal = HashPrincipal("oidc", o.cfg.Issuer, subject)
	if o.cfg.AliasClaim != "" {
		alias, _ := claimAt(claims, o.cfg.AliasClaim).(string)
		if !aliasPattern.MatchString(alias) {
			return c, invalidToken(noName, errors.New("alias claim"))
		}
		c.Principal = Principal(alias)
	}
	c.Groups = groupsIn(claimAt(claims, o.cfg.GroupsClaim))
	if len(c.Groups) > maxGroups {
		return c, invalidToken("The sign-in provider lists too many groups for you; tell your administrator.", errors.New("too many groups"))
	}
	return c, nil
}

// claimAt gives a claim by name or, if there is none of that name, by its path
// of names with dots between. nil if there is neither.
func claimAt(claims map[string]any, name string) any {
	if v, ok := claims[name]; ok {
		return v
	}
	head, rest, ok := strings.Cut(name, ".")
	if !ok {
		return nil
	}
	inner, ok := claims[head].(map[string]any)
	if !ok {
		return nil
	}
	return claimAt(inner, rest)
}

// groupsIn reads a list of texts, or one text with spaces as scopes have them.
// What is neither is no group.
func groupsIn(v any) []string {
	switch v := v.(type) {
	case string:
		return strings.Fields(v)
	case []any:
		var groups []string
		for _, g := range v {
			if name, ok := g.(string); ok && name != "" {
				groups = append(groups, name)
			}
		}
		return groups
	}
	return nil
}
