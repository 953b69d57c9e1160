//go:build !linux

package keychain

// realEnv is not used here.
const realEnv = "LONGSHORE_KEYCHAIN_TEST_REAL"
