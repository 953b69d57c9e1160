package e2e

import (
	"image"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// wine runs what `make cross` built for Windows. Wine is not Windows: it shows that the programs start, that paths,
// locks, drops and the journal work over Windows' interfaces, and not how Windows itself behaves.
type wine struct{ env []string }

// newWine sets up a Windows of the test's own. Tests that need it run with `make wine` only: Wine and the compiler for
// Windows are half a gigabyte.
func newWine(t *testing.T, more ...string) *wine {
	t.Helper()
	if os.Getenv("LONGSHORE_WINE") == "" {
		t.Skip("the programs for Windows are tested by `make wine`")
	}
	w := &wine{env: append([]string{"WINEPREFIX=" + filepath.Join(t.TempDir(), "wine"), "WINEDEBUG=-all", "WINEDLLOVERRIDES=mscoree,mshtml="}, more...)}
	w.tool(t, "wine", "wineboot", "-i")
	w.tool(t, "wine", "reg", "add", `HKCU\Software\Wine`, "/v", "Version", "/d", "win10", "/f")
	t.Cleanup(func() { w.tool(t, "wineserver", "-k", "-w") })
	if shim := os.Getenv("LONGSHORE_WINE_SHIM"); shim != "" { // see scripts/wine.sh
		w.install(t, shim)
	}
	return w
}

func (w *wine) install(t *testing.T, dll string) {
	t.Helper()
	prefix := strings.TrimPrefix(w.env[0], "WINEPREFIX=")
	to := filepath.Join(prefix, "drive_c", "windows", "system32", filepath.Base(dll))
	if _, err := os.Stat(to); err != nil {
		writeFile(t, to, readAll(t, dll))
	}
}

func (w *wine) tool(t *testing.T, name string, args ...string) {
	t.Helper()
	path, err := exec.LookPath(name)
	check(t, err)
	p := startProc(t, childOptions{env: w.env}, path, args...)
	if code := p.wait(t); code > 1 { // wineserver -k gives 1 when nothing is left to end
		t.Fatalf("%s %v ended with %d: %s", name, args, code, p.stderr.String())
	}
}

// start runs one of bin/cross's programs.
func (w *wine) start(t *testing.T, exe string, args ...string) *proc {
	t.Helper()
	path, err := exec.LookPath("wine")
	check(t, err)
	at, err := filepath.Abs(filepath.Join("..", "bin", "cross", exe))
	check(t, err)
	if _, err := os.Stat(at); err != nil {
		t.Fatalf("%s is not built: run `make wine`", exe)
	}
	return startProc(t, childOptions{env: w.env}, path, append([]string{at}, args...)...)
}

// windows is a path as Windows has it: Wine shows the whole machine as drive Z.
func windows(path string) string { return "Z:" + strings.ReplaceAll(path, "/", `\`) }

const wineCLI = "windows-amd64/longshore-cli.exe"

// TestWindowsCommandLineKillResume sends a file and a folder with the program for Windows, kills it in the middle,
// and compares what the resumed one stored. Keys have forward slashes there too.
func TestWindowsCommandLineKillResume(t *testing.T) {
	w := newWine(t)
	const size = 6*partSize + 4321
	r := newVersity(t)
	home := t.TempDir()
	film, study := filepath.Join(home, "film.mov"), filepath.Join(home, "study")
	makeFile(t, film, size, 91)
	files := makeTree(t, study, 60)
	whole := int64(size)
	for _, data := range files {
		whole += int64(len(data))
	}
	state := windows(filepath.Join(home, "state"))
	gate := r.data.stopAt(whole / 2)
	p := w.start(t, wineCLI, "upload", "--state", state, "--signer", r.URL, windows(film), windows(study))
	gate.await(t, "half of the bytes")
	p.kill()
	r.data.clear()
	r.settle(t)
	cut := r.inFlight(t)

	w.start(t, wineCLI, "resume", "--state", state).wantExit(t, 0)
	r.wantFilm(t, film)
	r.wantTreeOnce(t, study, files)
	r.wantNothingTwice(t, cut, whole)
	r.wantNoOpenUploads(t)
	h := w.start(t, wineCLI, "history", "--state", state)
	h.wantExit(t, 0)
	if out := h.stdout.String(); !strings.Contains(out, windows(film)) {
		t.Errorf("the history does not name the film: %s", out)
	}
	w.start(t, wineCLI, "verify", "--state", state).wantExit(t, 0)
}

// TestWindowsWindowDragKillResume drops a file and a folder on the window for Windows, kills it, and starts it again.
func TestWindowsWindowDragKillResume(t *testing.T) {
	if os.Getenv("LONGSHORE_WINE") == "" {
		t.Skip("the programs for Windows are tested by `make wine`")
	}
	const size = 6*partSize + 4321
	r := newVersity(t)
	d := newDesktop(t)
	w := newWine(t, d.env...)
	home := t.TempDir()
	folder, state := filepath.Join(home, "to send"), windows(filepath.Join(home, "state"))
	film, study := filepath.Join(folder, "film.mov"), filepath.Join(folder, "study")
	makeFile(t, film, size, 92)
	files := makeTree(t, study, 60)
	whole := int64(size)
	for _, data := range files {
		whole += int64(len(data))
	}
	d.fileManager(t, folder)
	start := func() *proc { return w.start(t, "longshore.exe", "--signer", r.URL, "--state", state) }
	open := func() *proc {
		p := start()
		d.place(t, p, 500, 20, 740, 660)
		d.settled(t)
		return p
	}
	win := open()
	gate := r.data.stopAt(whole / 2)
	icons, middle := d.icons(t, 2), image.Pt(500+370, 20+330) // folders come first
	d.drag(t, icons[1], middle)
	waitFor(t, "the film to be sent", func() bool { return !win.running() || r.data.received() > mib })
	d.drag(t, icons[0], middle)
	gate.await(t, "half of the bytes")
	d.keep(t, "windows-1-sending")
	if !win.running() {
		t.Fatalf("the window ended by itself: %s", win.stderr.String())
	}
	win.kill()
	r.data.clear()
	r.settle(t)

	win = open()
	waitFor(t, "everything to be stored", func() bool { return !win.running() || r.taken() == len(files) && d.titleOf(win) == "Longshore" })
	d.settled(t)
	d.keep(t, "windows-2-done")
	r.wantFilm(t, film)
	r.wantTreeOnce(t, study, files)
	r.wantNoOpenUploads(t)
	was := d.geometry(t, win)
	d.do(t, "wmctrl", "-i", "-c", d.windowOf(win))
	if code := win.wait(t); code != 0 {
		t.Errorf("the window ended with %d", code)
	}
	wantQuiet(t, win)
	win = start()
	waitFor(t, "the window where it was", func() bool { return !win.running() || d.windowOf(win) != "" && d.geometry(t, win) == was })
}

// wantFilm compares the file that was sent in parts with the one on disk.
func (r *rig) wantFilm(t *testing.T, film string) {
	t.Helper()
	for _, x := range r.data.exchanges(isOp(opPart)) {
		if strings.HasSuffix(x.Key, "/"+filepath.Base(film)) {
			wantSameFile(t, r.path(x.Key), film)
			return
		}
	}
	t.Errorf("no part of %q was sent", filepath.Base(film))
}

// taken counts the single PUTs of files that the server took.
func (r *rig) taken() int {
	return len(r.data.exchanges(func(x exchange) bool { return x.Op == opPut && x.Status == 200 }))
}
