//go:build !windows && !darwin

package sysproxy

import (
	"context"
	"os"
	"os/exec"
)

// Read reads the settings as they are now. What cannot be read is no proxy.
func Read(ctx context.Context) Settings {
	d := desktop{
		getenv: os.Getenv,
		run: func(ctx context.Context, program string, args ...string) ([]byte, error) {
			return exec.CommandContext(ctx, program, args...).Output()
		},
		read: os.ReadFile,
	}
	return d.settings(ctx)
}
