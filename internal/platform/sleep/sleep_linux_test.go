package sleep

import (
	"context"
	"errors"
	"testing"
	"time"

	"go.uber.org/goleak"

	"longshore/internal/bustest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	patience = 30 * time.Second
	aMoment  = 50 * time.Millisecond
)

// listening starts a watch and returns when it hears. What it heard meanwhile is taken out of woke.
func listening(t *testing.T, ctx context.Context, login *bustest.Login1) (woke chan struct{}, ended chan error) { //nolint:revive // the test comes first
	t.Helper()
	woke, ended = make(chan struct{}, 1000), make(chan error, 1)
	go func() { ended <- Watch(ctx, func() { woke <- struct{}{} }) }()
	for deadline := time.Now().Add(patience); ; {
		login.Sleeps(false)
		select {
		case <-woke:
			return woke, ended
		case err := <-ended:
			t.Fatalf("the watch ended: %v", err)
		case <-time.After(aMoment): // it may not listen yet
		}
		if time.Now().After(deadline) {
			t.Fatal("the watch hears nothing")
		}
	}
}

func TestWakingUpIsHeard(t *testing.T) {
	address := bustest.Start(t)
	bustest.System(t, address)
	login := bustest.NewLogin1(t, address)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	woke, ended := listening(t, ctx, login)
	login.Sleeps(true)
	login.Sleeps(false)
	select {
	case <-woke:
	case <-time.After(patience):
		t.Error("waking up was not heard")
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// Only what comes after the machine has slept counts: there is no use in opening connections that the sleep will cut.
func TestFallingAsleepIsNotTold(t *testing.T) {
	address := bustest.Start(t)
	bustest.System(t, address)
	login := bustest.NewLogin1(t, address)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	woke, ended := listening(t, ctx, login)
	for len(woke) > 0 {
		<-woke
	}
	const asleep = 20
	for range asleep {
		login.Sleeps(true)
	}
	login.Sleeps(false) // signals keep their order: when this is heard, those before it have been
	<-woke
	if n := len(woke); n > asleep/2 { // one or two may be left over from listening
		t.Errorf("%d more were told", n)
	}
	cancel()
	<-ended
}

func TestNobodyTells(t *testing.T) {
	bustest.System(t, bustest.Nowhere)
	if err := Watch(t.Context(), func() {}); !errors.Is(err, ErrNone) {
		t.Error(err)
	}
}
