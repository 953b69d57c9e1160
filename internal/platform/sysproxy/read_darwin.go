package sysproxy

import (
	"context"
	"os/exec"
)

// Read reads the settings as they are now. What cannot be read is no proxy.
func Read(ctx context.Context) Settings {
	out, err := exec.CommandContext(ctx, "/usr/sbin/scutil", "--proxy").Output()
	if err != nil {
		return Settings{}
	}
	return fromSystemConfiguration(string(out))
}
