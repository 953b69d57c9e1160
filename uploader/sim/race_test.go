//go:build race

package sim

// raceDetector tells how the tests were built.
const raceDetector = true
