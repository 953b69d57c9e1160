package uploader

import (
	"cmp"
	"slices"
)

// cut divides what is to be listed into pages. The vault has looked at none of them, but those that it was asked about
// early. What fits into one call has no pages.
func (m *manifest) cut() {
	m.cuts++
	m.pages, m.starts, m.todo = nil, nil, nil
	if len(m.objects) <= m.page {
		return
	}
	slices.SortFunc(m.early, func(a, b earlyPage) int { return cmp.Compare(a.first, b.first) })
	for at := 0; at < len(m.objects); {
		if p, ok := m.known(at); ok {
			m.starts, m.pages = append(m.starts, at), append(m.pages, p.token)
			at += p.count
			continue
		}
		end := at + 1
		for end < len(m.objects) {
			if _, ok := m.known(end); ok {
				break
			}
			end++
		}
		m.split(at, end)
		at = end
	}
}

// split makes pages of what the vault has not looked at: as few as there can be, but enough that the calls which may be
// under way at once share it.
func (m *manifest) split(at, end int) {
	n := max(manifestCalls, (end-at+m.page-1)/m.page)
	if end-at < manifestCalls*16 { // not worth a call each
		n = (end - at + m.page - 1) / m.page
	}
	size := (end - at + n - 1) / n
	for ; at < end; at += size {
		m.todo = append(m.todo, len(m.pages))
		m.starts, m.pages = append(m.starts, at), append(m.pages, "")
	}
}

// of gives the objects of a page.
func (m *manifest) of(page int) []BatchObject {
	end := len(m.objects)
	if page+1 < len(m.starts) {
		end = m.starts[page+1]
	}
	return m.objects[m.starts[page]:end]
}

// looked tells whether the vault has looked at any page, and whether at all of them.
func (m *manifest) looked() (some, all bool) {
	all = true
	for _, token := range m.pages {
		some, all = some || token != "", all && token != ""
	}
	return some, all
}
