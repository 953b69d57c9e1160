package signer

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func policyPath(t testing.TB, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "policy.toml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestPolicyFileMistakes(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"unknown at the top":     {"require_groups = true", "line 1: there is no setting require_groups"},
		"unknown in defaults":    {"\n[defaults]\nrate = 1\nspeed = 3\n", "line 4: there is no setting defaults.speed"},
		"unknown in a group":     {"[groups.a]\nrate = 1\n\n[groups.b]\nkey-template = \"x\"\n", "line 5: there is no setting groups.b.key-template"},
		"unknown, quoted group":  {"[groups.\"a b\"]\nnope = 1\n", `line 2: there is no setting groups."a b".nope`},
		"unknown table":          {"[group.a]\nrate = 1\n", "line 1: there is no setting group"},
		"not TOML":               {"[defaults\nrate = 1", "line 2"},
		"twice":                  {"[defaults]\nrate = 1\nrate = 2\n", "line 3"},
		"wrong type":             {"[defaults]\nburst = \"many\"\n", "line 2"},
		"template without refs":  {"[defaults]\n\nkey_template = \"{path}\"\n", "line 3"},
		"a size of nonsense":     {"[defaults]\nmax_object_size = \"5 GB\"\n", "line 2"},
		"a size too large":       {"[defaults]\nmax_object_size = \"50 TiB\"\n", "line 2"},
		"a size of none":         {"[defaults]\nmax_object_size = 0\n", "line 2"},
		"a negative size":        {"[defaults]\nmax_object_size = -5\n", "line 2"},
		"not a content type":     {"[defaults]\ncontent_types = [\"image\"]\n", "line 2"},
		"a pattern in the midst": {"[defaults]\ncontent_types = [\"im*ge/png\"]\n", "line 2"},
		"a class in small":       {"[defaults]\nstorage_class = \"standard\"\n", "line 2"},
		"not a pattern":          {"[defaults.required_metadata]\nstudy = \"(\"\n", "line 2"},
		"a name of ours":         {"[defaults.required_metadata]\nupload-ref = \"\"\n", `[defaults]: required_metadata: "upload-ref"`},
		"a name of nobody's":     {"[groups.x.required_metadata]\n\"Study Id\" = \"\"\n", `[groups.x]: required_metadata: "Study Id"`},
		"an impossible tag":      {"[groups.x]\ntags = { a = \"ü\" }\n", `[groups.x]: tags: "a"`},
		"Amazon's own tag":       {"[groups.x]\ntags = { \"aws:x\" = \"\" }\n", `[groups.x]: tags: "aws:x"`},
		"too many tags":          {"[groups.x]\ntags = {a='',b='',c='',d='',e='',f='',g='',h='',i='',j='',k=''}\n", "[groups.x]: tags"},
		"no burst":               {"[groups.x]\nburst = 0\n", "[groups.x]: burst"},
		"no rate":                {"[groups.x]\nrate = 0.0\n", "[groups.x]: rate"},
		"an empty key":           {"[groups.x]\nkms_key_id = \"\"\n", "[groups.x]: kms_key_id"},
		"nobody":                 {"require_group = true\n", "require_group"},
		"bad old template":       {"old_key_templates = [\"x\"]\n", "line 1"},
	} {
		_, err := OpenPolicyFile(policyPath(t, c.text), nil)
		if err == nil || !strings.HasPrefix(err.Error(), "policy file") || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want it to say %q", name, err, c.want)
		}
	}
	if _, err := OpenPolicyFile(filepath.Join(t.TempDir(), "secret-name"), nil); err == nil || strings.Contains(err.Error(), "secret-name") {
		t.Errorf("a missing file: %v", err)
	}
}

const twoGroups = `
require_group = true
old_key_templates = ["old/{principal}/{uploadRef}/{path}"]

[defaults]
max_object_size = "2 GiB"
content_types = ["*/*"]
tags = { origin = "longshore", "cost center" = "a+b" }
simple_clients = true

[groups.zebra]
key_template = "zebra/{principal}/{uploadRef}/{path}"
content_types = ["IMAGE/*", "application/dicom"]
rate = -1
bucket_key = true

[groups.aardvark]
max_object_size = 1048576
storage_class = "STANDARD_IA"
tags = {}
rate = 2.5
burst = 3
[groups.aardvark.required_metadata]
study = "[0-9]{3}"
note = ""
`

func TestPolicyFileRules(t *testing.T) {
	f, err := OpenPolicyFile(policyPath(t, twoGroups), nil)
	if err != nil {
		t.Fatal(err)
	}
	p := f.current()
	zebra, ok := p.rulesFor([]string{"aardvark", "zebra"})
	if !ok || zebra.group != "zebra" {
		t.Fatalf("who is in both gets %q, want the first of the file", zebra.group)
	}
	if zebra.maxObjectSize != 2<<30 || zebra.tagging != "cost%20center=a%2Bb&origin=longshore" || zebra.rate != -1 || !zebra.bucketKey || !zebra.simpleClients {
		t.Errorf("zebra: %+v", zebra)
	}
	aardvark, ok := p.rulesFor([]string{"x", "aardvark"})
	if !ok || aardvark.maxObjectSize != 1<<20 || aardvark.tagging != "" || aardvark.storageClass != "STANDARD_IA" || aardvark.burst != 3 || aardvark.bucketKey {
		t.Errorf("aardvark: %+v", aardvark)
	}
	if _, ok := p.rulesFor([]string{"x", ""}); ok {
		t.Error("who is in no group may begin")
	}
	if len(p.templates) != 3 || p.largest() != 2<<30 {
		t.Errorf("%d templates, largest %d", len(p.templates), p.largest())
	}
	for kind, want := range map[string]bool{
		"image/png": true, "Image/PNG; charset=x": true, "application/dicom": true, "application/dicom+json": false, "imagery/x": false, "text/plain": false,
	} {
		if (zebra.checkType(kind) == nil) != want {
			t.Errorf("zebra sends %s: want %v", kind, want)
		}
	}
	for _, c := range []struct {
		meta map[string]string
		ok   bool
	}{
		{map[string]string{"study": "123", "note": "x"}, true},
		{map[string]string{"study": "123"}, false},
		{map[string]string{"study": "1234", "note": "x"}, false},
		{map[string]string{"study": "a123", "note": "x"}, false},
		{nil, false},
	} {
		if (aardvark.checkRequired(c.meta) == nil) != c.ok {
			t.Errorf("metadata %v: want %v", c.meta, c.ok)
		}
	}
	var out strings.Builder
	if err := f.WriteSummary(&out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`1. group "zebra"`, `2. group "aardvark"`, "zebra/{principal}/{uploadRef}/{path}", "image/*, application/dicom", "1 MiB", "2 GiB",
		"no limit", "2.5 calls a second, 3 at once", "STANDARD_IA", "note, study ([0-9]{3})", "may not begin uploads", "with a bucket key",
		"cost center=a+b, origin=longshore",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the summary lacks %q:\n%s", want, out.String())
		}
	}
}

func TestPolicyFollowsTheFlags(t *testing.T) {
	f, err := OpenPolicyFile(policyPath(t, "[groups.a]\nrate = 1\n"), nil)
	if err != nil {
		t.Fatal(err)
	}
	base, err := basePolicy(Config{KeyTemplate: "f/{principal}/{uploadRef}/x", OldKeyTemplates: []string{DefaultKeyTemplate}, MaxObjectSize: 5, Rate: 7, Burst: 8, KMSKeyID: "k"})
	if err != nil {
		t.Fatal(err)
	}
	if err := f.attach(base, true); err != nil {
		t.Fatal(err)
	}
	r, _ := f.current().rulesFor([]string{"a"})
	if r.maxObjectSize != 5 || r.rate != 1 || r.burst != 8 || r.kmsKeyID != "k" || r.template.segments[0] != "f" || len(f.current().templates) != 2 {
		t.Errorf("%+v, %d templates", r, len(f.current().templates))
	}
	kms, err := OpenPolicyFile(policyPath(t, "[groups.a]\nkms_key_id = \"k2\"\n"), nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := kms.attach(base, false); err == nil || !strings.Contains(err.Error(), "--no-kms") {
		t.Errorf("a KMS key in a vault without KMS: %v", err)
	}
}

func TestSizes(t *testing.T) {
	for text, want := range map[string]byteSize{"1": 1, "5B": 5, "3 KiB": 3 << 10, "7MiB": 7 << 20, "2 GiB": 2 << 30, "48 TiB": 48 << 40} {
		var b byteSize
		if err := b.UnmarshalText([]byte(text)); err != nil || b != want {
			t.Errorf("%s: %d %v", text, b, err)
		}
	}
	for _, text := range []string{"", "B", "1 PiB", "1e3", "9999999999999999999", "1  GiB", "-1", "49 TiB"} {
		var b byteSize
		if b.UnmarshalText([]byte(text)) == nil {
			t.Errorf("%q was taken as %d", text, b)
		}
	}
}

// FuzzPolicyFile looks for a file that breaks the reader, or that is taken and
// then breaks its users.
func FuzzPolicyFile(f *testing.F) {
	f.Add(twoGroups)
	f.Add("[groups.\"\"]\ntags = {a = \"b\"}\n[groups.a.b]\n")
	base, err := basePolicy(Config{KeyTemplate: DefaultKeyTemplate, MaxObjectSize: 1, Burst: 1})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p := &PolicyFile{base: base, kms: true}
		got, err := p.parse([]byte(text))
		if err != nil {
			return
		}
		for _, r := range append(got.groups, got.defaults) {
			if r.burst < 1 || r.maxObjectSize < 1 || r.maxObjectSize > maxObject || len(r.template.segments) == 0 || !headerSafe(r.tagging) || !headerSafe(r.storageClass) {
				t.Fatalf("%+v", r)
			}
			r.describe(&strings.Builder{})
		}
	})
}
