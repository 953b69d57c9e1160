package app

import (
	"context"

	"longshore/store"
	"longshore/uploader"
)

const limitsSetting = "limits"

// savedLimits reads the bounds the user saved, or the defaults.
func savedLimits(ctx context.Context, db *store.DB) (uploader.Limits, error) {
	limits := uploader.DefaultLimits()
	_, err := db.Setting(ctx, limitsSetting, &limits)
	if uploader.CodeOf(err) == uploader.CodeInternal { // written by another version: no reason to refuse the queue
		return uploader.DefaultLimits(), nil
	}
	return limits, err
}

// withConcurrency makes n the most parts in flight, of all files together and of each: who asks for 16 and sends one
// large file expects up to 16. 0 changes nothing.
func withConcurrency(l uploader.Limits, n int) uploader.Limits {
	if n > 0 {
		l.Parts, l.PartsPerFile = min(n, 64), min(n, 64)
	}
	return l
}
