package signin

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"longshore/internal/oidctest"
)

const account = "account1"

func newKeeper(t *testing.T, p *oidctest.Provider, s Store) *Keeper {
	t.Helper()
	c, _ := newClient(t, config(p))
	k := NewKeeper(c, s, account)
	t.Cleanup(func() {
		if err := k.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return k
}

func token(t *testing.T, k *Keeper, refused string) string {
	t.Helper()
	got, err := k.Token(t.Context(), refused)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// later moves a keeper's clock.
func (k *Keeper) later(d time.Duration) {
	k.mu.Lock()
	defer k.mu.Unlock()
	was := k.now
	k.now = func() time.Time { return was().Add(d) }
}

func TestTokensAreRenewedAheadOnceForAll(t *testing.T) {
	p := oidctest.Start(t, oidctest.Options{EC: true})
	s := newMemory()
	k := newKeeper(t, p, s)
	if _, err := k.Token(t.Context(), ""); KindOf(err) != Needed {
		t.Fatalf("before a sign-in: %v", err)
	}
	tokens := signIn(t, p, k.Client(), "alice")
	if err := k.SignedIn(t.Context(), tokens); err != nil {
		t.Fatal(err)
	}
	if !s.holds(tokens.Refresh) || s.holds(tokens.Bearer) {
		t.Error("the store holds the wrong token")
	}
	calls := p.Requests(t, "/oauth/token")
	if got := token(t, k, ""); got != tokens.Bearer {
		t.Error("another token than that of the sign-in")
	}
	k.later(59*time.Minute + 30*time.Second) // near its end: handed out, and renewed meanwhile
	if got := token(t, k, ""); got != tokens.Bearer {
		t.Error("nobody has to wait for a renewal ahead of the end")
	}
	waitFor(t, func() bool { return token(t, k, "") != tokens.Bearer })
	k.later(2 * time.Hour)
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			if _, err := k.Token(t.Context(), ""); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if n := p.Requests(t, "/oauth/token") - calls; n != 2 {
		t.Errorf("%d refreshes for one ahead and one for fifty callers", n)
	}
	if s.holds(tokens.Refresh) {
		t.Error("the first refresh token is still kept")
	}
	if st := k.State(t.Context()); !st.SignedIn || !st.Renews || st.Who != "alice" || st.Err != nil || st.Until.IsZero() {
		t.Errorf("%+v", st)
	}
}

func TestASignInOutlivesTheProcess(t *testing.T) {
	p := oidctest.Start(t, oidctest.Options{EC: true})
	s := newMemory()
	first := newKeeper(t, p, s)
	if err := first.SignedIn(t.Context(), signIn(t, p, first.Client(), "alice")); err != nil {
		t.Fatal(err)
	}
	second := newKeeper(t, p, s)
	if st := second.State(t.Context()); !st.SignedIn || st.Who != "alice" || !st.Until.IsZero() {
		t.Errorf("%+v", st)
	}
	if token(t, second, "") == "" {
		t.Error("no token")
	}
	// Another sign-in's secret is of no use, whatever the account.
	other := config(p)
	other.ClientID = "another-program"
	c, _ := newClient(t, other)
	third := NewKeeper(c, s, account)
	defer third.Close()
	if _, err := third.Token(t.Context(), ""); KindOf(err) != Needed {
		t.Errorf("the token of another client was used: %v", err)
	}
}

func TestATokenTheVaultRefuses(t *testing.T) {
	p := oidctest.Start(t, oidctest.Options{EC: true})
	k := newKeeper(t, p, newMemory())
	if err := k.SignedIn(t.Context(), signIn(t, p, k.Client(), "alice")); err != nil {
		t.Fatal(err)
	}
	first := token(t, k, "")
	if token(t, k, first) != first {
		t.Error("a young token was traded: another would be refused too")
	}
	k.later(time.Minute)
	second := token(t, k, first)
	if second == first {
		t.Error("the refused token was handed out again")
	}
	if token(t, k, first) != second {
		t.Error("one who comes late with the old token costs another")
	}
}

func TestARefusedRefreshNeedsASignIn(t *testing.T) {
	p := oidctest.Start(t, oidctest.Options{EC: true})
	s := newMemory()
	k := newKeeper(t, p, s)
	tokens := signIn(t, p, k.Client(), "alice")
	if err := k.SignedIn(t.Context(), tokens); err != nil {
		t.Fatal(err)
	}
	p.Revoke(t, "alice")
	k.later(2 * time.Hour)
	_, err := k.Token(t.Context(), "")
	wantKind(t, err, Needed)
	if s.holds(tokens.Refresh) {
		t.Error("a token that is over is still kept")
	}
	calls := p.Requests(t, "/oauth/token")
	for range 3 {
		_, err := k.Token(t.Context(), "")
		wantKind(t, err, Needed)
	}
	if p.Requests(t, "/oauth/token") != calls {
		t.Error("it asks again although somebody must sign in")
	}
	if st := k.State(t.Context()); st.SignedIn || KindOf(st.Err) != Needed {
		t.Errorf("%+v", st)
	}
	again := signIn(t, p, k.Client(), "bob")
	again.From = k.now() // its clock was moved
	if err := k.SignedIn(t.Context(), again); err != nil {
		t.Fatal(err)
	}
	if token(t, k, "") != again.Bearer {
		t.Error("the new sign-in does not count")
	}
}

func TestAProviderThatIsAwayEndsNoSignIn(t *testing.T) {
	p := oidctest.Start(t, oidctest.Options{EC: true})
	k := newKeeper(t, p, newMemory())
	if err := k.SignedIn(t.Context(), signIn(t, p, k.Client(), "alice")); err != nil {
		t.Fatal(err)
	}
	k.later(2 * time.Hour)
	p.SetOutage(t, true)
	_, err := k.Token(t.Context(), "")
	wantKind(t, err, Trouble)
	p.SetOutage(t, false)
	if token(t, k, "") == "" || !k.State(t.Context()).SignedIn {
		t.Error("it is not signed in any more")
	}
}

// A kill between the provider's rotation and the store's Set leaves the old token: the next process is refused, says
// that a sign-in is needed, and works after it. (app tests the same with a real kill.)
func TestARotationThatWasNotStored(t *testing.T) {
	p := oidctest.Start(t, oidctest.Options{EC: true})
	s := newMemory()
	k := newKeeper(t, p, s)
	first := signIn(t, p, k.Client(), "alice")
	if err := k.SignedIn(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	if _, err := k.Client().Refresh(t.Context(), first.Refresh, first.Subject); err != nil { // and the answer is lost
		t.Fatal(err)
	}
	next := newKeeper(t, p, s)
	_, err := next.Token(t.Context(), "")
	wantKind(t, err, Needed)
	if err := next.SignedIn(t.Context(), signIn(t, p, next.Client(), "alice")); err != nil {
		t.Fatal(err)
	}
	if token(t, next, "") == "" {
		t.Error("no token")
	}
}

// The new refresh token is stored before anybody gets the token that came with it.
func TestRotationIsStoredFirst(t *testing.T) {
	p := oidctest.Start(t, oidctest.Options{EC: true})
	s := newMemory()
	k := newKeeper(t, p, s)
	first := signIn(t, p, k.Client(), "alice")
	if err := k.SignedIn(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	storing, goOn := make(chan struct{}), make(chan struct{})
	s.mu.Lock()
	s.onSet = func() {
		close(storing)
		<-goOn
	}
	s.mu.Unlock()
	k.later(2 * time.Hour)
	got := make(chan string, 1)
	go func() {
		bearer, err := k.Token(t.Context(), "")
		if err != nil {
			t.Error(err)
		}
		got <- bearer
	}()
	<-storing
	if !s.holds(first.Refresh) {
		t.Error("the old one was forgotten before the new one was stored")
	}
	select {
	case <-got:
		t.Error("the new token is used before its refresh token is stored")
	default:
	}
	close(goOn)
	if bearer := <-got; bearer == first.Bearer || s.holds(first.Refresh) {
		t.Error("the old one is still used")
	}
}

func TestAStoreThatFails(t *testing.T) {
	p := oidctest.Start(t, oidctest.Options{EC: true})
	s := newMemory()
	k := newKeeper(t, p, s)
	first := signIn(t, p, k.Client(), "alice")
	locked := errors.New("locked")
	s.breakWith(locked)
	wantKind(t, k.SignedIn(t.Context(), first), NoStore)
	_, err := k.Token(t.Context(), "")
	wantKind(t, err, NoStore)
	if st := k.State(t.Context()); st.SignedIn || KindOf(st.Err) != NoStore {
		t.Errorf("%+v", st)
	}
	s.breakWith(nil)
	if err := k.SignedIn(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	// It fails when a rotated token is to be stored: the token is used all the same, and stored as soon as it can be.
	s.breakWith(locked)
	k.later(2 * time.Hour)
	second := token(t, k, "")
	if st := k.State(t.Context()); !st.SignedIn || KindOf(st.Err) != NoStore {
		t.Errorf("%+v", st)
	}
	s.breakWith(nil)
	if second == first.Bearer || !s.holds(first.Refresh) {
		t.Error("the store was not broken")
	}
	if err := k.Close(); err != nil {
		t.Fatal(err)
	}
	heir := newKeeper(t, p, s)
	if token(t, heir, "") == "" {
		t.Error("the rotated token was lost")
	}
}

func TestSignOut(t *testing.T) {
	p := oidctest.Start(t, oidctest.Options{EC: true})
	s := newMemory()
	k := newKeeper(t, p, s)
	first := signIn(t, p, k.Client(), "alice")
	if err := k.SignedIn(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	other := newKeeper(t, p, s) // has not read the store yet
	if err := other.SignOut(t.Context()); err != nil {
		t.Error(err)
	}
	if s.holds(first.Refresh) {
		t.Error("the store still holds the token")
	}
	if _, err := other.Client().Refresh(t.Context(), first.Refresh, ""); KindOf(err) != Needed {
		t.Errorf("the provider still takes the token: %v", err)
	}
	_, err := other.Token(t.Context(), "")
	wantKind(t, err, Needed)
	if err := k.SignOut(t.Context()); err != nil { // twice does no harm
		t.Error(err)
	}
}

// Somebody signs out, or in anew, while a refresh is under way: its outcome is void.
func TestARefreshThatIsOvertaken(t *testing.T) {
	p := oidctest.Start(t, oidctest.Options{EC: true})
	s := newMemory()
	c, w := newClient(t, config(p))
	k := NewKeeper(c, s, account)
	defer k.Close()
	if err := k.SignedIn(t.Context(), signIn(t, p, c, "alice")); err != nil {
		t.Fatal(err)
	}
	bob := signIn(t, p, c, "bob")
	k.later(2 * time.Hour)
	asked, goOn := make(chan struct{}), make(chan struct{})
	var once sync.Once
	w.hold(func() {
		once.Do(func() {
			close(asked)
			<-goOn
		})
	})
	got := make(chan string, 1)
	go func() {
		bearer, err := k.Token(t.Context(), "")
		if err != nil {
			t.Error(err)
		}
		got <- bearer
	}()
	<-asked
	bob.From = k.now()
	if err := k.SignedIn(t.Context(), bob); err != nil {
		t.Fatal(err)
	}
	close(goOn)
	if bearer := <-got; bearer != bob.Bearer {
		t.Error("the token of the sign-in before came back")
	}
	if !s.holds(bob.Refresh) {
		t.Error("the store holds another's token")
	}
}

func TestWaitingForATokenCanBeEnded(t *testing.T) {
	p := oidctest.Start(t, oidctest.Options{EC: true})
	c, w := newClient(t, config(p))
	k := NewKeeper(c, newMemory(), account)
	if err := k.SignedIn(t.Context(), signIn(t, p, c, "alice")); err != nil {
		t.Fatal(err)
	}
	k.later(2 * time.Hour)
	asked, goOn := make(chan struct{}), make(chan struct{})
	w.hold(func() {
		close(asked)
		<-goOn
	})
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-asked
		cancel()
	}()
	if _, err := k.Token(ctx, ""); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	close(goOn)
	if err := k.Close(); err != nil { // the refresh under way ends by itself, and is stored
		t.Error(err)
	}
	if _, err := k.Token(t.Context(), ""); err != nil && !errors.Is(err, context.Canceled) {
		t.Errorf("after Close: %v", err)
	}
}

func TestErrorsHoldNoSecret(t *testing.T) {
	err := callError(t.Context(), "refresh", errors.New("Get https://login.example.org/x?code=SECRET: SECRET"))
	if strings.Contains(err.Error(), "SECRET") {
		t.Error(err)
	}
}
