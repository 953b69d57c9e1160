// Package queue draws the queue: the header with its totals, the list of what was dropped, the large drop target when
// there is nothing, the strip for notices, the line that says where files go.
//
// It must not know where snapshots come from, how an action is carried out or which goroutine does it: it is given
// snapshots and reports what the user asks for through Actions. Indices of rows never leave it; rows are known by
// EntryID.
package queue

import "longshore/uploader"

// Actions is what a user can ask for here. Every method returns at once; it is called on the UI goroutine.
type Actions interface {
	BrowseFiles()
	BrowseFolder()
	Settings()
	// Do has no answer: what became of it is in a later snapshot.
	Do(verb uploader.Verb, target uploader.Target)
	// Remove takes an entry off the list, after a question if something unfinished would be lost.
	Remove(e *uploader.EntryRow)
	Details(e *uploader.EntryRow)
	// ChooseVault makes new files go to another vault.
	ChooseVault(id uploader.VaultID)
	// SignInTo lets the user sign in to a vault.
	SignInTo(id uploader.VaultID)
}
