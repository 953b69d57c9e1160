package ui

import (
	"testing"

	"fyne.io/fyne/v2/widget"

	"longshore/ui/connect"
	"longshore/ui/words"
	"longshore/uploader"
)

// behindDoor is a window whose way leads through a proxy that wants a password.
func behindDoor(t *testing.T, vaults ...uploader.Vault) (*rig, *fakeQueue) {
	t.Helper()
	q := newFake(vaults...)
	q.door.wants = "right"
	return open(t, q, Options{}), q
}

// answerProxy fills in the question for a proxy's name and password.
func (r *rig) answerProxy(password string) {
	r.t.Helper()
	r.until("it asks", func() bool { return r.asking[askProxy] })
	var fields []*widget.Entry
	for _, o := range r.objects() {
		if e, ok := o.(*widget.Entry); ok && e.Visible() {
			fields = append(fields, e)
		}
	}
	name, secret := fields[len(fields)-2], fields[len(fields)-1]
	if !secret.Password {
		r.t.Fatal("the password is shown")
	}
	name.SetText("anna")
	secret.SetText(password)
	r.press(r.book.Say(words.ProxyGo))
}

func TestAProxyIsAskedAboutAndTheCheckGoesOn(t *testing.T) {
	r, q := behindDoor(t)
	var got uploader.Capabilities
	var failed error
	answers := 0
	r.CheckVault(Address{Signer: fakeVault.SignerURL}, func(c uploader.Capabilities, err error) {
		got, failed = c, err
		answers++
	})
	r.answerProxy("wrong")
	r.until("it says that they were not taken", func() bool { return r.asking[askProxy] && shown(r)[r.book.Say(words.ProxyRefused)] })
	r.answerProxy("right")
	r.until("the vault answers", func() bool { return answers == 1 })
	if failed != nil || got.Name != fakeVault.Name || q.asked() != 3 {
		t.Errorf("%v, %v, asked %d times", got.Name, failed, q.asked())
	}
}

func TestAProxyThatIsNotAnsweredIsNamed(t *testing.T) {
	r, _ := behindDoor(t)
	var failed error
	r.UseVault(Address{Signer: fakeVault.SignerURL}, func(_ uploader.Vault, err error) { failed = err })
	r.until("it asks", func() bool { return r.asking[askProxy] })
	r.press(r.book.Say(words.Cancel))
	r.until("the failure is told", func() bool { return failed != nil })
	if !proxyStops(failed) {
		t.Errorf("it says %v", failed)
	}
}

func TestAProxyThatTakesNoPasswordAsksNobody(t *testing.T) {
	r, q := behindDoor(t)
	q.door.other = true
	var failed error
	r.CheckVault(Address{Signer: fakeVault.SignerURL}, func(_ uploader.Capabilities, err error) { failed = err })
	r.until("the failure is told", func() bool { return failed != nil })
	if r.asking[askProxy] {
		t.Error("it asks for what the proxy does not take")
	}
}

func TestATestOfTheConnectionAsksForTheProxysPassword(t *testing.T) {
	r, q := behindDoor(t, fakeVault)
	q.steps = []connect.Step{{Name: words.TrialReach, Result: connect.Passed}}
	var steps []connect.Step
	r.TestVault(Address{}, "V1", func(connect.Step) {}, func(s []connect.Step, _ error) { steps = s })
	r.answerProxy("right")
	r.until("the test goes on", func() bool { return len(steps) == 1 && steps[0].Result == connect.Passed })
}

func TestASignInAsksForTheProxysPassword(t *testing.T) {
	r, q := behindDoor(t)
	q.withSignIn()
	opened, signedIn := false, false
	r.SignIn(Address{Signer: fakeVault.SignerURL}, func(string, bool) { opened = true }, func(_ uploader.Vault, err error) { signedIn = err == nil })
	r.answerProxy("right")
	r.until("the browser opens", func() bool { return opened })
	q.signedIn <- struct{}{}
	r.until("it is signed in", func() bool { return signedIn })
}

// What waits in the queue for a proxy's password is said in the strip, which leads to the question; it goes when the
// proxy lets things through.
func TestTheStripAsksForTheProxysPassword(t *testing.T) {
	q := newFake(fakeVault)
	q.door.wants = "right"
	row := file("1", "a.mov", uploader.Waiting, 0, 5e6)
	row.Reason, row.Code = uploader.WaitNetwork, uploader.CodeProxySignIn
	q.rows = []uploader.EntryRow{row}
	r := open(t, q, Options{})
	r.until("the strip says it", func() bool { return shown(r)[r.book.Say(words.ProxyHolds)] })
	q.change(func() { q.rows[0].State, q.rows[0].Code, q.rows[0].Reason = uploader.Uploading, "", "" }) // it is tried
	r.until("it is drawn", func() bool { return r.last.Entries.At(0).State == uploader.Uploading })
	if !r.proxyHolds {
		t.Error("the strip blinks while it is tried")
	}
	q.change(func() { q.rows[0] = row })
	r.press(r.book.Say(words.ProxyEnter))
	r.answerProxy("right")
	r.until("the strip is gone", func() bool { return !r.proxyHolds })
}

func TestAProxysPasswordInAFileWithoutAKeychain(t *testing.T) {
	r, q := behindDoor(t)
	q.door.locked = true
	done := false
	r.CheckVault(Address{Signer: fakeVault.SignerURL}, func(_ uploader.Capabilities, err error) { done = err == nil })
	r.answerProxy("right")
	r.until("it offers a file", func() bool { return r.button(r.book.Say(words.SignInFile)).Visible() })
	r.press(r.book.Say(words.SignInFile))
	r.until("it goes on", func() bool { return done })
	if len(q.door.given) != 1 || !q.door.given[0].InFile {
		t.Errorf("given %d", len(q.door.given))
	}
}

func TestTheSettingsSayWhichProxyThatIs(t *testing.T) {
	q := newFake(fakeVault)
	q.door.now = ProxyNow{Proxy: "http://proxy.example.org:3128", Kept: true}
	r := open(t, q, Options{})
	r.Settings()
	r.until("the proxy is named", func() bool { return shown(r)[r.book.Say(words.ProxyNowOne, "proxy", "http://proxy.example.org:3128")] })
	r.press(r.book.Say(words.ProxyForget))
	r.until("its password is forgotten", func() bool {
		q.mu.Lock()
		defer q.mu.Unlock()
		return len(q.door.given) == 1 && q.door.given[0] == ProxyLogin{Proxy: "http://proxy.example.org:3128"}
	})
	r.until("nothing is said to be kept", func() bool { return !shown(r)[r.book.Say(words.ProxyKept)] })

	q.mu.Lock()
	q.door.now = ProxyNow{Script: true}
	q.mu.Unlock()
	r.settings.Hide()
	r.Settings()
	r.until("the script is named", func() bool { return shown(r)[r.book.Say(words.ProxyScript)] })
}
