package app

import (
	"context"

	"longshore/store"
	"longshore/uploader"
)

const bandwidthSetting = "bandwidth"

// savedBandwidth reads what the user allows all uploads together to use of the line.
func savedBandwidth(ctx context.Context, db *store.DB) (uploader.Bandwidth, error) {
	var b uploader.Bandwidth
	_, err := db.Setting(ctx, bandwidthSetting, &b)
	if uploader.CodeOf(err) == uploader.CodeInternal { // written by another version: no reason to refuse the queue
		return uploader.Bandwidth{}, nil
	}
	return b, err
}

// bandwidth is what was saved, but for what this session was told.
func (o Options) bandwidth(saved uploader.Bandwidth) uploader.Bandwidth {
	if o.Limit != nil {
		saved.Limit = *o.Limit
	}
	if o.Timetable != nil {
		saved.Timetable = *o.Timetable
	}
	return saved
}

// Bandwidth implements Session.
func (l *local) Bandwidth(ctx context.Context) (uploader.Bandwidth, error) {
	return savedBandwidth(ctx, l.db)
}

// SetBandwidth implements Session. What this session was told at its start no longer holds.
func (l *local) SetBandwidth(ctx context.Context, b uploader.Bandwidth) error {
	if err := l.db.SaveSetting(ctx, bandwidthSetting, b); err != nil {
		return err
	}
	return l.engine.SetBandwidth(ctx, b)
}

// Bandwidth implements Session.
func (c *client) Bandwidth(ctx context.Context) (uploader.Bandwidth, error) {
	return call[none, uploader.Bandwidth](ctx, c, routeBandwidth, none{})
}

// SetBandwidth implements Session.
func (c *client) SetBandwidth(ctx context.Context, b uploader.Bandwidth) error {
	_, err := call[uploader.Bandwidth, none](ctx, c, routeAllow, b)
	return err
}

// SetBandwidth implements Session.
func (l *looker) SetBandwidth(ctx context.Context, b uploader.Bandwidth) error {
	return l.db.SaveSetting(ctx, bandwidthSetting, b)
}
