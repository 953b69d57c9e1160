// Package queue draws the queue: the header with its totals, the list of what was dropped, the large drop target when
// there is nothing, the filters, the strip for notices, the line that says where files go.
//
// It must not know where snapshots come from, how an action is carried out or which goroutine does it: it is given
// snapshots and reports what the user asks for through Actions. Indices of rows never leave it; rows are known by
// id.
package queue

import "longshore/uploader"

// Actions is what a user can ask for here. Every method returns at once; it is called on the UI goroutine.
type Actions interface {
	BrowseFiles()
	BrowseFolder()
	Settings()
	// History shows what was stored.
	History()
	// Shortcuts shows what each key does.
	Shortcuts()
	// Do has no answer: what became of it is in a later snapshot.
	Do(verb uploader.Verb, target uploader.Target)
	// Remove takes entries off the list, and single files off theirs, after one question if something unfinished would be
	// lost. rows are what the target names, as it is shown.
	Remove(rows []*uploader.EntryRow, t uploader.Target)
	// CopyReceipt copies the receipts of what is stored of a target.
	CopyReceipt(t uploader.Target)
	// Details shows all that is known of an entry, or of a file of one.
	Details(e *uploader.EntryRow)
	// ShowInFolder shows it where it lies.
	ShowInFolder(e *uploader.EntryRow)
	// Aside runs work off the UI goroutine, and what it returns on it, soon.
	Aside(work func() (then func()))
	// ChooseVault makes new files go to another vault.
	ChooseVault(id uploader.VaultID)
	// SignInTo lets the user sign in to a vault.
	SignInTo(id uploader.VaultID)
	// AskProxy lets the user give the proxy that holds up the queue a name and a password.
	AskProxy()
}
