package ui

import (
	"testing"

	"longshore/ui/connect"
	"longshore/ui/words"
	"longshore/uploader"
)

// oidcVault is one that people sign in to.
func oidcVault() uploader.Vault {
	v := fakeVault
	v.SignIn = uploader.SignInOIDC
	v.OIDC = uploader.OIDC{Issuer: "https://login.north.example.org", ClientID: "c"}
	return v
}

func (q *fakeQueue) withSignIn() *fakeQueue {
	q.caps.SignIn, q.caps.OIDC = uploader.SignInOIDC, oidcVault().OIDC
	return q
}

func TestFirstStartWithASignIn(t *testing.T) {
	q := newFake().withSignIn()
	r := open(t, q, Options{})
	r.add([]string{"/data/a.mov"})
	a := Address{Signer: "https://vault.north.example.org", Seen: fakeVault.DataOrigins, SeenIssuer: q.caps.OIDC.Issuer}
	opened, answered := "", false
	stop := r.SignIn(a, func(link string, started bool) { opened = link }, func(_ uploader.Vault, err error) {
		answered = err == nil
	})
	defer stop()
	r.until("the link is told", func() bool { return opened != "" })
	if r.connect == nil || len(r.paths()) != 0 {
		t.Error("the vault is used before anybody is signed in")
	}
	q.signedIn <- struct{}{}
	r.until("it is signed in", func() bool { return answered })
	r.until("what was dropped is added", func() bool { return len(r.paths()) == 1 })
	if r.connect != nil || len(q.opened) != 1 {
		t.Errorf("connect page %v, opened %q", r.connect != nil, q.opened)
	}
}

func TestASignInThatIsGivenUpLeavesTheFirstPage(t *testing.T) {
	q := newFake().withSignIn()
	r := open(t, q, Options{})
	var failed error
	opened := false
	stop := r.SignIn(Address{Signer: "https://vault.north.example.org"}, func(string, bool) { opened = true }, func(_ uploader.Vault, err error) { failed = err })
	r.until("it began", func() bool { return opened })
	stop()
	r.until("it is told", func() bool { return failed != nil })
	if r.connect == nil || len(r.vaults) != 0 {
		t.Error("a vault without a sign-in is used")
	}
	if kept, err := q.Vaults(t.Context()); err != nil || len(kept) != 0 {
		t.Errorf("it is set up all the same: %+v, %v", kept, err)
	}
}

// A vault that was there before stays, as it was.
func TestASignInThatIsGivenUpLeavesAVaultThatWasThere(t *testing.T) {
	q := newFake(oidcVault()).withSignIn()
	r := open(t, q, Options{})
	a := Address{Signer: oidcVault().SignerURL, Invite: &connect.Invitation{Proxy: "http://other.example.org:1"}}
	var failed error
	opened := false
	stop := r.SignIn(a, func(string, bool) { opened = true }, func(_ uploader.Vault, err error) { failed = err })
	r.until("it began", func() bool { return opened })
	stop()
	r.until("it is told", func() bool { return failed != nil })
	if kept, err := q.Vaults(t.Context()); err != nil || len(kept) != 1 || kept[0].Proxy != "" {
		t.Errorf("it is %+v, %v", kept, err)
	}
}

func TestAMissingSignInIsShownAndMended(t *testing.T) {
	q := newFake(oidcVault())
	row := file("1", "a.mov", uploader.Waiting, 0, 5e6)
	row.Reason, row.Code = uploader.WaitSignIn, uploader.CodeUnauthorized
	q.rows = []uploader.EntryRow{row}
	r := open(t, q, Options{})
	r.until("the strip shows it", func() bool { return r.missing == "V1" })
	r.SignInTo("V1")
	r.until("the browser opened", func() bool { q.mu.Lock(); defer q.mu.Unlock(); return len(q.opened) == 1 })
	if len(r.asking) != 1 {
		t.Error("no dialog")
	}
	q.signedIn <- struct{}{}
	r.until("the strip is gone", func() bool { return r.missing == "" && len(r.asking) == 0 })
}

// What waits is tried now and then; the strip does not blink each time. It goes when somebody signed in elsewhere.
func TestTheStripStaysWhileItIsTried(t *testing.T) {
	q := newFake(oidcVault())
	row := file("1", "a.mov", uploader.Waiting, 0, 5e6)
	row.Reason, row.Code = uploader.WaitSignIn, uploader.CodeUnauthorized
	q.rows, q.signIns = []uploader.EntryRow{row}, []SignInState{{Vault: "V1"}}
	r := open(t, q, Options{})
	r.until("the strip shows it", func() bool { return r.missing == "V1" && !r.askingWho })
	shown := false
	q.change(func() { q.rows[0].State, q.rows[0].Reason, q.rows[0].Code = uploader.Creating, "", "" })
	r.until("it is tried", func() bool { shown = r.last.Entries.At(0).State == uploader.Creating; return shown })
	if r.missing != "V1" {
		t.Error("the strip went although nobody signed in")
	}
	q.change(func() { q.signIns[0].SignedIn, q.rows[0].State = true, uploader.Uploading })
	r.until("it is gone", func() bool { return r.missing == "" })
}

// Nothing is queued, and nobody is signed in: that is said before a drop ends in waiting.
func TestNobodyIsSignedInAtTheStart(t *testing.T) {
	q := newFake(oidcVault())
	q.signIns = []SignInState{{Vault: "V1"}}
	r := open(t, q, Options{})
	r.until("the strip shows it", func() bool { return r.missing == "V1" })
	bearer := fakeVault
	bearer.ID, bearer.TokenFile, bearer.SignIn = "V2", "/t", uploader.SignInOIDC
	q2 := newFake(bearer)
	q2.signIns = []SignInState{{Vault: "V2"}}
	r.window.vaults, r.window.current = []uploader.Vault{bearer}, "V2"
	r.showMissing(false)
	if r.missing != "" {
		t.Error("a vault with a token file is said to want a sign-in")
	}
}

func TestSignOutInTheSettings(t *testing.T) {
	q := newFake(oidcVault())
	q.signIns = []SignInState{{Vault: "V1", SignedIn: true, Who: "anna"}}
	r := open(t, q, Options{})
	var got SignInState
	r.SignInState("V1", func(s SignInState) { got = s })
	r.until("it is told", func() bool { return got.SignedIn && got.Who == "anna" })
	r.Settings()
	r.SignOut("V1", func(s SignInState) { got = s })
	r.until("it is signed out", func() bool { return !got.SignedIn && r.missing == "V1" })
}

// With several vaults the settings say whose sign-in it is that the button ends.
func TestTheSettingsSayWhoseSignInItIs(t *testing.T) {
	r := open(t, newFake(secondVault(), oidcVault()), Options{})
	r.ChooseVault("V1")
	r.Settings()
	if want := r.book.Say(words.SettingsSignIn) + " · " + oidcVault().Name; !shown(r)[want] {
		t.Errorf("it does not say %q", want)
	}
}
