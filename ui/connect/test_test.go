package connect

import (
	"strings"
	"testing"

	"longshore/ui/words"
	"longshore/uploader"
)

// Every step is shown from the beginning, and how it goes while it is tried; what is told late changes nothing.
func TestStepsAreShownWhileTheyAreTried(t *testing.T) {
	f, s, _ := flow(t)
	f.address.SetText("https://vault.example.org")
	f.test.Run()
	shown := func(what words.Key) int { return strings.Count(texts(f.test.Box), en.Say(what)) }
	for _, name := range Steps() {
		if shown(name) != 1 {
			t.Errorf("%s is not shown at the beginning", name)
		}
	}
	if shown(words.TrialRunning) != 0 || shown(words.TrialBusy) != 1 {
		t.Errorf("before the first step:\n%s", texts(f.test.Box))
	}
	s.told[0](Step{Name: words.TrialName, Result: Running})
	if shown(words.TrialRunning) != 1 {
		t.Error("the step that is tried has no mark")
	}
	s.told[0](Step{Name: words.TrialName, Result: Passed})
	s.told[0](Step{Name: words.TrialReach, Result: Failed, Problem: words.Problem{Code: uploader.CodeProxySignIn}})
	if shown(words.TrialRunning) != 0 || !strings.Contains(texts(f.test.Box), en.Sentence(uploader.CodeProxySignIn)) {
		t.Errorf("after two steps:\n%s", texts(f.test.Box))
	}
	s.steps[0]([]Step{{Name: words.TrialName, Result: Passed}}, nil)
	before := texts(f.test.Box)
	s.told[0](Step{Name: words.TrialName, Result: Running})
	if after := texts(f.test.Box); after != before || shown(words.TrialGood) != 1 {
		t.Errorf("what is told late is shown:\n%s", after)
	}
}

// What most people need not fill in is out of the way until it may be what mends a failure.
func TestTheFirstPageAsksForTheAddressAlone(t *testing.T) {
	f, _, _ := flow(t)
	if f.more.Visible() {
		t.Error("it asks for more than the address")
	}
	f.Fail(errNoKeychain)
	if !f.more.Visible() {
		t.Error("what may mend a failure is hidden")
	}
	f.proxy.SetText(" http://proxy.example.org:3128 ")
	if got := f.Entered().Proxy; got != "http://proxy.example.org:3128" {
		t.Errorf("the proxy is %q", got)
	}
}
