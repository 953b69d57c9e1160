package connect

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"longshore/ui/words"
	"longshore/uploader"
)

var north = Invitation{
	Name: "Radiology North", Operator: "Hospital IT", Signer: "https://vault.example.org", DataOrigins: []string{"https://bucket.example.org"},
	SignIn: uploader.SignInNone, CA: "pem", Proxy: uploader.ProxyNone, Parallel: 12, Limit: "20 MB/s",
}

// texts are all that a flow shows.
func texts(o fyne.CanvasObject) string {
	var all []string
	for _, o := range test.LaidOutObjects(o) {
		if l, ok := o.(*widget.Label); ok && l.Visible() {
			all = append(all, l.Text)
		}
	}
	return strings.Join(all, "\n")
}

// A file for a vault that is set up changes that one, and says so before anybody agrees.
func TestAConnectionFileForAKnownVaultSaysSo(t *testing.T) {
	f, s, _ := flow(t)
	f.Ask(north)
	if strings.Contains(texts(f.Box), en.Say(words.ConnectFileKnown)) {
		t.Error("a new vault is called known")
	}
	s.vaults = []uploader.Vault{{ID: "V", SignerURL: north.Signer}}
	f.Ask(north)
	if !strings.Contains(texts(f.Box), en.Say(words.ConnectFileKnown)) {
		t.Error("it is not told")
	}
}

func TestAConnectionFileAsksOnceAndAddsNothingByItself(t *testing.T) {
	f, s, saved := flow(t)
	s.says = north
	tap(t, f, en.Say(words.ConnectFile))
	if len(s.read) != 1 || s.read[0] != "/chosen/file" {
		t.Fatalf("read %q", s.read)
	}
	shown := texts(f.Box)
	for _, fact := range []string{"Radiology North", "Hospital IT", "https://vault.example.org", "https://bucket.example.org", "20 MB/s", "At most 12 parts", en.Say(words.VaultCAOwn), en.Say(words.VaultNoSignIn)} {
		if !strings.Contains(shown, fact) {
			t.Errorf("does not show %q:\n%s", fact, shown)
		}
	}
	if len(s.checked)+len(s.used)+len(s.tested) != 0 {
		t.Fatal("something was contacted or kept without a question")
	}
	tap(t, f, en.Say(words.ConnectBack))
	if !f.form.Visible() || len(s.used) != 0 {
		t.Error("Back does not lead back")
	}
	f.Ask(north)
	tap(t, f, en.Say(words.ConnectAdd))
	want := Address{Signer: north.Signer, Invite: &north, Seen: north.DataOrigins}
	if len(s.used) != 1 || !reflect.DeepEqual(s.used[0], want) || len(*saved) != 1 {
		t.Errorf("used %+v", s.used)
	}
}

func TestAConnectionFileThatCannotBeReadIsSaid(t *testing.T) {
	f, _, _ := flow(t)
	f.Open("/x.longshore")
	if !f.form.Visible() || f.status.Text != "because no connection file" {
		t.Errorf("says %q", f.status.Text)
	}
}

func TestAConnectionFileWithATokenAsksForIt(t *testing.T) {
	f, s, _ := flow(t)
	says := north
	says.SignIn = uploader.SignInBearer
	f.Ask(says)
	if !f.invite.add.Disabled() {
		t.Error("can be added without a token file")
	}
	tapIn(t, f.invite.Box, en.Say(words.FieldBrowse))
	tap(t, f, en.Say(words.ConnectAdd))
	if len(s.used) != 1 || s.used[0].TokenFile != "/chosen/file" {
		t.Errorf("used %+v", s.used)
	}
}

func TestAConnectionFileWithASignInLeadsToIt(t *testing.T) {
	f, s, saved := flow(t)
	says := north
	says.SignIn, says.Issuer = uploader.SignInOIDC, "https://login.example.org"
	f.Ask(says)
	tap(t, f, en.Say(words.ConnectAdd))
	if len(s.signIns) != 1 || s.signIns[0].address.SeenIssuer != says.Issuer || s.signIns[0].address.Invite == nil || len(*saved) != 0 {
		t.Fatalf("%+v", s.signIns)
	}
	tap(t, f, en.Say(words.Cancel))
	if !s.signIns[0].stopped || !strings.Contains(texts(f.Box), "Radiology North") {
		t.Error("giving up does not lead back to the question")
	}
	tap(t, f, en.Say(words.ConnectAdd))
	s.signIns[1].answer(uploader.Vault{Name: "V"}, nil)
	if len(*saved) != 1 {
		t.Error("not kept after the sign-in")
	}
}

func TestTheStepsOfATestAreShown(t *testing.T) {
	f, s, _ := flow(t)
	test.Type(f.address, "https://vault.example.org")
	test.Tap(f.test.Start)
	if len(s.tested) != 1 || s.tested[0].Signer != "https://vault.example.org" || !f.test.Start.Disabled() {
		t.Fatalf("tested %+v", s.tested)
	}
	s.steps[0]([]Step{
		{Name: words.TrialName, Result: Passed},
		{Name: words.TrialReach, Result: Failed, Problem: words.Problem{Key: "test-refused", Args: []string{"host", "vault.example.org"}}},
		{Name: words.TrialTrust},
	}, nil)
	shown := texts(f.Box)
	for _, text := range []string{en.Say(words.TrialName), en.Say(words.TrialOK), en.Say(words.TrialFailed), en.Say(words.TrialSkipped), "vault.example.org refuses the connection"} {
		if !strings.Contains(shown, text) {
			t.Errorf("does not show %q:\n%s", text, shown)
		}
	}
	if strings.Contains(shown, en.Say(words.TrialGood)) || f.test.Start.Disabled() {
		t.Error("says that all is well, or cannot be tried again")
	}
	test.Tap(f.test.Start)
	f.Stop()
	s.steps[1](nil, errors.New("late"))
	if f.test.Box.Visible() {
		t.Error("an answer to an older test is shown")
	}
}
