package ui

import (
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"longshore/uploader"
)

// What is typed counts when the field is left or at Enter; what is wrong is said below the field and changes nothing.
func TestSettingsChangeTheBandwidth(t *testing.T) {
	r := open(t, newFake(fakeVault), Options{})
	r.Settings()
	type entry interface { // *widget.Entry, or one that is made of it; a button has no shortcuts
		fyne.Focusable
		fyne.Shortcutable
		SetText(text string)
	}
	entries := func() (found []entry) {
		for _, o := range test.LaidOutObjects(r.win.Canvas().Overlays().Top()) {
			if e, ok := o.(entry); ok {
				found = append(found, e)
			}
		}
		return found
	}
	r.until("the fields are shown", func() bool { return len(entries()) >= 7 }) // the vault's name; address, token, certificate, proxy; limit, timetable
	limit, table := entries()[len(entries())-2], entries()[len(entries())-1]
	bandwidth := func() uploader.Bandwidth {
		b, _ := r.fake.Bandwidth(t.Context())
		return b
	}
	limit.SetText("5MB/s")
	limit.FocusLost()
	r.until("the limit holds", func() bool { return bandwidth().Limit == 5e6 })
	table.SetText("weekdays 8-18")
	table.FocusLost()
	says := func(text string) bool {
		for _, o := range test.LaidOutObjects(r.win.Canvas().Overlays().Top()) {
			if l, ok := o.(*widget.RichText); ok && strings.Contains(l.String(), text) {
				return true
			}
		}
		return false
	}
	r.until("it says what is wrong", func() bool { return says("“weekdays 8-18” has no speed") })
	limit.SetText("pause")
	table.SetText("weekdays 8-18: no limit")
	table.FocusLost()
	r.until("both hold", func() bool {
		b := bandwidth()
		return b.Limit == uploader.Halt && b.Timetable.String() == "weekdays 8-18: no limit" && !says("has no speed")
	})
	limit.SetText("")
	limit.FocusLost()
	r.until("no limit holds", func() bool { return bandwidth().Limit == uploader.NoLimit })
}
