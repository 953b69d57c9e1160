//go:build !windows

package app

const notifyByDefault = true
