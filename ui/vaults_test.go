package ui

import (
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"longshore/ui/connect"
	"longshore/ui/words"
	"longshore/uploader"
)

func secondVault() uploader.Vault {
	v := fakeVault
	v.ID, v.Name, v.SignerURL = "V2", "Film South", "https://vault.south.example.org"
	return v
}

var southFile = connect.Invitation{
	Name: "Film South", Operator: "South Studios", Signer: "https://vault.south.example.org", DataOrigins: []string{"https://south.example.org"},
	SignIn: uploader.SignInNone,
}

func (r *rig) press(text string) {
	r.t.Helper()
	for _, o := range slices.Backward(r.objects()) { // what lies on top first
		if b, ok := o.(*widget.Button); ok && b.Text == text && b.Visible() {
			test.Tap(b)
			return
		}
	}
	r.t.Fatalf("no button %q", text)
}

func (r *rig) joined() []Address {
	r.fake.mu.Lock()
	defer r.fake.mu.Unlock()
	return slices.Clone(r.fake.joined)
}

// A dropped connection file is asked about, whatever else was dropped with it; it is never sent and adds nothing by itself.
func TestADroppedConnectionFile(t *testing.T) {
	q := newFake(fakeVault)
	r := open(t, q, Options{})
	r.add([]string{"/in/a.dcm", "/mail/south.LONGSHORE"})
	r.until("the question is there", func() bool { return r.asking[askInvite] && len(r.paths()) == 1 })
	if got := r.paths(); !slices.Equal(got, []string{"/in/a.dcm"}) {
		t.Errorf("added %q", got)
	}
	if len(r.joined()) != 0 || r.current != "V1" {
		t.Fatal("a vault was added or chosen without a question")
	}
	if !shown(r)["South Studios"] {
		t.Error("who runs it is not shown")
	}
	r.press(r.book.Say(words.ConnectAdd))
	r.until("it is set up", func() bool { return r.current == "V2" && !r.asking[askInvite] })
	if j := r.joined(); len(j) != 1 || j[0].Invite == nil || !slices.Equal(j[0].Seen, southFile.DataOrigins) {
		t.Errorf("%+v", j)
	}
	r.add([]string{"/in/b.dcm"})
	r.until("the drop is in the queue", func() bool { return r.entries() == 2 })
	r.add([]string{"/x/bad.longshore"})
	r.until("it is told that it cannot be used", func() bool { return len(r.page.Notices()) == 2 })
	if e := r.last.Entries.At(1); e.Vault != "V2" {
		t.Errorf("it goes to %s", e.Vault)
	}
}

func TestAConnectionFileAtTheFirstStart(t *testing.T) {
	q := newFake()
	r := open(t, q, Options{Paths: []string{"/mail/south.longshore", "/in/a.dcm"}})
	r.until("the question is on the first page", func() bool { return shown(r)["South Studios"] })
	if r.asking[askInvite] || len(r.joined()) != 0 {
		t.Fatal("asked in a dialog, or added by itself")
	}
	r.press(r.book.Say(words.ConnectAdd))
	r.until("what was dropped before is on its way", func() bool { return r.connect == nil && r.entries() == 1 })
}

func (r *rig) settingsFields() (entries []interface {
	fyne.Focusable
	SetText(string)
}) {
	for _, o := range test.LaidOutObjects(r.win.Canvas().Overlays().Top()) {
		if e, ok := o.(interface {
			fyne.Focusable
			fyne.Shortcutable
			SetText(string)
		}); ok && o.Visible() {
			entries = append(entries, e)
		}
	}
	return entries
}

func TestSettingsRenameAVaultAndSetItsProxy(t *testing.T) {
	r := open(t, newFake(fakeVault), Options{})
	r.Settings()
	vault := func() uploader.Vault { v, _ := r.vault("V1"); return v }
	name := r.settingsFields()[0]
	name.SetText("Ours")
	name.FocusLost()
	r.until("it is renamed", func() bool { return vault().Name == "Ours" })
	for _, o := range test.LaidOutObjects(r.win.Canvas().Overlays().Top()) {
		if s, ok := o.(*widget.Select); ok && s.Selected == r.book.Say(words.ProxySystem) {
			s.SetSelected(r.book.Say(words.ProxyNone))
			r.until("no proxy is used", func() bool { return vault().Proxy == uploader.ProxyNone })
			s.SetSelected(r.book.Say(words.ProxyOwn))
		}
	}
	address := r.settingsFields()[1]
	address.SetText("http://proxy.example.org:3128")
	address.FocusLost()
	r.until("the proxy is set", func() bool { return vault().Proxy == "http://proxy.example.org:3128" })
}

func TestSettingsTestAndRemoveAVault(t *testing.T) {
	q := newFake(fakeVault, secondVault())
	q.steps = []connect.Step{{Name: words.TrialName, Result: connect.Passed}}
	r := open(t, q, Options{})
	r.ChooseVault("V1")
	r.Settings()
	r.press(r.book.Say(words.TrialStart))
	r.until("the steps are shown", func() bool { return shown(r)[r.book.Say(words.TrialGood)] })
	r.fake.mu.Lock()
	tested := slices.Clone(r.fake.tested)
	r.fake.mu.Unlock()
	if !slices.Equal(tested, []uploader.VaultID{"V1"}) {
		t.Errorf("tested %q", tested)
	}

	refusal := uploader.E("remove-vault", uploader.CodeBadConfig, nil)
	r.fake.mu.Lock()
	r.fake.refuse = refusal
	r.fake.mu.Unlock()
	v, _ := r.vault("V1")
	forget := func() (answered bool, err error) {
		r.RemoveVault(v, func(e error) { answered, err = true, e })
		r.press(r.book.Say(words.VaultRemove))
		r.until("it is answered", func() bool { return answered })
		return answered, err
	}
	if _, err := forget(); err == nil || len(r.vaults) != 2 {
		t.Errorf("removed while it is needed: %v", err)
	}
	r.fake.mu.Lock()
	r.fake.refuse = nil
	r.fake.mu.Unlock()
	if _, err := forget(); err != nil || len(r.vaults) != 1 || r.current != "V2" {
		t.Errorf("%v, %d vaults, new files go to %s", err, len(r.vaults), r.current)
	}
	if strings.Contains(r.vaults[0].Name, "North") {
		t.Error("the other one was removed")
	}
}

// The choice at the foot of the window holds after the next start, as long as there is that vault.
func TestTheChosenVaultIsRemembered(t *testing.T) {
	r := open(t, newFake(fakeVault, secondVault()), Options{})
	if r.current != "V2" {
		t.Errorf("at first new files go to %s, want the newest", r.current)
	}
	r.ChooseVault("V1")
	if got := r.usual(); got != "V1" {
		t.Errorf("the next time they go to %s", got)
	}
	r.vaults = []uploader.Vault{secondVault()}
	if got := r.usual(); got != "V2" {
		t.Errorf("without that vault they go to %s", got)
	}
}

// A connection file for the current vault, with another token file, changes nothing when the vault is not what it says.
func TestAFileThatIsRefusedLeavesTheTokenFile(t *testing.T) {
	q := newFake(fakeVault)
	q.refuse = uploader.E("connection-file", uploader.CodeWrongDest, nil)
	r := open(t, q, Options{})
	var got error
	says := connect.Invitation{Signer: fakeVault.SignerURL, SignIn: uploader.SignInBearer}
	r.UseVault(Address{Signer: fakeVault.SignerURL, TokenFile: "/new", Invite: &says}, func(_ uploader.Vault, err error) { got = err })
	r.until("it is refused", func() bool { return got != nil })
	if now, _ := q.Vaults(t.Context()); now[0].TokenFile != "" {
		t.Errorf("the token file is %q", now[0].TokenFile)
	}
}

// What is dropped while the command line's vault is contacted goes there or nowhere.
func TestWhatWaitsForAVaultGoesToNoOther(t *testing.T) {
	const named = "https://named.example.org"
	for _, works := range []bool{true, false} {
		q := newFake(fakeVault)
		r := open(t, q, Options{})
		r.connecting = true // as newWindow does for a vault of the command line
		r.add([]string{"/a.mov"})
		var added uploader.Vault
		r.UseVault(Address{Signer: "https://other.example.org"}, func(v uploader.Vault, _ error) { added = v })
		r.until("another is set up", func() bool { return added.ID != "" })
		if len(r.paths()) != 0 || len(r.kept) != 1 {
			t.Fatalf("added %v, kept %v", r.paths(), r.kept)
		}
		if !works {
			q.mu.Lock()
			q.refuse = uploader.E("add-vault", uploader.CodeForbidden, nil)
			q.mu.Unlock()
		}
		r.connectTo(Address{Signer: named})
		r.until("it is decided", func() bool { return !r.connecting && len(r.kept) == 0 })
		if !works {
			if len(r.paths()) != 0 || len(r.page.Notices()) != 2 {
				t.Errorf("added %v, told %d things", r.paths(), len(r.page.Notices()))
			}
			continue
		}
		r.until("it is added", func() bool { return len(r.paths()) == 1 })
		if v, _ := r.vault(r.current); v.SignerURL != named {
			t.Errorf("it went to %s", v.SignerURL)
		}
	}
}

// A sign-in that is given up leaves a known vault as it was.
func TestASignInGivenUpChangesNothing(t *testing.T) {
	was := oidcVault()
	was.Proxy = uploader.ProxyNone
	q := newFake(was)
	r := open(t, q, Options{})
	says := connect.Invitation{Signer: was.SignerURL, SignIn: uploader.SignInOIDC, Issuer: was.OIDC.Issuer, CA: "another", Proxy: "http://proxy"}
	var got error
	begun := false
	stop := r.SignIn(Address{Signer: was.SignerURL, SeenIssuer: was.OIDC.Issuer, Invite: &says}, func(string, bool) { begun = true },
		func(_ uploader.Vault, err error) { got = err })
	r.until("the browser is open", func() bool { return begun })
	if now, _ := q.Vaults(t.Context()); now[0].Proxy != "http://proxy" {
		t.Fatalf("the sign-in does not go the new way: %q", now[0].Proxy)
	}
	stop()
	r.until("it is given up", func() bool { return got != nil })
	if now, _ := q.Vaults(t.Context()); now[0].Proxy != uploader.ProxyNone || now[0].CA != "" {
		t.Errorf("left over are the proxy %q and the certificates %q", now[0].Proxy, now[0].CA)
	}
}
