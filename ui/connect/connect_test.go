package connect

import (
	"errors"
	"reflect"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"longshore/ui/theme"
	"longshore/ui/words"
	"longshore/uploader"
)

// services keeps the answers it owes until the test lets them come.
type services struct {
	checked []Address
	answers []func(uploader.Capabilities, error)
	used    []Address

	signIns        []*signIn
	opened, copied []string
	languages      []words.Language
	read           []string
	says           Invitation
	tested         []Address
	told           []func(Step)
	steps          []func([]Step, error)
	vaults         []uploader.Vault
}

func (s *services) Vaults() []uploader.Vault { return s.vaults }

func (s *services) CheckVault(a Address, answer func(uploader.Capabilities, error)) {
	s.checked, s.answers = append(s.checked, a), append(s.answers, answer)
}

func (s *services) UseVault(a Address, answer func(uploader.Vault, error)) {
	s.used = append(s.used, a)
	answer(uploader.Vault{Name: "V"}, nil)
}

func (s *services) SignIn(a Address, opened func(string, bool), answer func(uploader.Vault, error)) func() {
	s.signIns = append(s.signIns, &signIn{address: a, opened: opened, answer: answer})
	in := s.signIns[len(s.signIns)-1]
	return func() { in.stopped = true }
}

func (s *services) ReadInvitation(path string, answer func(Invitation, error)) {
	s.read = append(s.read, path)
	if s.says.Name == "" {
		answer(Invitation{}, errors.New("no connection file"))
		return
	}
	answer(s.says, nil)
}

func (s *services) TestVault(a Address, _ uploader.VaultID, told func(Step), answer func([]Step, error)) {
	s.tested, s.told, s.steps = append(s.tested, a), append(s.told, told), append(s.steps, answer)
}

func (s *services) Language() words.Language       { return words.System }
func (s *services) SystemLanguage() words.Language { return words.German }
func (s *services) SetLanguage(l words.Language)   { s.languages = append(s.languages, l) }
func (s *services) OpenPage(link string)           { s.opened = append(s.opened, link) }
func (s *services) Copy(text string)               { s.copied = append(s.copied, text) }
func (s *services) NoKeychain(err error) bool      { return errors.Is(err, errNoKeychain) }

var errNoKeychain = errors.New("no keychain")

// signIn is a sign-in that a test leads to its end.
type signIn struct {
	address Address
	opened  func(string, bool)
	answer  func(uploader.Vault, error)
	stopped bool
}

func (s *services) BrowseFile(_ string, answer func(string)) { answer("/chosen/file") }
func (s *services) Explain(err error) string                 { return "because " + err.Error() }

var en = words.New(words.English, "en")

func flow(t *testing.T) (*Flow, *services, *[]uploader.Vault) {
	t.Helper()
	test.NewTempApp(t).Settings().SetTheme(theme.New(theme.System))
	s, saved := &services{}, &[]uploader.Vault{}
	f := NewFlow(s, en, Address{}, "intro", "Check", func(v uploader.Vault) { *saved = append(*saved, v) })
	test.NewTempWindow(t, f.Box)
	return f, s, saved
}

func tap(t *testing.T, f *Flow, text string) {
	t.Helper()
	tapIn(t, f.Box, text)
}

func tapIn(t *testing.T, box fyne.CanvasObject, text string) {
	t.Helper()
	for _, o := range test.LaidOutObjects(box) {
		if b, ok := o.(*widget.Button); ok && b.Text == text && b.Visible() {
			test.Tap(b)
			return
		}
	}
	t.Fatalf("no button %q", text)
}

func TestNothingIsKeptWithoutConsent(t *testing.T) {
	f, s, saved := flow(t)
	test.Tap(f.check)
	if len(s.checked) != 0 {
		t.Fatal("checked an empty address")
	}
	test.Type(f.address, " https://vault.example.org ")
	tap(t, f, en.Say(words.FieldBrowse)) // the first of the two: the token's
	test.Tap(f.check)
	want := Address{Signer: "https://vault.example.org", TokenFile: "/chosen/file"}
	if len(s.checked) != 1 || !reflect.DeepEqual(s.checked[0], want) {
		t.Fatalf("checked %+v, want %+v", s.checked, want)
	}
	s.answers[0](uploader.Capabilities{Name: "North", DataOrigins: []string{"https://bucket.example.org"}}, nil)
	if len(s.used) != 0 || len(*saved) != 0 {
		t.Fatal("kept without being asked")
	}
	seen := map[string]bool{}
	for _, o := range test.LaidOutObjects(f.confirm) {
		if l, ok := o.(*widget.Label); ok {
			seen[l.Text] = true
		}
	}
	if !seen["North"] || !seen["https://bucket.example.org"] || !seen[en.Say(words.EncryptionNone)] {
		t.Errorf("the question does not show name, encryption and where the bytes go: %v", seen)
	}
	tap(t, f, en.Say(words.ConnectBack))
	if !f.form.Visible() || len(s.used) != 0 {
		t.Error("Back does not lead back")
	}
	test.Tap(f.check)
	s.answers[1](uploader.Capabilities{Name: "North", DataOrigins: []string{"https://bucket.example.org"}}, nil)
	tap(t, f, en.Say(words.ConnectUse))
	accepted := want
	accepted.Seen = []string{"https://bucket.example.org"}
	if len(s.used) != 1 || !reflect.DeepEqual(s.used[0], accepted) || len(*saved) != 1 {
		t.Errorf("used %+v, saved %d", s.used, len(*saved))
	}
}

func TestRefusalIsASentence(t *testing.T) {
	f, s, _ := flow(t)
	test.Type(f.address, "x")
	test.Tap(f.check)
	if !f.check.Disabled() {
		t.Error("a second check can begin while one runs")
	}
	s.answers[0](uploader.Capabilities{}, errors.New("of the moon"))
	if f.status.Text != "because of the moon" || !f.status.Visible() || f.check.Disabled() {
		t.Errorf("says %q, can check again: %v", f.status.Text, !f.check.Disabled())
	}
}

func TestLateAnswerIsIgnored(t *testing.T) {
	f, s, _ := flow(t)
	test.Type(f.address, "x")
	test.Tap(f.check)
	f.check.Enable()
	test.Tap(f.check)
	s.answers[0](uploader.Capabilities{Name: "old"}, nil)
	if f.confirm.Visible() {
		t.Error("the answer to an older question is shown")
	}
	s.answers[1](uploader.Capabilities{Name: "new"}, nil)
	if !f.confirm.Visible() {
		t.Error("the answer is not shown")
	}
}
