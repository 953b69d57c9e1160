package main

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"

	"longshore/signer"
)

// answerGrace is how long calls whose work was cut off may take to be answered.
const answerGrace = 2 * time.Second

// stopper ends a running signer in order.
type stopper struct {
	servers []*server
	sg      *signer.Signer
	log     *slog.Logger
	drain   time.Duration
	limit   time.Duration
}

// errCutOff says what was given up, and that nothing is lost by it.
var errCutOff = errors.New("stopped before all calls had ended. What S3 was doing goes on there; clients ask again and find out")

// stop first lets load balancers leave, then takes no more requests and lets
// running ones end: within the limit, or until a second signal.
func (s stopper) stop() error {
	hurry, quiet := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM) // the second one
	defer quiet()
	if watched := s.sg.Drain(); watched && s.drain > 0 {
		s.log.Info("stopping: not ready any more, serving on", "for", s.drain.String())
		t := time.NewTimer(s.drain)
		defer t.Stop()
		select {
		case <-t.C:
		case <-hurry.Done():
		}
	}
	s.log.Info("stopping: taking no more calls, letting running ones end", "limit", s.limit.String())
	ctx, cancel := context.WithTimeout(hurry, s.limit)
	defer cancel()
	err := errors.Join(s.servers[0].http.Shutdown(ctx), s.sg.Shutdown(ctx)) // after the limit this ends the work
	if err != nil {
		err = errors.Join(errCutOff, s.answer())
	}
	for _, other := range s.servers[1:] { // metrics to the end
		err = errors.Join(err, other.http.Close())
	}
	return err
}

// answer lets calls whose work was cut off say so to their clients.
func (s stopper) answer() error {
	ctx, cancel := context.WithTimeout(context.Background(), answerGrace)
	defer cancel()
	if s.servers[0].http.Shutdown(ctx) == nil {
		return nil
	}
	return s.servers[0].http.Close()
}
