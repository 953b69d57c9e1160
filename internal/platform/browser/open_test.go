package browser

import (
	"context"
	"errors"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestOnlyWebPagesAreOpened(t *testing.T) {
	for _, address := range []string{"", "file:///etc/passwd", "javascript:alert(1)", "https://", "-version", "/bin/sh", "mailto:a@b"} {
		if err := Open(t.Context(), address); !errors.Is(err, ErrRefused) {
			t.Errorf("%q: %v", address, err)
		}
	}
}

func TestStart(t *testing.T) {
	if err := start(t.Context(), nil, time.Second); err == nil {
		t.Error("no browser is no error")
	}
	if err := start(t.Context(), []string{"/no/such/program"}, time.Second); err == nil {
		t.Error("a program that is missing is no error")
	}
	if err := start(t.Context(), []string{"false"}, time.Minute); err == nil {
		t.Error("one that fails is no error")
	}
	if err := start(t.Context(), []string{"true"}, time.Minute); err != nil {
		t.Error(err)
	}
	if err := start(t.Context(), []string{"sleep", "0.2"}, time.Millisecond); err != nil { // the browser itself, still open
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := start(ctx, []string{"sleep", "0.2"}, time.Minute); err != nil {
		t.Error(err)
	}
}
