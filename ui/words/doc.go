// Package words holds everything the window says, in every language it speaks: sentences by key, the sentences of
// failures by code, and the forms of sizes, speeds, times, dates and states. The sentences themselves are data
// (assets/translations); docs/translating.md says how to add one, or a language.
//
// It must not know how anything is drawn: it imports no Fyne. That is also why it does not use Fyne's lang package:
// there the language is that of the system's locale, with no way to set another one, let alone while the window is
// open; it belongs to the whole process; a missing key is only logged; and every call parses a template and takes a
// lock, where a queue says thousands of sentences a minute. A Book is a value that is handed to whoever draws: two can
// be used side by side, as tests do, and to switch the language is to draw with another one.
package words
