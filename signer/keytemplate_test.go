package signer

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/oklog/ulid/v2"
	"golang.org/x/text/unicode/norm"

	"longshore/signer/api"
)

var testRef = ulid.MustParseStrict("01ARZ3NDEKTSV4RRFFQ69G5FAV") // of 2016-07-30

func TestTemplateRenders(t *testing.T) {
	const batch = "01BX5ZZKBKACTAV9WEVGEMMVRZ"
	p := keyParts{principal: "ward-7", ref: testRef, path: "folder/Scan One.DCM", name: "Scan One.DCM"}
	for template, want := range map[string]string{
		DefaultKeyTemplate:                            "uploads/ward-7/2016-07-30/01ARZ3NDEKTSV4RRFFQ69G5FAV/folder/Scan One.DCM",
		"{principal}/{uploadRef}":                     "ward-7/01ARZ3NDEKTSV4RRFFQ69G5FAV",
		"v/{principal}/{batchRef}/{uploadRef}/{path}": "v/ward-7/none/01ARZ3NDEKTSV4RRFFQ69G5FAV/folder/Scan One.DCM",
		"{uploadRef}/{principal}/file{ext}":           "01ARZ3NDEKTSV4RRFFQ69G5FAV/ward-7/file.dcm",
	} {
		tp, err := parseTemplate(template)
		if err != nil {
			t.Errorf("%s: %v", template, err)
			continue
		}
		got, err := tp.render(p)
		if err != nil || got != want {
			t.Errorf("%s: %q, %v; want %q", template, got, err, want)
		}
	}
	tp, err := parseTemplate("{principal}/{batchRef}/{uploadRef}")
	if err != nil {
		t.Fatal(err)
	}
	p.batch = batch
	if got, err := tp.render(p); err != nil || got != "ward-7/"+batch+"/01ARZ3NDEKTSV4RRFFQ69G5FAV" {
		t.Errorf("%q, %v", got, err)
	}
}

func TestTemplateRefused(t *testing.T) {
	for _, text := range []string{
		"", "/", "uploads/{path}", "{principal}/{path}", "{uploadRef}/{path}", "{principal}/{uploadRef}/{path}/x",
		"{path}/{principal}/{uploadRef}", "x{principal}/{uploadRef}", "{principal}/{uploadRef}{ext}", "{principal}/{uploadRef}/{ext}",
		"{principal}/{principal}/{uploadRef}", "{principal}/{uploadRef}/{name}", "/{principal}/{uploadRef}", "{principal}/{uploadRef}/",
		"../{principal}/{uploadRef}", "{principal}/../{uploadRef}", "a b/{principal}/{uploadRef}", "a{ext}/{principal}/{uploadRef}",
		"{principal}{uploadRef}", "{PRINCIPAL}/{uploadRef}",
	} {
		if _, err := parseTemplate(text); err == nil {
			t.Errorf("taken: %q", text)
		}
	}
}

func TestNamesAreNormalized(t *testing.T) {
	got, err := cleanPath("Cafe\u0301/x")
	if err != nil || got != "Café/x" {
		t.Errorf("%q, %v", got, err)
	}
	// 150 bytes decomposed and composed alike: the limit counts what is stored.
	if _, err := cleanName(strings.Repeat("e\u0301", 100)); err != nil {
		t.Errorf("a name of 200 bytes in NFC: %v", err)
	}
}

func TestPlan(t *testing.T) {
	const std = 16 << 20
	for _, c := range []struct {
		size, want int64
		parts      int
	}{
		{0, std, 1}, {1, std, 1}, {std, std, 1}, {std + 1, std, 2}, {std * 10_000, std, 10_000},
		{std*10_000 + 1, 17 << 20, 9412}, {100 << 40, 0, 0}, {api.MaxObjectSize, api.MaxPartSize, 10_000},
		{unknownSize, std, 10_000},
	} {
		p, err := makePlan(c.size, 0, std, api.MaxObjectSize)
		if c.want == 0 {
			if err == nil {
				t.Errorf("size %d was taken", c.size)
			}
			continue
		}
		if err != nil || p.partSize != c.want || p.parts() != c.parts {
			t.Errorf("size %d: %+v, %d parts, %v", c.size, p, p.parts(), err)
		}
		var sum int64
		for n := range p.parts() {
			sum += p.sizeOf(n + 1)
		}
		if p.known() && sum != c.size {
			t.Errorf("size %d: the parts add up to %d", c.size, sum)
		}
	}
}

// FuzzTemplate looks for a name that reaches out of its place in the key.
func FuzzTemplate(f *testing.F) {
	for _, path := range []string{"a", "a/b", "..", "a/../b", "\u0301", "é", "e\u0301", "a\x00", strings.Repeat("x", 300), "a//b", "/", "\xff"} {
		f.Add(path)
	}
	templates := []string{DefaultKeyTemplate, "{principal}/{uploadRef}/file{ext}", "x/{uploadRef}/{principal}/{batchRef}/{path}"}
	f.Fuzz(func(t *testing.T, path string) {
		clean, err := cleanPath(path)
		if err != nil {
			return
		}
		for _, text := range templates {
			tp, err := parseTemplate(text)
			if err != nil {
				t.Fatal(err)
			}
			key, err := tp.render(keyParts{principal: "me", ref: testRef, path: clean, name: clean})
			if err != nil {
				continue
			}
			back, ok := tp.parse(key)
			if !ok || back.principal != "me" || back.ref != testRef || back.path != "" && back.path != clean {
				t.Fatalf("%q does not read back from %q", clean, key)
			}
			if len(key) > api.MaxKeyLen || !utf8.ValidString(key) || !norm.NFC.IsNormalString(key) ||
				strings.Contains(key, "//") || strings.Contains("/"+key+"/", "/../") || strings.HasSuffix(key, "/") {
				t.Fatalf("bad key %q", key)
			}
		}
	})
}
