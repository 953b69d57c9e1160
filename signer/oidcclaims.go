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
	if o.cfg.PrincipalClaim == "email" && !isTrue(claims["email_verified"]) {
		return c, invalidToken(noName, errors.New("email not verified")) // people can write any address there
	}
	c.Principal = HashPrincipal("oidc", o.cfg.Issuer, subject)
	if o.cfg.AliasClaim != "" {
		alias, _ := claimAt(claims, o.cfg.AliasClaim).(string)
		if c.Principal = Principal(alias); !c.Principal.alias() {
			return c, invalidToken(noName, errors.New("alias claim"))
		}
	}
	if groupsElsewhere(claims, o.cfg.GroupsClaim) {
		return c, invalidToken(tooManyGroups, errors.New("the groups are not in the token"))
	}
	if c.Groups, ok = groupsIn(claimAt(claims, o.cfg.GroupsClaim)); !ok {
		return c, invalidToken("The sign-in provider lists your groups in a way this vault cannot use; tell your administrator.", errors.New("groups claim"))
	}
	if len(c.Groups) > maxGroups {
		return c, invalidToken(tooManyGroups, errors.New("too many groups"))
	}
	return c, nil
}

const tooManyGroups = "The sign-in provider lists too many groups for you; tell your administrator."

// isTrue reads a truth value, which some providers write as text.
func isTrue(v any) bool { return v == true || v == "true" }

// groupsElsewhere tells a token that has the groups left out, and says where to
// ask for them (OpenID Connect Core §5.6.2; Entra ID does so beyond 200). Who is
// in them must not be taken for somebody in none, for whom other rules hold.
func groupsElsewhere(claims map[string]any, name string) bool {
	if claimAt(claims, name) != nil {
		return false
	}
	names, _ := claims["_claim_names"].(map[string]any)
	head, _, _ := strings.Cut(name, ".")
	return names[name] != nil || names[head] != nil || name == "groups" && isTrue(claims["hasgroups"])
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

// groupsIn reads a list of texts, or one text with spaces as scopes have them;
// no claim is no group. What is neither cannot be judged, and is not ok.
func groupsIn(v any) (groups []string, ok bool) {
	switch v := v.(type) {
	case nil:
		return nil, true
	case string:
		return strings.Fields(v), true
	case []any:
		for _, g := range v {
			name, ok := g.(string)
			if !ok {
				return nil, false
			}
			if name != "" {
				groups = append(groups, name)
			}
		}
		return groups, true
	}
	return nil, false
}
