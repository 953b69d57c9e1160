package app

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"longshore/uploader"
)

// StepName names a step of the way to a vault.
type StepName string

// The steps, in the order in which they are tried.
const (
	StepFound   StepName = "name"    // its name is found
	StepReach   StepName = "reach"   // something answers at its address
	StepTrust   StepName = "trust"   // and proves to be who it should be
	StepClock   StepName = "clock"   // its clock and ours agree
	StepVault   StepName = "vault"   // it is a Longshore vault, the one that was agreed to
	StepSignIn  StepName = "sign-in" // it takes our sign-in
	StepStorage StepName = "storage" // the places where the bytes go answer
)

// StepNames are all of them.
func StepNames() []StepName {
	return []StepName{StepFound, StepReach, StepTrust, StepClock, StepVault, StepSignIn, StepStorage}
}

// StepResult is how a step went.
type StepResult string

// The results of a step.
const (
	StepRunning  StepResult = "running" // while the test goes on
	StepOK       StepResult = "ok"
	StepFailed   StepResult = "failed"
	StepSkipped  StepResult = "skipped"  // not come to: a step before failed
	StepNeedless StepResult = "needless" // there is nothing to try
)

// Step is how one step of a test went.
type Step struct {
	Name   StepName   `json:"step"`
	Result StepResult `json:"result"`
	// Of a step that failed: what it is, and what to do (see Problem).
	Code   uploader.Code `json:"code,omitempty"`
	Key    string        `json:"key,omitempty"`
	Args   []string      `json:"args,omitempty"`
	Detail string        `json:"detail,omitempty"`
}

// Problem is what failed and what to do.
func (s Step) Problem() Problem {
	p := Problem{Code: s.Code, Key: s.Key, Args: s.Args, Detail: s.Detail, Sentence: s.Code.Sentence()}
	if s.Key != "" {
		p.Sentence = say(s.Key, s.Args...).String()
	}
	return p
}

// VaultTest says what is tried: a vault that is set up, or one that is described.
type VaultTest struct {
	Vault uploader.VaultID
	Spec  VaultSpec // without Vault
}

const (
	trialTime = 45 * time.Second // for all steps
	tryTime   = 15 * time.Second // for one
	// clockLeeway is how far two clocks may differ without harm: tokens and certificates allow for some minutes.
	clockLeeway = 2 * time.Minute
)

// TestVault implements Session.
func (l *local) TestVault(ctx context.Context, t VaultTest, told func(Step)) ([]Step, error) {
	ctx, cancel := context.WithTimeout(ctx, trialTime)
	defer cancel()
	v, pins, err := l.tested(ctx, t)
	if err != nil {
		return nil, err
	}
	link, err := l.connector.dial(v)
	if err != nil {
		return nil, err
	}
	defer link.closeIdle()
	r := trial{
		vault: v, known: t.Vault != "", pins: pins, link: link, token: l.accounts.source(v), now: time.Now,
		proxies: l.accounts.proxies, tells: teller{told: told},
	}
	r.run(ctx)
	if err := context.Cause(ctx); err != nil && len(r.steps) == 0 {
		return nil, err
	}
	return r.all(), nil
}

// tested finds the vault that is meant. One that is set up is held to what was agreed.
func (l *local) tested(ctx context.Context, t VaultTest) (uploader.Vault, *Pins, error) {
	if t.Vault == "" {
		v, _, err := l.resolve(ctx, t.Spec)
		return v, t.Spec.Pins, err
	}
	v, err := l.vaultOf(ctx, t.Vault)
	return v, nil, err
}

// trial is one test under way.
type trial struct {
	vault uploader.Vault
	known bool
	pins  *Pins
	link  *link
	token tokenSource // of a vault one signs in to in the browser
	now   func() time.Time
	steps []Step

	proxies *proxies
	tells   teller
}

// teller says how far a test has come.
type teller struct {
	mu   sync.Mutex // net/http's goroutines tell, too
	told func(Step) // nil: nobody listens
	way  bool       // the first request is on its way; what net/http tells later counts no more
}

func (t *teller) tell(steps ...Step) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, s := range steps {
		if t.told != nil {
			t.told(s)
		}
	}
}

func (t *teller) underWay(yes bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.way = yes
}

// came tells that the first request has passed a step and begun the next one. What its outcome says of them counts.
func (t *teller) came(passed, begun StepName) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.way && t.told != nil {
		t.told(Step{Name: passed, Result: StepOK})
		t.told(Step{Name: begun, Result: StepRunning})
	}
}

// all are the steps, with those that were not come to.
func (t *trial) all() []Step {
	for _, n := range StepNames() {
		if !slices.ContainsFunc(t.steps, func(s Step) bool { return s.Name == n }) {
			t.steps = append(t.steps, Step{Name: n, Result: StepSkipped})
		}
	}
	slices.SortStableFunc(t.steps, func(a, b Step) int {
		return slices.Index(StepNames(), a.Name) - slices.Index(StepNames(), b.Name)
	})
	return t.steps
}

func (t *trial) pass(names ...StepName) {
	for _, n := range names {
		t.done(Step{Name: n, Result: StepOK})
	}
}

func (t *trial) spare(n StepName) { t.done(Step{Name: n, Result: StepNeedless}) }

func (t *trial) begin(n StepName) { t.tells.tell(Step{Name: n, Result: StepRunning}) }

func (t *trial) done(s Step) {
	t.steps = append(t.steps, s)
	t.tells.tell(s)
}

func (t *trial) fail(n StepName, err error) {
	p := Explain(err)
	t.done(Step{Name: n, Result: StepFailed, Code: p.Code, Key: p.Key, Args: p.Args, Detail: p.Detail})
}

// run tries the steps. Those that rest on a failed one are left out; the clock is looked at whenever it is told.
func (t *trial) run(ctx context.Context) {
	t.begin(StepFound)
	t.tells.underWay(true)
	found := t.knock(t.watched(ctx), t.link.control, http.MethodGet, t.vault.SignerURL+"/v1/capabilities")
	t.tells.underWay(false)
	t.clock(found)
	if !t.road(found) {
		return
	}
	t.begin(StepVault)
	caps, err := t.link.signer.Capabilities(ctx)
	if err == nil {
		err = t.agreed(caps)
	}
	if err != nil {
		t.fail(StepVault, err)
		return
	}
	t.pass(StepVault)
	t.begin(StepSignIn)
	t.signIn(ctx, caps)
	t.begin(StepStorage)
	t.storage(ctx, caps)
}

// road tells of the steps up to the vault's first answer, and whether it came from something like a vault.
func (t *trial) road(k knocked) bool {
	way := []StepName{StepFound, StepReach, StepTrust}
	if strings.HasPrefix(t.vault.SignerURL, "http:") { // on this computer, where nobody is in between
		way = way[:2]
		t.spare(StepTrust)
	}
	at, err := t.trouble(k)
	if at == StepVault { // something answered, and it is not the vault
		t.pass(way...)
		t.fail(StepVault, err)
		return false
	}
	for _, n := range way {
		if n == at {
			t.fail(n, err)
			return false
		}
		t.pass(n)
	}
	return true
}

// clock compares ours with the one that answered.
func (t *trial) clock(k knocked) {
	if k.date.IsZero() {
		return
	}
	ahead := t.now().Sub(k.date)
	minutes := strconv.Itoa(int(ahead.Abs().Round(time.Minute).Minutes()))
	switch {
	case ahead > clockLeeway:
		t.fail(StepClock, fail("test", uploader.CodeClockSkew, say("test-clock-ahead", "minutes", minutes), nil))
	case ahead < -clockLeeway:
		t.fail(StepClock, fail("test", uploader.CodeClockSkew, say("test-clock-behind", "minutes", minutes), nil))
	default:
		t.pass(StepClock)
	}
}

// agreed holds what the vault says of itself against what the user agreed to.
func (t *trial) agreed(caps uploader.Capabilities) error {
	if err := t.pins.check(caps); err != nil || !t.known {
		return err
	}
	switch v := t.vault; {
	case v.Kind == uploader.KindSigner && caps.Kind != v.Kind:
		return fail("test", uploader.CodeWrongDest, say("companion-instead"), nil)
	case !slices.Equal(sorted(v.DataOrigins), sorted(caps.DataOrigins)):
		return fail("test", uploader.CodeWrongDest,
			say("bytes-moved", "place", hosts(caps.DataOrigins), "before", hosts(v.DataOrigins)), nil)
	}
	return sameSignIn(&t.vault, VaultSpec{}, caps)
}

// signIn asks whether the vault takes who we are.
func (t *trial) signIn(ctx context.Context, caps uploader.Capabilities) {
	v := t.vault
	inBrowser := caps.SignIn == uploader.SignInOIDC && v.TokenFile == ""
	if caps.SignIn == uploader.SignInNone || inBrowser && !t.known { // one signs in when it is set up
		t.spare(StepSignIn)
		return
	}
	if inBrowser && v.Account == "" {
		t.fail(StepSignIn, fail("sign-in", uploader.CodeUnauthorized, say("sign-in-needed"), nil))
		return
	}
	var err error
	over := "test-token-over"
	if inBrowser {
		over = "test-sign-in-over"
		_, err = t.token(ctx, "") // whoever is asked for it says best why there is none
	}
	if err == nil {
		err = checkCaller(ctx, t.link, v, caps)
	}
	if err == nil && inBrowser {
		err = t.link.signer.CheckSignIn(ctx)
	}
	switch {
	case err == nil:
		t.pass(StepSignIn)
		return
	case uploader.CodeOf(err) == uploader.CodeUnauthorized && (inBrowser || v.TokenFile != ""):
		err = fail("sign-in", uploader.CodeUnauthorized, say(over), err)
	}
	t.fail(StepSignIn, err)
}

// storage knocks at each place where the bytes go, the way they would go. Whatever it answers, it is there: it does not
// know us without a signed address.
func (t *trial) storage(ctx context.Context, caps uploader.Capabilities) {
	for _, origin := range caps.DataOrigins {
		k := t.knock(ctx, t.link.large, http.MethodHead, origin+"/")
		if at, err := t.trouble(k); err != nil && (at != StepVault || k.status == http.StatusNetworkAuthenticationRequired) {
			t.fail(StepStorage, err)
			return
		}
	}
	if len(caps.DataOrigins) == 0 {
		t.fail(StepStorage, uploader.E("test", uploader.CodeBadResponse, fmt.Errorf("no data origins")))
		return
	}
	t.pass(StepStorage)
}

// TestVault implements Session.
func (c *client) TestVault(ctx context.Context, t VaultTest, told func(Step)) ([]Step, error) {
	var err error
	if t.Spec, err = absoluteSpec(t.Spec); err != nil {
		return nil, err
	}
	steps, err := call[VaultTest, []Step](ctx, c, routeTest, t)
	if told != nil {
		for _, s := range steps {
			told(s)
		}
	}
	return steps, err
}

// TestVault implements Session.
func (l *looker) TestVault(context.Context, VaultTest, func(Step)) ([]Step, error) {
	return nil, asError(errLooking)
}
