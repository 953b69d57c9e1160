// Package store keeps Longshore's journal, history and settings in one bbolt file, so that they survive kills, power
// cuts, full disks and damaged pages. It implements uploader.Journal (DESIGN §5; docs/journal.md describes the file).
//
// It must not know what the records mean to the engine, how anything is uploaded, or that there is a window: it stores
// what it is told, checks revisions, keeps its indexes right and says in codes what went wrong. Nobody else imports
// bbolt, and no byte slice of bbolt leaves a transaction.
//
// A program that opens a store must begin its main with
//
//	if store.IsCheckChild() {
//		os.Exit(store.CheckMain())
//	}
//
// because after an unclean exit the file is checked by a second process of the same program: bbolt can die on a
// damaged page in a way Go cannot catch.
package store
