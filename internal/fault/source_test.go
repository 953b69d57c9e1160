package fault

import (
	"context"
	"errors"
	"io"
	"slices"
	"testing"

	"longshore/uploader"
)

func TestTheSourceTellsChanges(t *testing.T) {
	for name, c := range map[string]struct {
		do   func(s *Source)
		want uploader.Code
		same bool
		read string // from the file that was open before
	}{
		"nothing":     {func(*Source) {}, "", true, "hello"},
		"written":     {func(s *Source) { s.Write("/d/a", []byte("HELLO")) }, "", false, "HELLO"},
		"edited":      {func(s *Source) { s.Edit("/d/a", 1, []byte("a")) }, "", false, "hallo"},
		"quietly":     {func(s *Source) { s.EditKeepingTimes("/d/a", 1, []byte("a")) }, "", true, "hallo"},
		"grown":       {func(s *Source) { s.Edit("/d/a", 5, []byte("!")) }, "", false, "hello!"},
		"truncated":   {func(s *Source) { s.Truncate("/d/a", 3) }, "", false, "hel"},
		"replaced":    {func(s *Source) { s.Replace("/d/a", []byte("other")) }, uploader.CodeSourceChanged, false, "hello"},
		"removed":     {func(s *Source) { s.Remove("/d") }, uploader.CodeSourceMissing, false, "hello"},
		"pulled":      {func(s *Source) { s.Unplug("/d") }, uploader.CodeDriveMissing, false, ""},
		"plugged":     {func(s *Source) { s.Unplug("/"); s.Plug("/") }, "", true, "hello"},
		"a neighbour": {func(s *Source) { s.Remove("/d/"); s.Unplug("/dd"); s.Write("/d/a2", nil) }, uploader.CodeSourceMissing, false, "hello"},
	} {
		t.Run(name, func(t *testing.T) {
			s := NewSource()
			s.Write("/d/a", []byte("hello"))
			f := must(s.Open("/d/a"))
			before := must(f.Fingerprint())
			c.do(s)
			after, err := f.Fingerprint()
			want(t, "fingerprint", err, c.want)
			if err == nil && before.Same(after) != c.same {
				t.Errorf("same is %v: %+v, %+v", !c.same, before, after)
			}
			buf := make([]byte, 100)
			n, err := f.ReadAt(buf, 0)
			if string(buf[:n]) != c.read || (c.read != "") != (err == io.EOF) {
				t.Errorf("read %q, %v", buf[:n], err)
			}
			if must(0, f.Close()); f.Close() == nil {
				t.Error("closed twice")
			}
		})
	}
}

func TestTheSourceOpensOnlyFiles(t *testing.T) {
	s := NewSource()
	s.Special("/socket", uploader.CodeNotRegular)
	s.Sparse("/drive/sparse", 1<<40)
	s.Unstable("/drive", true)
	for path, code := range map[string]uploader.Code{
		"/socket": uploader.CodeNotRegular, "/none": uploader.CodeSourceMissing, "smb://x": uploader.CodeNotLocal, "/drive/sparse": "",
	} {
		_, err := s.Open(path)
		want(t, path, err, code)
	}
	f := must(s.Open("/drive/sparse"))
	buf := []byte("xx")
	if n, err := f.ReadAt(buf, 1<<40-1); n != 1 || err != io.EOF || buf[0] != 0 {
		t.Errorf("%d, %v, %q", n, err, buf)
	}
	if fp := must(f.Fingerprint()); !fp.Unstable || fp.Size != 1<<40 {
		t.Errorf("%+v", fp)
	}
	s.Faults.Add(OpRead, Fault{Code: uploader.CodeSourceUnreadable})
	_, err := f.ReadAt(buf, 0)
	want(t, "read", err, uploader.CodeSourceUnreadable)
	s.Unplug("/drive")
	_, err = s.Open("/drive/sparse")
	want(t, "open", err, uploader.CodeDriveMissing)
}

func TestTheSourceWalks(t *testing.T) {
	s := NewSource()
	for _, path := range []string{"/study/b", "/study/a/2", "/study/a/1", "/study/a-b", "/studyx", "/other"} {
		s.Write(path, nil)
	}
	s.Special("/study/a/loop", uploader.CodeSymlinkLoop)
	walk := func(root string) []string {
		var got []string
		must(0, s.Walk(t.Context(), root, func(f uploader.Found) error {
			got = append(got, f.RelPath+" "+string(uploader.CodeOf(f.Err)))
			return nil
		}))
		return got
	}
	s.Unplug("/away")
	for root, want := range map[string][]string{
		"/study":   {"a/1 ", "a/2 ", "a/loop symlink-loop", "a-b ", "b "},
		"/study/":  {"a/1 ", "a/2 ", "a/loop symlink-loop", "a-b ", "b "},
		"/other":   {" "},
		"/none":    {" source-missing"},
		"/away/x":  {" drive-missing"},
		"smb://xy": {" not-local"},
	} {
		if got := walk(root); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", root, got, want)
		}
	}
	enough := errors.New("enough")
	if err := s.Walk(t.Context(), "/study", func(uploader.Found) error { return enough }); err != enough {
		t.Errorf("%v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	want(t, "cancelled", s.Walk(ctx, "/study", func(uploader.Found) error { return nil }), uploader.CodeCancelled)
}
