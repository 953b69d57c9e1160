package bucket

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// rules of a lifecycle or CORS document: those of ours have an ID with Prefix.
func isOurs(rule *element) bool { return strings.HasPrefix(rule.text("ID"), Prefix) }

// mergeLifecycle puts our rule among those of others.
func mergeLifecycle(before []byte, want AbortRule) (after []byte, lines []Line, err error) {
	root, err := parseXML(before)
	if err != nil {
		return nil, nil, err
	}
	if root == nil {
		root = node("LifecycleConfiguration")
	}
	says := fmt.Sprintf("%s: incomplete uploads are aborted %s after they began", want.ID, days(want.Days))
	mark, foreign := Added, 0
	next := node(root.Name)
	has := func(name string) bool {
		return slices.ContainsFunc(root.all("Rule"), func(r *element) bool { return r.at(name) != nil })
	}
	old := has("Prefix") && !has("Filter")
	for _, c := range root.Children {
		switch {
		case c.Name != "Rule" || !isOurs(c):
			next.Children = append(next.Children, c)
			if c.Name == "Rule" {
				foreign++
			}
		case c.text("ID") != want.ID:
			lines = append(lines, Line{Removed, c.text("ID") + " is no longer asked for"})
		case isAbortRule(c, want):
			mark = Kept
			next.Children = append(next.Children, c)
		default:
			mark = Changed
			next.Children = append(next.Children, abortRule(want, old))
		}
	}
	if mark == Added {
		next.Children = append(next.Children, abortRule(want, old))
	}
	lines = append(lines, Line{mark, says})
	lines = append(lines, Line{Note, fmt.Sprintf("100 GB need an uplink of %.1f Mbit/s or more to arrive within %s", SlowestUplink(want.Days), days(want.Days))})
	return next.bytes(), keptLine(lines, foreign, "rule"), nil
}

// abortRule is our rule. S3 takes rules that name their prefix in a Filter, or,
// as before 2018, rules that name it themselves, and no mixture ("Filter element
// can only be used in Lifecycle V2"): among others' old rules ours is an old one.
func abortRule(r AbortRule, old bool) *element {
	keys := node("Filter", leaf("Prefix", ""))
	if old {
		keys = leaf("Prefix", "")
	}
	return node(
		"Rule", leaf("ID", r.ID), keys, leaf("Status", "Enabled"),
		node("AbortIncompleteMultipartUpload", leaf("DaysAfterInitiation", strconv.Itoa(r.Days))),
	)
}

// isAbortRule: servers order the fields as they like and may leave out an empty
// prefix.
func isAbortRule(rule *element, want AbortRule) bool {
	r := readRule(rule)
	return r.enabled && r.wholeBucket() && r.abortDays == want.Days && !r.expires
}

// lifecycleRule is what matters of a rule here.
type lifecycleRule struct {
	id        string
	enabled   bool
	prefix    string
	narrowed  bool // by tags or sizes: it may not reach every key of its prefix
	abortDays int  // 0: it aborts nothing
	expires   bool // it deletes objects; keys are never written twice, so there are no older versions to lose
	expiry    string
}

func (r lifecycleRule) wholeBucket() bool { return r.prefix == "" && !r.narrowed }

// reaches tells whether the rule is about some of the keys that start so.
func (r lifecycleRule) reaches(keys string) bool {
	return r.enabled && (strings.HasPrefix(keys, r.prefix) || strings.HasPrefix(r.prefix, keys))
}

// readRule reads all forms of a rule's filter (AWS docs, "Lifecycle
// configuration elements"): Prefix itself, Filter/Prefix, Filter/And/Prefix.
func readRule(rule *element) lifecycleRule {
	filter := rule.at("Filter")
	and := filter.at("And")
	r := lifecycleRule{id: rule.text("ID"), enabled: rule.text("Status") == "Enabled"}
	for _, e := range []*element{rule, filter, and} {
		if e.at("Prefix") != nil {
			r.prefix = e.at("Prefix").Text // spaces count
		}
		for _, name := range []string{"Tag", "ObjectSizeGreaterThan", "ObjectSizeLessThan"} {
			r.narrowed = r.narrowed || e.at(name) != nil
		}
	}
	r.abortDays, _ = strconv.Atoi(rule.text("AbortIncompleteMultipartUpload", "DaysAfterInitiation"))
	if e := rule.at("Expiration"); e != nil && e.text("ExpiredObjectDeleteMarker") != "true" {
		r.expires, r.expiry = true, expiryWords(e)
	}
	return r
}

func expiryWords(e *element) string {
	if date := e.text("Date"); date != "" {
		return "on " + strings.TrimSuffix(date, "T00:00:00.000Z")
	}
	n, _ := strconv.Atoi(e.text("Days"))
	return "after " + days(n)
}

// parseRules reads all rules of a lifecycle document.
func parseRules(body []byte) ([]lifecycleRule, error) {
	root, err := parseXML(body)
	if err != nil {
		return nil, err
	}
	var out []lifecycleRule
	for _, r := range root.all("Rule") {
		out = append(out, readRule(r))
	}
	return out, nil
}

// hazards are others' rules that would harm uploads under keys: that delete what
// was uploaded, or abort sooner than after the days.
func hazards(rules []lifecycleRule, keys string, abortDays int) []string {
	var out []string
	for _, r := range rules {
		if !r.reaches(keys) || strings.HasPrefix(r.id, Prefix) {
			continue
		}
		name := fmt.Sprintf("the rule %q", r.id)
		if r.expires {
			out = append(out, fmt.Sprintf("%s of others deletes uploaded objects %s", name, r.expiry))
		}
		if r.abortDays > 0 && r.abortDays < abortDays {
			out = append(out, fmt.Sprintf("%s of others aborts uploads after %s", name, days(r.abortDays)))
		}
	}
	return out
}

// soonestAbort is after how many days the first rule aborts uploads under all
// of keys; 0 when none does.
func soonestAbort(rules []lifecycleRule, keys string) int {
	var found []int
	for _, r := range rules {
		if r.enabled && r.abortDays > 0 && !r.narrowed && strings.HasPrefix(keys, r.prefix) {
			found = append(found, r.abortDays)
		}
	}
	if len(found) == 0 {
		return 0
	}
	return slices.Min(found)
}

// ourAbort is after how many days our own rule aborts; without one, what is
// advised.
func ourAbort(rules []lifecycleRule) int {
	for _, r := range rules {
		if r.id == AbortRuleID && r.enabled {
			return r.abortDays
		}
	}
	return SafeAbortAfterDays
}
