// Package bus connects to the message buses (D-Bus) of a Linux desktop and its kin, without ever starting one: a bus
// that a program starts outlives it, and nobody else is on it.
//
// It must not know what is said over a bus. On other systems it is empty.
package bus
