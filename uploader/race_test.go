//go:build race

package uploader_test

// cutStride: with the race detector on, answers are cut at every eleventh byte; make sim cuts them at every one.
const cutStride = 11
