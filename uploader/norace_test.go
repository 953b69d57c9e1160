//go:build !race

package uploader_test

// cutStride: answers are cut at every byte.
const cutStride = 1
