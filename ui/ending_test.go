package ui

import (
	"testing"

	"fyne.io/fyne/v2/test"
)

// The toolkit waits for its hook at the end, and now and then for ever: none may be left to it, and what it was to do
// is not forgotten.
func TestTheToolkitHasNothingToWaitForAtTheEnd(t *testing.T) {
	a := test.NewTempApp(t)
	l := a.Lifecycle().(interface {
		OnStopped() func()
		SetOnStoppedHookExecuted(f func())
	})
	saved := 0
	l.SetOnStoppedHookExecuted(func() { saved++ })
	last := unhooked(a)
	if l.OnStopped() != nil {
		t.Error("the toolkit still has a hook")
	}
	last()
	if saved != 1 {
		t.Errorf("the hook ran %d times", saved)
	}
	unhooked(a)() // without a hook there is nothing to do
}
