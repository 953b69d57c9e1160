package signer

import (
	"context"
	"crypto/sha256"
	"errors"
	"testing"

	"longshore/signer/api"
)

func TestIdle(t *testing.T) {
	s := &Signer{flights: newFlights(10)}
	if err := s.Idle(t.Context()); err != nil {
		t.Fatal(err)
	}
	land := make(chan struct{})
	start := func(key string) {
		if _, _, err := s.flights.join(t.Context(), asker{"a", 10}, UploadKey{Key: key}, [sha256.Size]byte{}, func(context.Context) (api.Object, error) {
			<-land
			return api.Object{}, nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	start("a")
	start("b")
	over, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Idle(over); !errors.Is(err, context.Canceled) {
		t.Errorf("with two running: %v", err)
	}
	idle := make(chan error, 1)
	go func() { idle <- s.Idle(t.Context()) }()
	land <- struct{}{}
	select {
	case err := <-idle:
		t.Errorf("with one running: %v", err)
	default:
	}
	land <- struct{}{}
	if err := <-idle; err != nil || s.flights.running() != 0 {
		t.Errorf("%v, %d running", err, s.flights.running())
	}
	if err := s.flights.shutdown(t.Context()); err != nil {
		t.Error(err)
	}
}
