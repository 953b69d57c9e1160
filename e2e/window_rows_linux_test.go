package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestAHundredThousandRows: the window starts with a queue of 100,000 files. They can be counted, scrolled from end to
// end, filtered and searched, while another file is stored.
func TestAHundredThousandRows(t *testing.T) {
	r, c, d := newVersity(t), newClient(t), newDesktop(t)
	c.seed(t, r, "100000")
	film := filepath.Join(c.home, "film.mov")
	makeFile(t, film, 2*partSize+7, 71)
	g := d.glass(t, c, film)
	g.until(t, "all rows to be there", func(s shown) bool { return s.Rows == 100_001 && s.says("IM000000.dcm Stored") })
	g.says(t, "All 100k", "Waiting 30k", "Failed 10k", "Stored 60k", "60,001 of 100,001 files stored")
	r.wantVault(t, film)
	d.settled(t)
	d.keep(t, "rows-1-first")
	g.key(t, "End")
	g.says(t, "IM099999.dcm The vault refused this file.", "film.mov Stored")
	g.key(t, "Prior", "Prior")
	g.until(t, "two pages up", func(s shown) bool { return !s.says("film.mov") && s.says("IM09999") })
	g.key(t, "Home", "Next")
	g.says(t, "IM000005.dcm")
	g.click(t, "Failed 10k")
	g.until(t, "the rows that failed", func(s shown) bool { return s.Rows == 10_000 && s.says("IM000019.dcm") && !s.says("IM000018.dcm") })
	d.keep(t, "rows-2-failed")
	g.click(t, "All 100k")
	g.key(t, "ctrl+f")
	d.do(t, "xdotool", "type", "--delay", "30", "54321")
	g.until(t, "the one row that fits", func(s shown) bool { return s.Rows == 1 && s.says("IM054321.dcm Stored") })
	d.settled(t)
	d.keep(t, "rows-3-found")
	if n := len(c.history(t)); n != 60_001 {
		t.Errorf("the history has %d files", n)
	}
	g.close(t)
}

// seed fills the state folder with a queue of so many files: six of ten are stored, three paused, one has failed.
func (c *client) seed(t testing.TB, r *rig, rows string) {
	t.Helper()
	cmd := exec.Command("go", "run", "./bench/size", "-case", "seed", "-rows", rows, "-dir", c.home, "-signer", r.URL, "-origin", r.data.URL)
	cmd.Dir = ".."
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v: %s", strings.Join(cmd.Args, " "), err, out)
	}
	check(t, os.Rename(filepath.Join(c.home, "seed"), c.state))
}
