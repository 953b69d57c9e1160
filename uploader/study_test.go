package uploader_test

import (
	"fmt"
	"io"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"longshore/internal/fault"
	"longshore/uploader"
)

// looks knows images by their first bytes: "DATE MODALITY STUDY;".
type looks struct{ n atomic.Int64 }

func (l *looks) look(r io.ReaderAt, size int64) (uploader.Image, bool) {
	l.n.Add(1)
	head := make([]byte, min(size, 32))
	if _, err := r.ReadAt(head, 0); err != nil {
		return uploader.Image{}, false
	}
	text, _, ok := strings.Cut(string(head), ";")
	f := strings.Fields(text)
	if !ok || len(f) != 3 {
		return uploader.Image{}, false
	}
	return uploader.Image{Date: f[0], Modality: f[1], Study: f[2]}, true
}

func (w *world) image(path, head string) {
	w.source.Write(path, append([]byte(head+";"), randomBytes(path, 200)...))
}

// looking starts the engine again with a look into files.
func (w *world) looking() *looks {
	w.t.Helper()
	l := &looks{}
	w.look = l.look
	w.stop()
	w.start()
	return l
}

func TestAStudysFolderIsKnownByWhatItIs(t *testing.T) {
	for name, x := range map[string]struct {
		write func(w *world)
		want  uploader.Study
		looks int64 // at most
	}{
		"a study": {func(w *world) {
			for i := range 300 {
				w.image(fmt.Sprintf("/d/DOE/%d/IM%04d", i%3, i), "20261120 MR 1.2.3")
			}
			w.write("/d/DOE/README.txt", 500)
		}, "20261120 MR", 16},
		"two modalities, one undated": {func(w *world) {
			w.image("/d/DOE/a.dcm", "20261120 PT 1.2.3")
			w.image("/d/DOE/b.IMA", "20261120 CT 1.2.3")
		}, "20261120 CT/PT", 2},
		"two studies": {func(w *world) {
			w.image("/d/DOE/1.2.3", "20261120 MR 1.2.3")
			w.image("/d/DOE/1.2.4", "20261120 MR 1.2.4")
		}, "", 2},
		"mostly something else": {func(w *world) {
			w.image("/d/DOE/a.dcm", "20261120 MR 1.2.3")
			for i := range 4 {
				w.write(fmt.Sprintf("/d/DOE/%d", i), 500)
			}
		}, "", 5},
		"no images": {func(w *world) { w.image("/d/DOE/film.mov", "20261120 MR 1.2.3") }, "", 0},
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, fault.VaultOptions{Latency: time.Millisecond}, func(w *world) {
				x.write(w)
				l := w.looking()
				w.add("/d/DOE")
				w.settled()
				time.Sleep(time.Minute)
				if got := w.engine.Snapshot().Entries.At(0).Study; got != x.want {
					t.Errorf("the row is called %q, want %q", got, x.want)
				}
				if n := l.n.Load(); n > x.looks || x.want != "" && n == 0 {
					t.Errorf("%d files were looked into, of at most %d", n, x.looks)
				}
				w.stop()
				w.start()
				if got := w.engine.Snapshot().Entries.At(0).Study; got != x.want {
					t.Errorf("after a restart the row is called %q, want %q", got, x.want)
				}
			})
		})
	}
}

func TestStudy(t *testing.T) {
	for s, want := range map[uploader.Study]string{"20261120 MR": "2026-11-20 MR", "- CT/PT": "0001-01-01 CT/PT", "- ": "0001-01-01 ", "": "0001-01-01 "} {
		if got := s.Date().Format(time.DateOnly) + " " + s.Modality(); got != want {
			t.Errorf("%q: %q, want %q", s, got, want)
		}
	}
}

// TestALookThatHangsHoldsUpNothing: a drive does not answer the look. What lies elsewhere in the drop's neighbourhood is
// stored meanwhile and gets its name, and when the drive answers its files are stored, too.
func TestALookThatHangsHoldsUpNothing(t *testing.T) {
	inWorld(t, fault.VaultOptions{Latency: time.Millisecond}, func(w *world) {
		for i := range 20 {
			w.image(fmt.Sprintf("/net/cloud/%d", i), "20261120 MR 1.2.3")
			w.image(fmt.Sprintf("/home/here/%d", i), "20261121 CT 1.2.4")
		}
		w.source.OnDrive("/net", 7)
		w.looking()
		var release func()
		w.source.Faults.Add(fault.OpOpen, fault.Fault{Before: func() { release, _ = w.source.Hang("/net") }})
		w.add("/net/cloud")
		w.until("it hangs", func(*uploader.Snapshot) bool { return w.source.Hanging() > 0 })
		w.add("/home/here")
		w.soon("the other folder", 3*time.Minute, func() {
			w.until("stored and named", func(s *uploader.Snapshot) bool {
				e := s.Entries.At(1)
				return e.State == uploader.Done && e.Study == "20261121 CT"
			})
		})
		release()
		if s := w.settled(); s.Totals.FilesDone != 40 || s.Entries.At(0).Study != "" {
			t.Errorf("%d files are stored; the study of the drive that hung is %q", s.Totals.FilesDone, s.Entries.At(0).Study)
		}
	})
}

// TestNamesLikePatients: a drop says that something in it is called as patients are: a file, a folder on the way, or what
// was dropped itself.
func TestNamesLikePatients(t *testing.T) {
	for _, x := range []struct {
		root, file string
		want       bool
	}{
		{"/d/a", "/d/a/x/DOE", true}, {"/d/a", "/d/a/DOE/x/y", true}, {"/d/DOE", "/d/DOE/x", true}, {"/DOE", "/DOE", true},
		{"/DOE/a", "/DOE/a/x", false}, {"/d/a", "/d/a/b/x", false},
	} {
		inWorld(t, fault.VaultOptions{Latency: time.Millisecond}, func(w *world) {
			w.write(x.file, 50)
			w.personal = func(name string) bool { return name == "DOE" }
			w.stop()
			w.start()
			w.add(x.root)
			if got := w.settled().Entries.At(0).Personal; got != x.want {
				t.Errorf("%s in %s: %v, want %v", x.file, x.root, got, x.want)
			}
		})
	}
}
