package uploader

import (
	"errors"
	"slices"
	"testing"
)

func TestVerdictOf(t *testing.T) {
	r := Receipt{Attempt: "A1", Size: 7, Checksum: "c", ETag: `"e"`, VersionID: "v1", Encryption: "aws:kms"}
	same := ObjectStat{Found: true, Attempt: "A1", Object: Object{Size: 7, Checksum: "c", ETag: `"e"`, VersionID: "v1", Encryption: "aws:kms"}}
	with := func(f func(*ObjectStat)) ObjectStat { s := same; f(&s); return s }
	for name, c := range map[string]struct {
		stat    ObjectStat
		want    Standing
		proof   string
		code    Code
		differs []string
	}{
		"the same":                   {stat: same, want: StandingSame, proof: "checksum"},
		"a copy with a new version":  {stat: with(func(s *ObjectStat) { s.VersionID, s.ETag = "v2", `"f"` }), want: StandingSame, proof: "checksum"},
		"no checksum is told":        {stat: with(func(s *ObjectStat) { s.Checksum = "" }), want: StandingSame, proof: "eTag"},
		"no checksum, another ETag":  {stat: with(func(s *ObjectStat) { s.Checksum, s.ETag = "", `"f"` }), want: StandingAnother, differs: []string{"eTag"}},
		"nothing to compare":         {stat: with(func(s *ObjectStat) { s.Checksum, s.ETag = "", "" }), want: StandingUnknown, code: CodeBadResponse},
		"gone":                       {want: StandingGone},
		"other bytes":                {stat: with(func(s *ObjectStat) { s.Checksum = "d" }), want: StandingAnother, differs: []string{"checksum"}},
		"shorter, and somebody's":    {stat: with(func(s *ObjectStat) { s.Size, s.Attempt = 6, "A2" }), want: StandingAnother, differs: []string{"size", "owner"}},
		"no longer encrypted so":     {stat: with(func(s *ObjectStat) { s.Encryption = "none" }), want: StandingAnother, differs: []string{"encryption"}},
		"whose it is, is not told":   {stat: with(func(s *ObjectStat) { s.Attempt = "" }), want: StandingSame, proof: "checksum"},
		"the vault may not say":      {stat: ObjectStat{Err: E("stat", CodeForbidden, nil)}, want: StandingUnknown, code: CodeForbidden},
		"an error that has no code":  {stat: ObjectStat{Err: errors.New("x")}, want: StandingUnknown, code: CodeInternal},
		"an error beside an object ": {stat: with(func(s *ObjectStat) { s.Err = E("stat", CodeServer, nil) }), want: StandingUnknown, code: CodeServer},
	} {
		l := VerdictOf(&r, c.stat)
		if l.Standing != c.want || l.Proof != c.proof || l.Code != c.code || !slices.Equal(l.Differs, c.differs) {
			t.Errorf("%s: %+v", name, l)
		}
	}
}
