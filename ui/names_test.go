package ui

import (
	"testing"

	"longshore/ui/words"
	"longshore/uploader"
)

// personal drops two files at once of which one is called as a patient is.
func personal(q *fakeQueue, batch uploader.BatchID) {
	q.change(func() {
		for _, name := range []string{"DOE_JOHN_19800101", "a.dcm"} {
			q.rows = append(q.rows, uploader.EntryRow{
				ID: uploader.EntryID(string(batch) + name), Batch: batch, Vault: "V1", Name: name, State: uploader.Uploading, Files: 1, Personal: true,
			})
		}
	})
}

// TestNamesThatLookLikePatients: each drop is warned of once, if the vault stores names or cannot say.
func TestNamesThatLookLikePatients(t *testing.T) {
	warning := words.New(words.English, "en").Say(words.NamesStored, "vault", fakeVault.Name)
	said := func(r *rig) (n int) {
		for _, s := range r.page.Notices() {
			if s.Says(r.book) == warning {
				n++
			}
		}
		return n
	}
	for name, x := range map[string]struct {
		names     uploader.Names
		manifests bool
		refuse    error
		want      int
	}{
		"stored":            {names: uploader.NamesPath, want: 1},
		"in manifests":      {names: uploader.NamesNone, manifests: true, want: 1},
		"away":              {names: uploader.NamesNone, refuse: uploader.E("check", uploader.CodeNetwork, nil), want: 1},
		"not stored":        {names: uploader.NamesNone},
		"an extension only": {names: uploader.NamesExtension},
	} {
		t.Run(name, func(t *testing.T) {
			q := newFake(fakeVault)
			q.caps.Names, q.caps.ManifestNames, q.refuse = x.names, x.manifests, x.refuse
			personal(q, "OLD") // dropped before this window: it was told then
			r := open(t, q, Options{})
			r.until("shown", func() bool { return r.entries() == 2 })
			if n := said(r); n != 0 {
				t.Errorf("an old drop is warned of %d times", n)
			}
			personal(q, "NEW")
			r.until("the vault is asked", func() bool { return q.asked() == 1 })
			if x.want == 1 {
				r.until("the warning", func() bool { return said(r) == 1 })
			}
			q.change(func() { q.rows[2].FilesDone, q.rows[3].State = 1, uploader.Paused })
			r.until("the change is shown", func() bool { return r.entries() == 4 && r.last.Entries.At(3).State == uploader.Paused })
			if n := said(r); n != x.want || q.asked() != 1 {
				t.Errorf("warned of %d times, and asked %d times", n, q.asked())
			}
		})
	}
}
