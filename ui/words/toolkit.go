package words

// Toolkit gives the toolkit's own texts by its names for them.
func (b *Book) Toolkit() map[string]string {
	return map[string]string{
		"Cut":               b.Say(ToolkitCut),
		"Copy":              b.Say(ToolkitCopy),
		"Paste":             b.Say(ToolkitPaste),
		"Select all":        b.Say(ToolkitSelectAll),
		"Undo":              b.Say(ToolkitUndo),
		"Redo":              b.Say(ToolkitRedo),
		"OK":                b.Say(ToolkitOk),
		"Cancel":            b.Say(ToolkitCancel),
		"Yes":               b.Say(ToolkitYes),
		"No":                b.Say(ToolkitNo),
		"Confirm":           b.Say(ToolkitConfirm),
		"Error":             b.Say(ToolkitError),
		"Quit":              b.Say(ToolkitQuit),
		"Open":              b.Say(ToolkitOpen),
		"Save":              b.Say(ToolkitSave),
		"File":              b.Say(ToolkitFile),
		"Folder":            b.Say(ToolkitFolder),
		"New Folder":        b.Say(ToolkitNewFolder),
		"Create Folder":     b.Say(ToolkitCreateFolder),
		"Favourites":        b.Say(ToolkitFavourites),
		"Advanced":          b.Say(ToolkitAdvanced),
		"Show Hidden Files": b.Say(ToolkitHiddenFiles),
		"Enter filename":    b.Say(ToolkitEnterName),
		"file.name":         b.Say(ToolkitName),
		"file.parent":       b.Say(ToolkitParent),
	}
}
