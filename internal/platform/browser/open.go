// Package browser opens a page in the person's own browser.
//
// It must not know what the page is for.
package browser

import (
	"context"
	"errors"
	"net/url"
	"os/exec"
	"time"
)

// ErrRefused says that an address is none a browser may be started with.
var ErrRefused = errors.New("not a web address")

// Available tells whether a browser can be expected to open on this computer's screen.
func Available() bool { return len(command("https://example.org")) > 0 }

// openWait bounds the program that starts the browser; some of them stay until the browser ends.
const openWait = 5 * time.Second

// Open opens a page. nil means that the system took the address, not that anybody sees it. An error means that there is
// no browser here: show the address instead.
func Open(ctx context.Context, address string) error {
	u, err := url.Parse(address)
	if err != nil || (u.Scheme != "https" && u.Scheme != "http") || u.Host == "" {
		return ErrRefused
	}
	return start(ctx, command(u.String()), openWait)
}

// start runs a starter of browsers. One that is still running after a while has done its work: it stands for the
// browser itself, and ends with it.
func start(ctx context.Context, args []string, patience time.Duration) error {
	if len(args) == 0 {
		return errors.New("no browser on this system")
	}
	cmd := exec.Command(args[0], args[1:]...) //nolint:noctx // the browser outlives whoever asked for it
	if err := cmd.Start(); err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }() // ends with the browser, at the latest
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case err := <-ended:
		return err
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return nil // it was started
	}
}
