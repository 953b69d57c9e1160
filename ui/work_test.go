package ui

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

// What was dropped just before the window closed still gets into the journal: an order that waits behind another one
// is carried out, and not with a context that has ended.
func TestOrdersBeforeTheEndAreCarriedOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWork()
		var ended []error
		for range 3 {
			w.order(func(ctx context.Context) {
				select {
				case <-time.After(time.Second): // the journal's commit
				case <-ctx.Done():
				}
				ended = append(ended, ctx.Err())
			})
		}
		w.stop()
		for i, err := range ended {
			if err != nil {
				t.Errorf("order %d: %v", i, err)
			}
		}
		if len(ended) != 3 {
			t.Errorf("%d of 3 orders were carried out", len(ended))
		}
	})
}

// A disk that hangs does not keep the program.
func TestAnOrderThatHangsIsCut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWork()
		w.order(func(ctx context.Context) { <-ctx.Done() })
		begun := time.Now()
		w.stop()
		if took := time.Since(begun); took != lastOrders {
			t.Errorf("it took %v, want %v", took, lastOrders)
		}
	})
}
