package store

import (
	"context"
	"testing"
	"time"

	"longshore/uploader"
)

func TestHistoryIsNewestFirst(t *testing.T) {
	db := mustOpen(t, t.TempDir())
	var all []uploader.Receipt // newest first
	for n := 1; n <= 30; n++ {
		b := 1 + n%3
		j := aJob(b, b, n)
		at := now.Add(time.Duration(n) * time.Nanosecond)
		if n <= 3 {
			at = time.Date(1960, 1, 1, 0, 0, n, 5, time.UTC) // a machine whose clock is wrong
		}
		r := aReceipt(j, anAttempt(j, n).ID, at)
		apply(t, db, uploader.AddJob{Job: j}, uploader.Finish{Job: next(j, uploader.Done), Receipt: r})
		all = append([]uploader.Receipt{r}, all...)
	}
	var second []uploader.Receipt
	for _, r := range all {
		if r.Batch == aBatch(2).ID {
			second = append(second, r)
		}
	}
	for name, c := range map[string]struct {
		q    uploader.HistoryQuery
		want []uploader.Receipt
	}{
		"all":                        {uploader.HistoryQuery{}, all},
		"limit":                      {uploader.HistoryQuery{Limit: 7}, all[:7]},
		"after":                      {uploader.HistoryQuery{After: now.Add(20)}, all[:10]},
		"batch":                      {uploader.HistoryQuery{Batch: aBatch(2).ID}, second},
		"last batch":                 {uploader.HistoryQuery{Batch: aBatch(3).ID, Limit: 1}, []uploader.Receipt{all[1]}},
		"batch, after":               {uploader.HistoryQuery{Batch: aBatch(2).ID, After: now.Add(20), Limit: 2}, second[:2]},
		"unknown batch":              {uploader.HistoryQuery{Batch: "nobody"}, nil},
		"in the future":              {uploader.HistoryQuery{After: now.Add(time.Hour)}, nil},
		"limit too high":             {uploader.HistoryQuery{Limit: 99}, all},
		"next page":                  {uploader.HistoryQuery{Before: all[6].Mark(), Limit: 7}, all[7:14]},
		"last page":                  {uploader.HistoryQuery{Before: all[26].Mark(), Limit: 7}, all[27:]},
		"after the last":             {uploader.HistoryQuery{Before: all[29].Mark()}, nil},
		"batch, page":                {uploader.HistoryQuery{Batch: aBatch(2).ID, Before: second[1].Mark(), Limit: 2}, second[2:4]},
		"last batch, from another's": {uploader.HistoryQuery{Batch: aBatch(3).ID, Before: all[0].Mark(), Limit: 1}, []uploader.Receipt{all[1]}},
		"search":                     {uploader.HistoryQuery{Search: "/DATA/Study/7."}, []uploader.Receipt{all[23]}},
		"search nothing":             {uploader.HistoryQuery{Search: "elsewhere"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := db.History(context.Background(), c.q)
			if err != nil {
				t.Fatal(err)
			}
			same(t, got, c.want)
		})
	}
}

func TestHistoryOutlivesTheRow(t *testing.T) {
	db, j1, _ := filled(t)
	r := aReceipt(j1, "", now)
	apply(t, db, uploader.Finish{Job: next(j1, uploader.Done), Receipt: r}, uploader.RemoveEntry{Entry: anEntry(1, 1)})
	got, err := db.History(context.Background(), uploader.HistoryQuery{Batch: j1.Batch})
	if err != nil {
		t.Fatal(err)
	}
	same(t, got, []uploader.Receipt{r})
}

func TestSettings(t *testing.T) {
	ctx := context.Background()
	dir := t.TempDir()
	db := mustOpen(t, dir)
	type limits struct{ Parts int }
	var got limits
	if found, err := db.Setting(ctx, "limits", &got); found || err != nil {
		t.Fatal(found, err)
	}
	if err := db.SaveSetting(ctx, "limits", limits{Parts: 9}); err != nil {
		t.Fatal(err)
	}
	mustClose(t, db)
	db = mustOpen(t, dir)
	if found, err := db.Setting(ctx, "limits", &got); !found || err != nil || got.Parts != 9 {
		t.Fatal(found, err, got)
	}
	var wrong []string
	_, err := db.Setting(ctx, "limits", &wrong)
	wantCode(t, err, uploader.CodeInternal)
	wantCode(t, db.SaveSetting(ctx, "limits", make(chan int)), uploader.CodeInternal)
	if err := db.SaveSetting(ctx, "limits", nil); err != nil {
		t.Fatal(err)
	}
	if found, err := db.Setting(ctx, "limits", &got); found || err != nil {
		t.Fatal(found, err)
	}
}

func TestVaultsAloneAreThoseOfTheQueue(t *testing.T) {
	db := mustOpen(t, t.TempDir())
	apply(t, db, uploader.SaveVault{Vault: aVault(2)}, uploader.SaveVault{Vault: aVault(1)})
	vaults, err := db.Vaults(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if same(t, vaults, mustLoad(t, db).Vaults); len(vaults) != 2 {
		t.Errorf("%d vaults", len(vaults))
	}
}
