package e2e

import (
	"image"
	"path/filepath"
	"testing"
)

// TestTheLanguageChangesAtOnce: in the middle of a file the user chooses German in the settings. Everything on the
// screen says so at once, the file goes on, and the next start speaks German too.
func TestTheLanguageChangesAtOnce(t *testing.T) {
	r, c, d := newVersity(t), newClient(t), newDesktop(t)
	film := filepath.Join(c.home, "film.mov")
	makeFile(t, film, 2*partSize, 61)
	held := r.stuck("film.mov")
	g := d.glass(t, c, "--signer", r.URL, film)
	held.await(t, "half a megabyte of a part")
	g.says(t, "film.mov Sending part", "Add files", "Stored 0")
	g.key(t, "ctrl+comma")
	g.scroll(t, "As the system (English)")
	d.settled(t)
	d.keep(t, "language-1-settings")
	g.click(t, "As the system (English)")
	g.click(t, "Deutsch")
	g.says(t, "Einstellungen", "film.mov Teil", "Dateien hinzufügen", "Gespeichert 0")
	d.settled(t)
	d.keep(t, "language-2-german")
	g.key(t, "Escape")
	g.until(t, "the settings to be closed", func(s shown) bool { return !s.says("Schließen Einstellungen") })
	held.free()
	g.says(t, "Alles ist gespeichert", "Gespeichert 1")
	r.wantVault(t, film)
	g.close(t)
	g = d.glass(t, c)
	g.says(t, "Alles ist gespeichert", "film.mov Gespeichert")
	g.close(t)
}

// TestAFolderIsDroppedAndOpened: a folder is dragged out of a file manager. It is one row, which the keyboard opens to
// its files, and it is stored whole.
func TestAFolderIsDroppedAndOpened(t *testing.T) {
	r, c, d := newVersity(t), newClient(t), newDesktop(t)
	parent := filepath.Join(c.home, "to send")
	study := filepath.Join(parent, "study")
	files := makeTree(t, study, 150)
	d.fileManager(t, parent)
	g := d.glass(t, c, "--signer", r.URL)
	icon := d.icons(t, 1)[0]
	d.dragUntilQueued(t, c, icon, image.Pt(500+370, 20+330), 1)
	g.says(t, "study Stored, 150 files", "Everything is stored", "All 1")
	d.do(t, "xdotool", "windowfocus", "--sync", g.id) // the hand was in the file manager
	g.key(t, "Down", "Right")
	g.until(t, "the folder to open to its files", func(s shown) bool { return s.Rows == 151 && s.says("IM00000.dcm Stored") })
	d.settled(t)
	d.keep(t, "folder-opened")
	g.key(t, "End")
	g.until(t, "the end of the list", func(s shown) bool { return !s.says("study Stored") && s.says("Stored") })
	g.key(t, "Left", "Left") // from a file to its folder, which is closed then
	g.until(t, "one row again", func(s shown) bool { return s.Rows == 1 })
	r.wantTreeOnce(t, study, files)
	r.wantNoOpenUploads(t)
	if n := len(c.history(t)); n != len(files) {
		t.Errorf("the history has %d files, want %d", n, len(files))
	}
	g.close(t)
}
