package words

import "longshore/uploader"

// Title is what an entry's row is called: a study by what it is, "MR, 20 November 2026, 5,000 files", since its folder may
// be called as the patient is; all else by its name.
func (b *Book) Title(e *uploader.EntryRow) string {
	if e.Study == "" {
		return Name(e.Name)
	}
	return join(b.Study(e.Study), b.Files(e.Files))
}

// Study says what a study's images are, and of which day: "MR, 20 November 2026"; "" for none.
func (b *Book) Study(s uploader.Study) string {
	if s == "" {
		return ""
	}
	kind := Name(s.Modality())
	if kind == "" {
		kind = b.Say(StudyImages)
	}
	if day := s.Date(); !day.IsZero() {
		return join(kind, b.Day(day))
	}
	return kind
}
