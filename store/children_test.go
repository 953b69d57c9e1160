package store

// testChildEnv names the test child a process is to be.
const testChildEnv = "LONGSHORE_STORE_TEST_CHILD"

var testChildren = map[string]func(args []string) int{}
