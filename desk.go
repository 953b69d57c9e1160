package main

import (
	"context"
	"os"
	"path/filepath"
	"time"

	"longshore/app"
	"longshore/app/support"
	"longshore/internal/platform/autostart"
	"longshore/internal/platform/bus"
	"longshore/internal/platform/reveal"
	"longshore/ui"
	"longshore/ui/connect"
	"longshore/ui/settings"
)

// desk is the system around a window (ui.Desktop).
type desk struct {
	app.Session
	stateDir string // "" for the usual one
}

// HasTray: without a session bus the toolkit would start one, and leave it behind.
func (desk) HasTray() bool { return bus.HasSession() }

func (d desk) Behaviour(ctx context.Context) (ui.Behaviour, error) {
	b, err := d.Session.Behaviour(ctx)
	return ui.Behaviour{KeepAwake: b.KeepAwake, Notify: b.Notify, OnClose: settings.OnClose(b.OnClose)}, err
}

func (d desk) SetBehaviour(ctx context.Context, b ui.Behaviour) error {
	return d.Session.SetBehaviour(ctx, app.Behaviour{KeepAwake: b.KeepAwake, Notify: b.Notify, OnClose: app.OnClose(b.OnClose)})
}

// entry is this program in the system's list of what starts at login.
func (d desk) entry() (autostart.Entry, error) {
	program, err := os.Executable()
	if err != nil {
		return autostart.Entry{}, err
	}
	if real, err := filepath.EvalSymlinks(program); err == nil {
		program = real
	}
	args := []string{program, "--hidden"}
	if d.stateDir != "" {
		args = append(args, "--state", absolute([]string{d.stateDir})[0])
	}
	return autostart.Entry{ID: id, Name: "Longshore", Args: args}, nil
}

func (d desk) AtLogin(context.Context) (bool, error) {
	e, err := d.entry()
	if err != nil {
		return false, err
	}
	return e.Enabled()
}

func (d desk) SetAtLogin(_ context.Context, on bool) error {
	e, err := d.entry()
	switch {
	case err != nil:
		return err
	case on:
		return e.Enable()
	}
	return e.Disable()
}

func (desk) IsConnection(path string) bool { return app.IsConnection(path) }

func (desk) ReadConnection(_ context.Context, path string) (connect.Invitation, error) {
	c, err := app.ReadConnection(path)
	return invitation(c), err
}

func (desk) ShowInFolder(ctx context.Context, path string) error { return reveal.Show(ctx, path) }

func (desk) SupportName() string { return support.FileName(time.Now()) }

// SaveSupport replaces a file that the person has just been asked about, or that the toolkit's file window has made.
func (d desk) SaveSupport(ctx context.Context, path string) error {
	dir, err := app.StateDir(d.stateDir)
	if err != nil {
		return err
	}
	return support.Replace(ctx, path, support.Options{Session: d.Session, StateDir: dir, Program: "longshore " + programVersion()})
}
