package uploader

import (
	"fmt"
	"testing"
)

// A load balancer's "too busy" says nothing of a Create that the signer may have heard; the signer's own does.
func TestOnlyASignersAnswerSettlesACreate(t *testing.T) {
	for _, c := range []struct {
		err  error
		want bool
	}{
		{nil, true},
		{E("create", CodeThrottled, nil), true},
		{E("create", CodeForbidden, nil), true},
		{E("create", CodeThrottled, fmt.Errorf("status 503, %w", ErrNotSigner)), false},
		{E("create", CodeUnauthorized, fmt.Errorf("status 401, %w", ErrNotSigner)), false},
		{E("create", CodeVaultNotReady, nil), false},
		{E("create", CodeNetwork, nil), false},
	} {
		if got := answered(c.err); got != c.want {
			t.Errorf("%v: %v", c.err, got)
		}
	}
}
