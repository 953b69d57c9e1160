package s3

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// How sessions are renewed. A signed URL dies with the credentials that signed
// it, so that those near their end make short-lived URLs.
const (
	renewAhead     = 5 * time.Minute  // before the end, or half the session's life if that is less
	renewPause     = time.Second      // between two tries
	renewPauseMost = 30 * time.Second // and at most, while the old ones live
	renewTimeout   = 5 * time.Second  // at most, while the old ones live: then they sign what waits
	fetchTimeout   = 30 * time.Second // without any
)

// sessions are credentials that are renewed ahead of their end, by one caller
// for all who wait. The SDK's own cache is not enough: it hands out what ends in
// a second, or reports an end earlier than the true one, by five minutes, which
// sessions of less do not survive.
type sessions struct {
	// open gives a chain of providers that has nothing in its cache yet.
	open func(context.Context) (aws.CredentialsProvider, error)
	now  func() time.Time

	mu       sync.Mutex
	chain    aws.CredentialsProvider // that have came from
	have     aws.Credentials
	life     time.Duration // of have when it came
	tryAfter time.Time
	err      error         // of the last try
	renewing chan struct{} // closed when the try under way is over; nil if none is
}

// Retrieve implements aws.CredentialsProvider. While the old credentials live, a
// failure to renew them is no error.
func (s *sessions) Retrieve(ctx context.Context) (aws.Credentials, error) {
	for {
		s.mu.Lock()
		now := s.now()
		left := s.left(now)
		if left > min(renewAhead, s.life/2) || left > 0 && now.Before(s.tryAfter) {
			defer s.mu.Unlock()
			return s.have, nil
		}
		if now.Before(s.tryAfter) && s.err != nil {
			defer s.mu.Unlock()
			return aws.Credentials{}, s.err
		}
		wait := s.renewing
		if wait == nil {
			s.renewing = make(chan struct{})
			s.mu.Unlock()
			s.renew(ctx, left)
			if ctx.Err() != nil {
				return aws.Credentials{}, ctx.Err()
			}
			continue
		}
		s.mu.Unlock()
		select {
		case <-wait:
		case <-ctx.Done():
			return aws.Credentials{}, ctx.Err()
		}
	}
}

// left is how long the credentials live; endless ones count as a day. The lock
// is held.
func (s *sessions) left(now time.Time) time.Duration {
	switch {
	case !s.have.HasKeys():
		return 0
	case !s.have.CanExpire:
		return 24 * time.Hour
	}
	return s.have.Expires.Sub(now)
}

// renew asks a fresh chain, and, when the old credentials are over, then the old
// chain too: the one of EC2 knows how to go on while its service is away.
// Those have left to live; who waits for new ones must not wait until the old are over.
func (s *sessions) renew(ctx context.Context, left time.Duration) {
	live, limit := left > 0, fetchTimeout
	if live {
		limit = min(renewTimeout, left/4)
	}
	bounded, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	chain, err := s.open(bounded)
	var got aws.Credentials
	if err == nil {
		got, err = chain.Retrieve(bounded)
	}
	s.mu.Lock()
	old := s.chain
	s.mu.Unlock()
	if err != nil && !live && old != nil {
		if again, oldErr := old.Retrieve(bounded); oldErr == nil {
			chain, got, err = old, again, nil
		}
	}
	if err == nil && got.CanExpire && !got.Expires.After(s.now()) {
		err = errors.New("s3: the credentials that were handed out are over")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	close(s.renewing)
	s.renewing = nil
	if err != nil && ctx.Err() != nil {
		return // this caller is gone, which says nothing: the next one tries
	}
	now := s.now()
	s.err, s.tryAfter = err, now.Add(renewPause)
	if err != nil {
		if live { // a provider that hangs must not hold up every batch until the end
			s.tryAfter = now.Add(max(renewPause, min(renewPauseMost, s.left(now)/8)))
		}
		return
	}
	if got.AccessKeyID != s.have.AccessKeyID || !got.Expires.Equal(s.have.Expires) {
		s.life = got.Expires.Sub(now)
	} else { // the provider has no newer ones yet
		s.tryAfter = now.Add(max(renewPause, min(time.Minute, s.left(now)/4)))
	}
	s.chain, s.have = chain, got
	if !got.CanExpire {
		s.life = 0
	}
}
