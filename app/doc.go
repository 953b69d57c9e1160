// Package app is the composition root: it opens a state folder and puts journal, engine, source and signers together
// into a Session, which a window or a command line shows. One process owns a state folder; in every other process of
// the user, Open returns a Session that hands its requests to the owner (DESIGN §2, §5).
//
// It must not know Fyne, nor how a session is shown: no words for a screen but one sentence per error. What the queue
// does is the engine's, what is written is the store's.
package app
