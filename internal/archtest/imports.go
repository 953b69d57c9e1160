package archtest

import (
	"fmt"
	"strings"
)

// Rule says what the files of some folders may import.
//
// A folder pattern is a path from the root ("store"), with "/..." for it and all
// below ("ui/..."); "*" stands for any run of characters. An import pattern is
// the same on import paths; "std" is the standard library.
type Rule struct {
	In     []string // folders it holds in
	Except []string // folders of In it does not hold in
	Tests  bool     // it holds for _test.go files too
	Only   []string // if not empty: nothing else may be imported
	Deny   []string // may not be imported …
	Allow  []string // … unless it is here
	Reason string
}

// everywhere is the pattern of all folders.
const everywhere = "..."

// Rules are the walls of DESIGN §2.
func Rules() []Rule {
	return append(outside(), inside()...)
}

// noSDK is why hardly anybody may import the AWS SDK.
const noSDK = "only signer/s3 speaks to S3 with credentials; a client that could import the SDK could one day hold a key"

// outside are the rules on other people's modules.
func outside() []Rule {
	return []Rule{
		{
			In: []string{everywhere}, Except: []string{".", "ui/..."}, Tests: true,
			Deny:   []string{"fyne.io/..."},
			Reason: "only ui and main know the window toolkit; all else must run without a screen and build without cgo",
		},
		{
			In: []string{everywhere}, Except: []string{".", "ui/..."}, Tests: true,
			Deny:   []string{"C"},
			Reason: "only ui and main may need a C compiler",
		},
		{
			In: []string{everywhere}, Except: []string{"store/..."}, Tests: true,
			Deny:   []string{"go.etcd.io/bbolt/..."},
			Reason: "only store knows how the journal is kept",
		},
		{
			In: []string{everywhere}, Except: []string{"signer/...", "e2e/...", "bench/...", "demo/...", "internal/*test/..."}, Tests: true,
			Deny:   []string{"github.com/aws/..."},
			Reason: noSDK,
		},
		{
			In: []string{everywhere}, Except: []string{"app/signin/...", "signer/...", "internal/*test/..."}, Tests: true,
			Deny:   []string{"github.com/coreos/go-oidc/...", "github.com/go-jose/...", "golang.org/x/oauth2/..."},
			Reason: "only app/signin asks for tokens and only signer checks them: what a token is, nobody else needs to know",
		},
		{
			In: []string{everywhere}, Except: []string{"internal/platform/keychain/..."}, Tests: true,
			Deny:   []string{"github.com/zalando/go-keyring/..."},
			Reason: "only internal/platform/keychain knows where the system keeps secrets",
		},
		{ // its tests look at the bucket from outside
			In: []string{"signer/..."}, Except: []string{"signer/s3/..."},
			Deny:   []string{"github.com/aws/..."},
			Reason: noSDK,
		},
	}
}

// inside are the rules on our own packages.
func inside() []Rule {
	engine := []string{"std", "golang.org/x/sync/...", "golang.org/x/time/rate", "github.com/minio/crc64nvme"}
	with := func(more ...string) []string { return append(more, engine...) }
	return []Rule{
		{
			In: []string{"uploader"}, Only: engine,
			Reason: "the engine's core knows its own seams and nothing behind them",
		},
		{
			In: []string{"uploader/..."}, Except: []string{"uploader", "uploader/remote/...", "uploader/disk/..."},
			Only:   with("longshore/uploader/..."),
			Reason: "parts of the engine know the engine and nothing behind its seams",
		},
		{
			In: []string{"uploader/remote/..."}, Only: with("longshore/uploader", "longshore/signer/api", "longshore/internal/redact"),
			Reason: "it adapts the signer's wire protocol to uploader.Signer; signer/api is all that client and server share",
		},
		{
			In: []string{"uploader/disk/..."}, Only: with("longshore/uploader", "longshore/internal/redact", "golang.org/x/sys/..."),
			Reason: "it adapts the file system to uploader.Source",
		},
		{
			In: []string{"store/..."}, Deny: []string{"longshore/..."}, Allow: []string{"longshore/store/...", "longshore/uploader", "longshore/internal/redact"},
			Reason: "store adapts bbolt to uploader.Journal and knows nothing else of ours",
		},
		{
			In: []string{"ui/..."}, Deny: []string{"longshore/..."},
			Allow:  []string{"longshore/ui/...", "longshore/assets", "longshore/uploader"},
			Reason: "ui declares the small interfaces it needs and main hands it the implementations",
		},
		{
			In: []string{"app/...", "cmd/longshore-cli/..."}, Deny: []string{"longshore/ui/..."},
			Reason: "the composition root and the CLI have no window",
		},
		{
			In: []string{"app/signin/..."}, Deny: []string{"longshore/..."}, Allow: []string{"longshore/app/signin/...", "longshore/internal/redact"},
			Reason: "signing in knows no vault, no engine and no window; its caller turns its errors into sentences",
		},
		{
			In: []string{".", "app/...", "cmd/longshore-cli/..."}, Deny: []string{"longshore/signer/..."}, Allow: []string{"longshore/signer/api"},
			Reason: "the client holds no server; signer/api is all they share",
		},
		{
			In: []string{"signer/...", "cmd/longshore-signer/...", "demo/..."}, Deny: []string{"longshore/..."},
			Allow:  []string{"longshore/signer/...", "longshore/internal/...", "longshore/demo/..."},
			Reason: "the control plane knows no client; signer/api is all they share",
		},
		{
			In: []string{"signer"}, Deny: []string{"longshore/signer/s3/..."},
			Reason: "the signer declares Storage and main hands it signer/s3, so that its rules can be tested without S3",
		},
		{
			In: []string{"signer/companion/..."}, Only: []string{"std", "longshore/signer/api"},
			Reason: "it says a signer's answers in other words and must not get past its handler",
		},
		{
			In: []string{"signer/api/...", "assets/..."}, Only: []string{"std"},
			Reason: "what everybody may import must bring nothing along",
		},
		{
			In: []string{"internal/..."}, Except: []string{"internal/*test/...", "internal/fault/..."},
			Deny: []string{"longshore/..."}, Allow: []string{"longshore/internal/..."},
			Reason: "internal packages serve the others and know none of them",
		},
		{
			In: []string{everywhere}, Except: []string{"e2e/...", "bench/...", "internal/*test/...", "internal/fault/..."},
			Deny:   []string{"longshore/internal/fault/...", "longshore/internal/*test/...", "testing/..."},
			Reason: "it serves tests: import it from _test.go files",
		},
	}
}

// CheckImports returns one sentence for each import that a rule forbids.
func CheckImports(files []File, rules []Rule) []string {
	var found []string
	for _, f := range files {
		for _, r := range rules {
			if !r.holdsIn(f) {
				continue
			}
			for _, imp := range f.Imports {
				if r.forbids(imp.Path) {
					found = append(found, fmt.Sprintf("%s:%d imports %q: %s", f.Path, imp.Line, imp.Path, r.Reason))
				}
			}
		}
	}
	return found
}

func (r Rule) holdsIn(f File) bool {
	return (r.Tests || !f.Test) && matchAny(r.In, f.Dir) && !matchAny(r.Except, f.Dir)
}

func (r Rule) forbids(imported string) bool {
	if len(r.Only) > 0 && !matchAny(r.Only, imported) {
		return true
	}
	return matchAny(r.Deny, imported) && !matchAny(r.Allow, imported)
}

func matchAny(patterns []string, name string) bool {
	for _, p := range patterns {
		if match(p, name) {
			return true
		}
	}
	return false
}

// match compares one pattern of Rule with a folder or an import path.
func match(pattern, name string) bool {
	if pattern == "std" {
		return isStd(name)
	}
	if pattern == everywhere {
		return true
	}
	base, tree := strings.CutSuffix(pattern, "/...")
	want, have := strings.Split(base, "/"), strings.Split(name, "/")
	if len(have) < len(want) || (len(have) > len(want) && !tree) {
		return false
	}
	for i, w := range want {
		if !matchSegment(w, have[i]) {
			return false
		}
	}
	return true
}

// matchSegment compares one path segment; at most one "*" in it.
func matchSegment(pattern, segment string) bool {
	before, after, star := strings.Cut(pattern, "*")
	if !star {
		return pattern == segment
	}
	return len(segment) >= len(before)+len(after) &&
		strings.HasPrefix(segment, before) && strings.HasSuffix(segment, after)
}

// isStd: the paths of all modules but ours have a dot in their first segment.
func isStd(imported string) bool {
	first, _, _ := strings.Cut(imported, "/")
	return first != "longshore" && first != "C" && !strings.Contains(first, ".")
}
