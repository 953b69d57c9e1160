package connect

import (
	"errors"
	"reflect"
	"testing"

	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"longshore/ui/words"
	"longshore/uploader"
)

var oidcCaps = uploader.Capabilities{
	Name: "North", DataOrigins: []string{"https://bucket.example.org"}, SignIn: uploader.SignInOIDC,
	OIDC: uploader.OIDC{Issuer: "https://login.example.org/north", ClientID: "c"},
}

// labels lists what a flow's question says.
func labels(t *testing.T, f *Flow) map[string]bool {
	t.Helper()
	seen := map[string]bool{}
	for _, o := range test.LaidOutObjects(f.confirm) {
		if l, ok := o.(*widget.Label); ok && l.Visible() {
			seen[l.Text] = true
		}
	}
	return seen
}

func visible(t *testing.T, f *Flow, button string) bool {
	t.Helper()
	for _, o := range test.LaidOutObjects(f.Box) {
		if b, ok := o.(*widget.Button); ok && b.Text == button && b.Visible() {
			return true
		}
	}
	return false
}

func TestSignInIsShownAndGoneThrough(t *testing.T) {
	f, s, saved := flow(t)
	test.Type(f.address, "https://vault.example.org")
	test.Tap(f.check)
	s.answers[0](oidcCaps, nil)
	if !labels(t, f)["login.example.org"] || len(s.signIns) != 0 {
		t.Errorf("the place to sign in is not shown first: %v, %d", labels(t, f), len(s.signIns))
	}
	if visible(t, f, en.Say(words.ConnectUse)) {
		t.Error("it can be used without a sign-in")
	}
	tap(t, f, en.Say(words.ConnectSignIn))
	want := Address{Signer: "https://vault.example.org", Seen: oidcCaps.DataOrigins, SeenIssuer: oidcCaps.OIDC.Issuer}
	if len(s.signIns) != 1 || !reflect.DeepEqual(s.signIns[0].address, want) {
		t.Fatalf("%+v, want %+v", s.signIns, want)
	}
	if visible(t, f, en.Say(words.SignInCopy)) {
		t.Error("there is no link to copy yet")
	}
	s.signIns[0].opened("https://login.example.org/north?x=1", true)
	tap(t, f, en.Say(words.SignInCopy))
	tap(t, f, en.Say(words.SignInOpen))
	if len(s.copied) != 1 || s.copied[0] != "https://login.example.org/north?x=1" || len(s.opened) != 1 || s.opened[0] != s.copied[0] {
		t.Errorf("copied %q, opened %q", s.copied, s.opened)
	}
	s.signIns[0].answer(uploader.Vault{Name: "North"}, nil)
	if len(*saved) != 1 || !f.form.Visible() {
		t.Error("it is not told of")
	}
}

func TestATokenFileNeedsNoSignIn(t *testing.T) {
	f, s, saved := flow(t)
	test.Type(f.address, "https://vault.example.org")
	test.Type(f.token, "/a/token")
	test.Tap(f.check)
	s.answers[0](oidcCaps, nil)
	tap(t, f, en.Say(words.ConnectUse))
	if len(s.used) != 1 || len(s.signIns) != 0 || len(*saved) != 1 {
		t.Errorf("used %v, sign-ins %d", s.used, len(s.signIns))
	}
}

func TestASignInCanBeGivenUp(t *testing.T) {
	f, s, saved := flow(t)
	test.Type(f.address, "https://vault.example.org")
	test.Tap(f.check)
	s.answers[0](oidcCaps, nil)
	tap(t, f, en.Say(words.ConnectSignIn))
	s.signIns[0].opened("https://login.example.org/", true)
	tap(t, f, en.Say(words.Cancel))
	if !s.signIns[0].stopped || !f.form.Visible() {
		t.Error("it goes on")
	}
	s.signIns[0].answer(uploader.Vault{Name: "late"}, nil)
	if len(*saved) != 0 {
		t.Error("a sign-in that was given up counts")
	}
}

func TestASignInThatFailsCanBeTriedAgain(t *testing.T) {
	f, s, saved := flow(t)
	test.Type(f.address, "https://vault.example.org")
	test.Tap(f.check)
	s.answers[0](oidcCaps, nil)
	tap(t, f, en.Say(words.ConnectSignIn))
	s.signIns[0].opened("https://login.example.org/", false)
	if !labels(t, f)[en.Say(words.SignInNoBrowser)] {
		t.Errorf("it does not say that no browser opened: %v", labels(t, f))
	}
	s.signIns[0].answer(uploader.Vault{}, errors.New("of the moon"))
	if !labels(t, f)["because of the moon"] || visible(t, f, en.Say(words.SignInFile)) || visible(t, f, en.Say(words.SignInCopy)) {
		t.Errorf("says %v", labels(t, f))
	}
	tap(t, f, en.Say(words.SignInRetry))
	s.signIns[1].answer(uploader.Vault{}, errNoKeychain)
	if s.signIns[1].address.InFile || !labels(t, f)[en.Say(words.SignInFileHint)] {
		t.Errorf("the file is not offered, or was taken unasked: %+v", s.signIns[1].address)
	}
	tap(t, f, en.Say(words.SignInFile))
	if !s.signIns[2].address.InFile {
		t.Error("the choice does not count")
	}
	s.signIns[2].answer(uploader.Vault{Name: "North"}, nil)
	if len(*saved) != 1 {
		t.Error("it is not told of")
	}
}
