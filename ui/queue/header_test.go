package queue

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	base "fyne.io/fyne/v2/theme"

	"longshore/ui/theme"
	"longshore/ui/widgets"
	"longshore/uploader"
)

// A rate that breathes by a half must not make the time left jump: it may grow by a few seconds, never by much, and must
// come out right.
func TestTimeLeftDoesNotJump(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var p pace
	now, remaining := time.Unix(1_800_000_000, 0), 6e9
	last, ups, steps := time.Duration(0), 0, 0
	for remaining > 0 {
		rate := 10e6 * (1 + 0.5*math.Sin(float64(steps)/9)) * (0.8 + 0.4*r.Float64())
		got := p.next(now, int64(remaining), rate)
		if steps > 10 { // it is not young any more
			if got > last {
				ups++
			}
			if diff := (got - last).Abs(); diff > last/6+2*time.Second {
				t.Fatalf("after %d s it jumps from %v to %v", steps/2, last, got)
			}
		}
		if true10 := time.Duration(remaining / 10e6 * 1e9); steps > 10 && true10 > time.Minute && (got < true10*2/3 || got > true10*3/2) {
			t.Fatalf("after %d s it says %v, and it will be about %v", steps/2, got, true10)
		}
		last, steps = got, steps+1
		remaining -= rate / 2
		now = now.Add(500 * time.Millisecond)
	}
	if ups > steps/40 {
		t.Errorf("it went up %d times in %d", ups, steps)
	}
}

// A line that becomes ten times faster at once, or slower, is followed in steps that one can read.
func TestTimeLeftGlides(t *testing.T) {
	for _, rate := range []float64{1e6, 100e6} {
		var p pace
		now, remaining := time.Unix(1_800_000_000, 0), 6e9
		last := p.next(now, int64(remaining), 10e6)
		for range 12 {
			now, remaining = now.Add(500*time.Millisecond), remaining-5e6
			last = p.next(now, int64(remaining), 10e6)
		}
		for range 60 {
			now, remaining = now.Add(500*time.Millisecond), remaining-rate/2
			got := p.next(now, int64(remaining), rate)
			if diff := (got - last).Abs(); diff > last/6+time.Second {
				t.Fatalf("at %v bytes a second it jumps from %v to %v", rate, last, got)
			}
			last = got
		}
		want := time.Duration(remaining / rate * 1e9)
		if rate > 10e6 && last > 3*want || rate < 10e6 && last < want/5 {
			t.Errorf("after half a minute at %v it says %v, and %v would be true", rate, last, want)
		}
	}
}

// A few small files go first and slowly; the large one after them must not have their pace for minutes.
func TestTimeLeftForgetsAFirstRate(t *testing.T) {
	var p pace
	now, remaining, got := time.Unix(1_800_000_000, 0), 6e9, time.Duration(0)
	for i := range 12 {
		rate := 200e6
		if i < 3 {
			rate = 1e6
		}
		remaining -= rate / 2
		now = now.Add(500 * time.Millisecond)
		got = p.next(now, int64(remaining), rate)
	}
	if want := time.Duration(remaining / 200e6 * 1e9); got > want*3/2 || got < want*2/3 {
		t.Errorf("it says %v, and %v would be true", got, want)
	}
}

func TestTimeLeftFollowsWhatIsTrue(t *testing.T) {
	var p pace
	now := time.Unix(1_800_000_000, 0)
	if got := p.next(now, 100e6, 10e6); got != 10*time.Second {
		t.Errorf("at first %v", got)
	}
	now = now.Add(time.Second)
	if got := p.next(now, 990e6, 10e6); got != 99*time.Second {
		t.Errorf("when more was added %v", got)
	}
	remaining := 990e6
	for range 200 { // the line has become slow for good
		now = now.Add(time.Second)
		remaining -= 1e6
		p.next(now, int64(remaining), 1e6)
	}
	want := time.Duration(remaining / 1e6 * 1e9)
	if got := p.next(now.Add(time.Second), int64(remaining)-1e6, 1e6); got < want*85/100 || got > want*115/100 {
		t.Errorf("on a line that has become slow %v, want about %v", got, want)
	}
	if got := p.next(now, 1e6, 0); got != 0 {
		t.Errorf("when nothing moves %v", got)
	}
}

func TestGraphDrawsSeldom(t *testing.T) {
	test.NewTempApp(t).Settings().SetTheme(theme.New(theme.System))
	g := newGraph(func(float64) {})
	now := time.Unix(1_800_000_000, 0)
	g.add(now, 0)
	if g.Visible() {
		t.Error("a graph of nothing is shown")
	}
	for range 600 { // a minute of ten snapshots a second
		now = now.Add(100 * time.Millisecond)
		g.add(now, 5e6)
	}
	if g.drawn > 31 || g.drawn < 29 || !g.Visible() {
		t.Errorf("drawn %d times in a minute", g.drawn)
	}
	now = now.Add(20 * time.Second) // hidden
	g.add(now, 7e6)
	if g.samples[graphSamples-5] != unmeasured || g.samples[graphSamples-1] != 7e6 || g.samples[graphSamples-11] != 5e6 {
		t.Errorf("the gap: %v", g.samples[graphSamples-12:])
	}
	img := g.draw(180, 36)
	painted := func(x int) (n int) {
		for y := range 36 {
			if _, _, _, a := img.At(x, y).RGBA(); a != 0 {
				n++
			}
		}
		return n
	}
	if last, before, gap, old := painted(179), painted(150), painted(168), painted(10); last < 22 || last > 30 || before < 16 || before > 21 || gap > 3 || old > 3 {
		t.Errorf("columns of %d, %d, %d and %d", last, before, gap, old)
	}
	g.add(now.Add(-time.Hour), 1)
	if g.peak() != 1 {
		t.Error("a clock that was set back leaves old samples")
	}
}

func TestRetrySaysHowMany(t *testing.T) {
	p, _ := shownPage(t)
	p.Update(study())
	if p.header.retry.Text != "Retry all failed (1)" || p.header.retry.Disabled() {
		t.Errorf("the button says %q", p.header.retry.Text)
	}
	p.Update(snap(entries(1)))
	if !p.header.retry.Disabled() {
		t.Error("there is nothing to retry")
	}
}

func TestChangedFileAsksOnItsRow(t *testing.T) {
	rows := entries(1)
	rows[0].State, rows[0].Code, rows[0].FilesFailed = uploader.SourceChanged, uploader.CodeSourceChanged, 1
	l, a, _ := shownList(t, rows)
	p := l.shown[0].parts
	if !p.send.Visible() || !p.leave.Visible() || p.main.Visible() || p.bar.Visible() {
		t.Error("the row does not ask")
	}
	test.Tap(p.send)
	test.Tap(p.leave)
	if len(a.verbs) != 2 || a.verbs[0] != uploader.RetryJobs || a.verbs[1] != uploader.Cancel {
		t.Errorf("asked %v", a.verbs)
	}
	rows[0].State = uploader.Uploading
	l.Update(snap(rows))
	if p.send.Visible() || !p.main.Visible() {
		t.Error("the question stays")
	}
}

func TestMissingDriveIsTold(t *testing.T) {
	p, _ := shownPage(t)
	jobs := []uploader.JobRow{{ID: "J", Entry: "E000000", State: uploader.Waiting, Code: uploader.CodeDriveMissing}}
	s := snap(entries(1))
	s.Jobs = uploader.PagesOf(jobs)
	p.Update(s)
	if !p.banner.box.Visible() || p.banner.dismiss.Visible() {
		t.Error("there is no strip")
	}
	p.Tell(says("one"))
	if p.banner.text.Text != "one" {
		t.Errorf("a notice is hidden behind it: %q", p.banner.text.Text)
	}
	test.Tap(p.banner.dismiss)
	p.Update(snap(entries(1)))
	if p.banner.box.Visible() {
		t.Error("the drive is back, and the strip is there")
	}
}

// TestTheGraphMakesRoomForTheHeadline: in German there is not room for both in a narrow window.
func TestTheGraphMakesRoomForTheHeadline(t *testing.T) {
	test.NewTempApp(t).Settings().SetTheme(theme.New(theme.System))
	line := widgets.NewLine("Alles ist gespeichert", theme.TextTitle, base.ColorNameForeground, fyne.TextStyle{Bold: true})
	g := newGraph(func(float64) {})
	l := lineFirst{line, theme.Gap}
	objects := []fyne.CanvasObject{line, g}
	for room, want := range map[float32]float32{500: graphWidth, 100: 100, -50: 0} {
		l.Layout(objects, fyne.NewSize(line.Needs().Width+theme.Gap+room, 40))
		if got := g.Size().Width; math.Abs(float64(got-want)) > 0.01 || room > 0 && line.Size().Width < line.Needs().Width {
			t.Errorf("with %v left the graph has %v and the line %v of %v", room, got, line.Size().Width, line.Needs().Width)
		}
	}
	if got := l.MinSize(objects); got.Height != graphHeight || got.Width != 0 {
		t.Errorf("at least %v", got)
	}
}
