//go:build !failpoints || !unix

package app

import (
	"testing"

	"longshore/store"
)

// TestAnOrdinaryBuildHasNoFailPoints: nothing stands between the engine and its seams, so fail points cost nothing.
// (That the program does not hold their variable's name either, e2e looks for in the built one.)
func TestAnOrdinaryBuildHasNoFailPoints(t *testing.T) {
	db, c := &store.DB{}, newConnector("test", newAccounts(nil))
	if failJournal(db) != db || failConnector(c) != c {
		t.Error("something stands between the engine and its seams")
	}
	if n := testing.AllocsPerRun(100, func() { _, _ = failJournal(db), failConnector(c) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
