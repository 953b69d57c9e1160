//go:build !linux

package keychain

import (
	"os"
	"testing"
)

// realEnv makes the test program use the keychain of whoever runs it (make wine), under a name of its own.
const realEnv = "LONGSHORE_KEYCHAIN_TEST_REAL"

func TestTheSystemsKeychain(t *testing.T) {
	if os.Getenv(realEnv) == "" {
		t.Skip("it would write into this user's own keychain; set " + realEnv + "=1 to let it")
	}
	keeps(t, NewSystem("Longshore test"), "account")
}
