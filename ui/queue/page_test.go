package queue

import (
	"slices"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"longshore/ui/theme"
	"longshore/ui/words"
	"longshore/uploader"
)

func shownPage(t *testing.T) (*Page, *asked) {
	t.Helper()
	test.NewTempApp(t).Settings().SetTheme(theme.New(theme.System))
	a := &asked{}
	p := NewPage(a, en)
	test.NewTempWindow(t, p).Resize(fyne.NewSize(900, 600))
	return p, a
}

// chooser remembers which vault was chosen.
type chooser struct {
	asked
	vault uploader.VaultID
}

func (c *chooser) ChooseVault(id uploader.VaultID) { c.vault = id }

// Vaults that are called the same are told apart, and the one that is chosen is the one that is meant.
func TestVaultsOfOneName(t *testing.T) {
	test.NewTempApp(t).Settings().SetTheme(theme.New(theme.System))
	c := &chooser{}
	p := NewPage(c, en)
	vaults := []uploader.Vault{
		{ID: "A", Name: "Radiology", SignerURL: "https://a.example.org"}, {ID: "B", Name: "Radiology", SignerURL: "https://b.example.org"},
		{ID: "C", Name: "Radiology", SignerURL: "https://b.example.org"},
	}
	p.Vaults(vaults, "A")
	for i, want := range []uploader.VaultID{"A", "B", "C"} {
		p.Vaults(vaults, vaults[(i+1)%3].ID)
		p.footer.choice.SetSelected(p.footer.choice.Options[i])
		if c.vault != want {
			t.Errorf("%q leads to %s, want %s", p.footer.choice.Options[i], c.vault, want)
		}
	}
}

func TestEmptyQueueIsADropTarget(t *testing.T) {
	p, _ := shownPage(t)
	p.Update(&uploader.Snapshot{})
	if p.full.Visible() || !p.empty.box.Visible() {
		t.Error("an empty queue is not the drop target")
	}
	p.Update(&uploader.Snapshot{Entries: uploader.PagesOf(entries(1))})
	if !p.full.Visible() || p.empty.box.Visible() {
		t.Error("a queue with an entry is not the list")
	}
}

func TestBulkButtons(t *testing.T) {
	p, a := shownPage(t)
	rows := entries(4)
	rows[1].State, rows[1].FilesDone = uploader.Done, 1
	rows[2].State, rows[2].FilesFailed = uploader.Failed, 1
	jobs := []uploader.JobRow{{ID: "J2", Entry: "E000002", State: uploader.Failed}, {ID: "J3", Entry: "E000003", State: uploader.SourceChanged}}
	s := &uploader.Snapshot{Jobs: uploader.PagesOf(jobs), Entries: uploader.PagesOf(rows), Totals: uploader.Totals{Files: 4, FilesActive: 2, FilesDone: 1, FilesFailed: 1}}
	p.Update(s)
	if !p.header.resume.Disabled() || p.header.pause.Disabled() || p.header.retry.Disabled() || p.header.clear.Disabled() {
		t.Error("the buttons do not fit the queue")
	}
	test.Tap(p.header.pause)
	test.Tap(p.header.retry)
	test.Tap(p.header.clear)
	if want := []uploader.Verb{uploader.Pause, uploader.RetryJobs, uploader.Remove}; !slices.Equal(a.verbs, want) {
		t.Fatalf("asked %v", a.verbs)
	}
	if !a.targets[0].All || !slices.Equal(a.targets[1].Jobs, []uploader.JobID{"J2"}) || len(a.targets[1].Entries) > 0 || !slices.Equal(a.targets[2].Entries, []uploader.EntryID{"E000001"}) {
		t.Errorf("targets %+v", a.targets)
	}
}

var en = words.New(words.English, "en")

func says(text string) Notice { return Notice{Says: func(*words.Book) string { return text }} }

func TestBannerKeepsNoticesBehindTrouble(t *testing.T) {
	b := func() *banner {
		test.NewTempApp(t).Settings().SetTheme(theme.New(theme.System))
		return newBanner(func() {}, nil, nil, en)
	}()
	b.tell(says("one"))
	b.tell(says("two"))
	b.tell(says("one"))
	b.hold(uploader.CodeDiskFull)
	if b.text.Text != uploader.CodeDiskFull.Sentence() || b.dismiss.Visible() {
		t.Errorf("shows %q, can be put away: %v", b.text.Text, b.dismiss.Visible())
	}
	b.hold("")
	for _, want := range []string{"one", "two"} {
		if b.text.Text != want || !b.dismiss.Visible() {
			t.Fatalf("shows %q, want %q", b.text.Text, want)
		}
		test.Tap(b.dismiss)
	}
	if b.box.Visible() {
		t.Error("an empty strip is shown")
	}
	for i := range 100 {
		b.tell(says(string(rune('a'+i%26)) + string(rune('a'+i/26))))
	}
	if len(b.notices) > mostNotices {
		t.Errorf("%d notices wait", len(b.notices))
	}
}
