package app

import (
	"context"

	"longshore/store"
	"longshore/uploader"
)

const behaviourSetting = "behaviour"

// Behaviour is what the user wants of the program beside uploading. Its zero value fits no one; see defaultBehaviour.
type Behaviour struct {
	KeepAwake bool    // the computer does not go to sleep by itself while files are being sent
	Notify    bool    // a notification when a drop is stored, or needs a person
	OnClose   OnClose // what closing the window means
}

// OnClose is what closing the window means.
type OnClose string

// The ways of closing a window.
const (
	CloseAsks  OnClose = ""     // while something is being sent, the user is asked; else the program ends
	CloseHides OnClose = "tray" // the program goes on without a window
	CloseEnds  OnClose = "quit" // what is being sent stops, and goes on at the next start
)

// defaultBehaviour is that of a first start.
func defaultBehaviour() Behaviour { return Behaviour{KeepAwake: true, Notify: notifyByDefault} }

func savedBehaviour(ctx context.Context, db *store.DB) (Behaviour, error) {
	b := defaultBehaviour()
	_, err := db.Setting(ctx, behaviourSetting, &b)
	if uploader.CodeOf(err) == uploader.CodeInternal { // written by another version: no reason to refuse the queue
		return defaultBehaviour(), nil
	}
	return b, err
}

// Behaviour implements Session.
func (l *local) Behaviour(ctx context.Context) (Behaviour, error) { return savedBehaviour(ctx, l.db) }

// SetBehaviour implements Session. What this session was told at its start no longer holds.
func (l *local) SetBehaviour(ctx context.Context, b Behaviour) error {
	if err := l.db.SaveSetting(ctx, behaviourSetting, b); err != nil {
		return err
	}
	l.awake.allow(b.KeepAwake)
	return nil
}

// Behaviour implements Session.
func (c *client) Behaviour(ctx context.Context) (Behaviour, error) {
	return call[none, Behaviour](ctx, c, routeBehaviour, none{})
}

// SetBehaviour implements Session.
func (c *client) SetBehaviour(ctx context.Context, b Behaviour) error {
	_, err := call[Behaviour, none](ctx, c, routeBehave, b)
	return err
}

// SetBehaviour implements Session.
func (l *looker) SetBehaviour(ctx context.Context, b Behaviour) error {
	return l.db.SaveSetting(ctx, behaviourSetting, b)
}
