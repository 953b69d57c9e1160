package queue

import (
	"testing"

	"longshore/ui/widgets"
	"longshore/uploader"
)

func TestViewOffersWhatFits(t *testing.T) {
	for state, want := range map[uploader.State]struct {
		mood           mood
		main           action
		toTop, details bool
	}{
		uploader.Queued:        {idle, pause, true, false},
		uploader.Creating:      {active, pause, true, false},
		uploader.Uploading:     {active, pause, true, false},
		uploader.Completing:    {active, pause, true, false},
		uploader.Waiting:       {waiting, pause, true, false},
		uploader.Paused:        {paused, resume, true, false},
		uploader.Done:          {stored, none, false, false},
		uploader.Failed:        {failed, retry, false, true},
		uploader.SourceChanged: {changed, none, false, true},
		uploader.Cancelled:     {stopped, retry, false, false},
	} {
		v := viewOf(&uploader.EntryRow{State: state, Files: 1, Bytes: 100, BytesSent: 50}, en)
		if v.mood != want.mood || v.main != want.main || v.toTop != want.toTop || v.details != want.details {
			t.Errorf("%s: mood %v, main %v, to top %v, details %v; want %+v", state, v.mood, v.main, v.toTop, v.details, want)
		}
	}
}

func TestViewMeasuresWhatMoves(t *testing.T) {
	v := viewOf(&uploader.EntryRow{State: uploader.Uploading, Files: 1, Bytes: 6_400_000_000, BytesSent: 3_100_000_000}, en)
	if !v.bar || v.percent != "48 %" || v.bytes != "3.1 GB of 6.4 GB" || v.step != widgets.Quantise(3.1/6.4) {
		t.Errorf("sending: %+v", v)
	}
	v = viewOf(&uploader.EntryRow{State: uploader.Done, Files: 1, FilesDone: 1, Bytes: 400, BytesSent: 400}, en)
	if v.bar || v.percent != "" || v.bytes != "400 B" {
		t.Errorf("stored: %+v", v)
	}
	v = viewOf(&uploader.EntryRow{State: uploader.Queued, Files: 1, Bytes: 400}, en)
	if v.bar || v.bytes != "400 B" {
		t.Errorf("queued: %+v", v)
	}
}

// A hair's breadth more is the same picture, so that it is not drawn again.
func TestSmallChangesLookTheSame(t *testing.T) {
	at := func(sent int64) view {
		return viewOf(&uploader.EntryRow{State: uploader.Uploading, Files: 1, Bytes: 6_400_000_000, BytesSent: sent, Rate: 11_812_345}, en)
	}
	if at(3_100_000_000) != at(3_100_100_000) {
		t.Error("100 kB of 6.4 GB make another picture")
	}
	if at(3_100_000_000) == at(3_300_000_000) {
		t.Error("200 MB of 6.4 GB make no other picture")
	}
}

func TestEveryMoodHasAnIconAndWords(t *testing.T) {
	icons := newIcons()
	seen := map[string]mood{}
	for m := idle; m <= stopped; m++ {
		res := icons.moods[m]
		if res == nil {
			t.Fatalf("mood %d has no icon", m)
		}
		key := res.Name()
		if other, ok := seen[key]; ok {
			t.Errorf("moods %d and %d look the same: %s", m, other, key)
		}
		seen[key] = m
	}
}
