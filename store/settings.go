package store

import (
	"context"
	"encoding/json"
	"fmt"

	"longshore/uploader"
)

// Setting reads the setting of this name into v, a pointer, and reports whether there is one. Settings are JSON.
// Errors: CodeCancelled, CodeJournalBroken; CodeInternal when the setting does not fit v.
func (db *DB) Setting(ctx context.Context, name string, v any) (bool, error) {
	var raw []byte
	err := db.view(ctx, func(t *tx) error {
		payload, err := t.get(kindSetting, []byte(name))
		if payload != nil {
			raw = append([]byte{}, payload...)
		}
		return err
	})
	if err != nil || raw == nil {
		return false, err
	}
	if err := json.Unmarshal(raw, v); err != nil {
		return false, uploader.E("settings", uploader.CodeInternal, fmt.Errorf("setting %q does not fit", name))
	}
	return true, nil
}

// SaveSetting makes the setting durable; nil as v removes it. It may be called beside Apply from any goroutine.
// Errors as Apply's, and CodeInternal when v has no JSON.
func (db *DB) SaveSetting(ctx context.Context, name string, v any) error {
	if err := ctx.Err(); err != nil {
		return uploader.E("settings", uploader.CodeCancelled, err)
	}
	if err := checkID("setting", name); err != nil {
		return uploader.E("settings", uploader.CodeInternal, err)
	}
	raw, err := json.Marshal(v)
	if err != nil {
		return uploader.E("settings", uploader.CodeInternal, fmt.Errorf("setting %q has no JSON", name))
	}
	return db.update(func(t *tx) error {
		if v == nil {
			return t.drop(kindSetting, []byte(name))
		}
		return t.put(kindSetting, []byte(name), raw)
	})
}
