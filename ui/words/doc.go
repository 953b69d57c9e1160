// Package words holds everything the window says: fixed sentences, and the forms of sizes, speeds, times and states.
// It is the one place a translation replaces; the sentences of failures come from uploader.Code.
//
// It must not know how anything is drawn: it imports no Fyne.
package words
