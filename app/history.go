package app

import (
	"context"
	"errors"
	"time"

	"longshore/uploader"
)

// MostLooks is how many receipts Verify takes at once.
const MostLooks = 1000

const keepSetting = "keep-history"

type pruneMsg struct {
	Before time.Time
	Newest int
}

// Verify implements Session. Each vault is asked over a connection of its own, beside what is being sent.
func (l *local) Verify(ctx context.Context, receipts []uploader.Receipt) ([]uploader.Verdict, error) {
	if len(receipts) > MostLooks {
		return nil, uploader.E("verify", uploader.CodeInternal, errors.New("too many receipts at once"))
	}
	vaults, err := l.Vaults(ctx)
	if err != nil {
		return nil, err
	}
	known := make(map[uploader.VaultID]uploader.Vault, len(vaults))
	for _, v := range vaults {
		known[v.ID] = v
	}
	of := make(map[uploader.VaultID][]int)
	for i, r := range receipts {
		of[r.Vault] = append(of[r.Vault], i)
	}
	looks := make([]uploader.Verdict, len(receipts))
	for id, list := range of {
		keys := make([]string, len(list))
		for k, i := range list {
			keys[k] = receipts[i].Key
		}
		stats, err := l.stat(ctx, known[id], keys)
		if ctx.Err() != nil {
			return nil, asError(ctx.Err())
		}
		for k, i := range list {
			switch {
			case known[id].ID != "" && known[id].Kind == uploader.KindCompanion:
				looks[i] = uploader.Verdict{Standing: uploader.StandingUnknown}
			case err != nil:
				looks[i] = uploader.Verdict{Standing: uploader.StandingUnknown, Code: uploader.CodeOf(err)}
			default:
				looks[i] = uploader.VerdictOf(&receipts[i], stats[k])
			}
		}
	}
	return looks, nil
}

// stat looks at keys of a vault; the zero vault is one that is no longer known. A Companion is not asked: it has no look.
func (l *local) stat(ctx context.Context, v uploader.Vault, keys []string) ([]uploader.ObjectStat, error) {
	switch {
	case v.ID == "":
		return nil, uploader.E("verify", uploader.CodeBadConfig, errors.New("the vault is no longer known"))
	case v.Kind == uploader.KindCompanion:
		return nil, nil
	}
	link, err := l.connector.dial(v)
	if err != nil {
		return nil, asError(err)
	}
	defer link.closeIdle()
	stats, err := link.signer.StatObjects(ctx, keys)
	if err == nil && len(stats) != len(keys) {
		err = uploader.E("verify", uploader.CodeBadResponse, nil)
	}
	return stats, err
}

// Keep implements Session.
func (l *local) Keep(ctx context.Context) (uploader.Keep, error) {
	var k uploader.Keep
	_, err := l.db.Setting(ctx, keepSetting, &k)
	if uploader.CodeOf(err) == uploader.CodeInternal { // written by another version: nothing is removed by a guess
		return uploader.Keep{}, nil
	}
	return k, err
}

// SetKeep implements Session.
func (l *local) SetKeep(ctx context.Context, k uploader.Keep) error {
	if k.Days < 0 || k.Newest < 0 {
		return uploader.E("keep", uploader.CodeBadConfig, errors.New("a negative number"))
	}
	if err := l.db.SaveSetting(ctx, keepSetting, k); err != nil {
		return err
	}
	signal(l.keepSet)
	return nil
}

// Prune implements Session.
func (l *local) Prune(ctx context.Context, before time.Time, newest int) (int, error) {
	n, err := l.db.Prune(ctx, before, newest)
	l.log.Info("history", "removed", n, "err", err)
	return n, err
}

// HistorySum implements Session.
func (l *local) HistorySum(ctx context.Context, q uploader.HistoryQuery) (uploader.HistorySum, error) {
	return l.db.HistorySum(ctx, q)
}

// RemoveReceipts implements Session.
func (l *local) RemoveReceipts(ctx context.Context, marks []uploader.HistoryMark) ([]uploader.Receipt, error) {
	removed, err := l.db.RemoveReceipts(ctx, marks)
	l.log.Info("history: by hand", "removed", len(removed), "of", len(marks), "err", err)
	return removed, err
}

// RestoreReceipts implements Session.
func (l *local) RestoreReceipts(ctx context.Context, receipts []uploader.Receipt) error {
	err := l.db.RestoreReceipts(ctx, receipts)
	l.log.Info("history: brought back", "receipts", len(receipts), "err", err)
	return err
}

// doubt is how long a clock is watched that would have the whole history removed.
const doubt = time.Hour

// pruneDaily removes what is not to be kept: soon after the start, when that was changed, and each day.
func (l *local) pruneDaily(ctx context.Context) {
	next := time.NewTimer(0)
	defer next.Stop()
	doubted := false
	for {
		select {
		case <-ctx.Done():
			return
		case <-next.C:
		case <-l.keepSet:
			doubted = false
		}
		next.Reset(24 * time.Hour)
		k, err := l.Keep(ctx)
		if err == nil && k != (uploader.Keep{}) {
			before := k.Before(time.Now())
			if emptied := l.emptied(ctx, before); emptied && !doubted {
				before = time.Time{} // what the number removes, the clock has no say in
				doubted = true
				next.Reset(doubt)
			} else if !emptied {
				doubted = false
			}
			_, err = l.Prune(ctx, before, k.Newest)
		}
		if err != nil && ctx.Err() == nil {
			l.log.Warn("old receipts stay for now", "err", err)
		}
	}
}

// emptied tells whether the age alone would remove every receipt. After a long holiday it may; but a clock that was set
// years ahead says the same, and an hour later it has mostly been put right.
func (l *local) emptied(ctx context.Context, before time.Time) bool {
	if before.IsZero() {
		return false
	}
	young, err := l.db.History(ctx, uploader.HistoryQuery{After: before, Limit: 1})
	if err != nil || len(young) > 0 {
		return false
	}
	l.log.Warn("the clock says that every receipt is too old; they stay for an hour")
	return true
}

// Verify implements Session: a folder that is open for looking asks nobody.
func (l *looker) Verify(context.Context, []uploader.Receipt) ([]uploader.Verdict, error) {
	return nil, asError(errLooking)
}

// Verify implements Session.
func (c *client) Verify(ctx context.Context, receipts []uploader.Receipt) ([]uploader.Verdict, error) {
	return call[[]uploader.Receipt, []uploader.Verdict](ctx, c, routeVerify, receipts)
}

// Keep implements Session.
func (c *client) Keep(ctx context.Context) (uploader.Keep, error) {
	return call[none, uploader.Keep](ctx, c, routeKeep, none{})
}

// SetKeep implements Session.
func (c *client) SetKeep(ctx context.Context, k uploader.Keep) error {
	_, err := call[uploader.Keep, none](ctx, c, routeSetKeep, k)
	return err
}

// Prune implements Session.
func (c *client) Prune(ctx context.Context, before time.Time, newest int) (int, error) {
	return call[pruneMsg, int](ctx, c, routePrune, pruneMsg{Before: before, Newest: newest})
}

// HistorySum implements Session.
func (c *client) HistorySum(ctx context.Context, q uploader.HistoryQuery) (uploader.HistorySum, error) {
	return call[uploader.HistoryQuery, uploader.HistorySum](ctx, c, routeSum, q)
}

// RemoveReceipts implements Session.
func (c *client) RemoveReceipts(ctx context.Context, marks []uploader.HistoryMark) ([]uploader.Receipt, error) {
	return call[[]uploader.HistoryMark, []uploader.Receipt](ctx, c, routeShed, marks)
}

// RestoreReceipts implements Session.
func (c *client) RestoreReceipts(ctx context.Context, receipts []uploader.Receipt) error {
	_, err := call[[]uploader.Receipt, none](ctx, c, routeRegain, receipts)
	return err
}
