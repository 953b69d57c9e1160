package ui

import (
	"os"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"longshore/ui/settings"
	"longshore/ui/words"
)

func TestTheTextSizeCountsAtOnceAndIsRemembered(t *testing.T) {
	t.Setenv(scaleVariable, "2") // the person's own, for all programs of the toolkit
	q := newFake(fakeVault)
	q.rows = sceneMixed()
	r := open(t, q, Options{})
	r.ownScale = ownScale(r.app)
	r.win.Resize(fyne.NewSize(1200, 900))
	r.Settings()
	for _, o := range r.objects() {
		if s, ok := o.(*widget.Select); ok && s.Selected == "100 %" {
			s.SetSelected("150 %")
		}
	}
	r.until("the toolkit's scale is another", func() bool { return os.Getenv(scaleVariable) == "3" })
	if got := r.win.Canvas().Size(); got != fyne.NewSize(800, 600) {
		t.Errorf("the window is %v in the toolkit's units, and so another on the screen", got)
	}
	if chosenTextSize(r.app) != 150 {
		t.Errorf("remembered are %d %%", chosenTextSize(r.app))
	}
	r.SetTextSize(100)
	r.until("it is as before", func() bool { return os.Getenv(scaleVariable) == "2" })
}

func TestAStrangeTextSizeIsTheUsualOne(t *testing.T) {
	t.Setenv(scaleVariable, "")
	a := test.NewTempApp(t)
	a.Preferences().SetInt(preferredTextSize, 5000)
	if got := chosenTextSize(a); got != 100 || ownScale(a) != 1 {
		t.Errorf("%d %% of %v", got, ownScale(a))
	}
	scaleTo(1, 100)
	if v, ok := os.LookupEnv(scaleVariable); ok {
		t.Errorf("the toolkit's own reckoning is overruled by %q", v)
	}
}

// At every size that can be chosen, a window on a small laptop's screen holds every page, in every language.
func TestPagesHoldAtEveryTextSize(t *testing.T) {
	for page, p := range pages {
		for _, l := range words.Languages() {
			t.Run(page+"/"+l.Name, func(t *testing.T) {
				r := open(t, p.queue(), Options{})
				r.speak(words.New(l.Language, ""))
				for _, percent := range settings.TextSizes() {
					if percent < 150 { // TestEveryLanguageFits looks at larger windows
						continue
					}
					size := fyne.NewSize(1280*100/float32(percent), 800*100/float32(percent))
					if least := r.win.Canvas().Content().MinSize(); least.Width > size.Width || least.Height > size.Height {
						t.Errorf("at %d %%: needs %v, and there are %v", percent, least, size)
					}
					r.win.Resize(size)
					p.then(r)
					r.fits(page, false)
					if r.dialog != nil {
						r.dialog.Hide()
					}
				}
			})
		}
	}
}
