package s3

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"longshore/signer"
)

// provider hands out sessions of a length, in virtual time.
type provider struct {
	mu    sync.Mutex
	life  time.Duration // 0: they do not end
	same  bool          // hands out the same session until it is over
	fails bool
	takes time.Duration
	asked int
	last  aws.Credentials
}

func (p *provider) Retrieve(ctx context.Context) (aws.Credentials, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked++
	if p.takes > 0 {
		timer := time.NewTimer(p.takes)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-ctx.Done():
			return aws.Credentials{}, ctx.Err()
		}
	}
	if p.fails {
		return aws.Credentials{}, errors.New("failed to refresh cached credentials, the role is gone")
	}
	if p.same && p.last.HasKeys() && time.Now().Before(p.last.Expires) {
		return p.last, nil
	}
	p.last = aws.Credentials{AccessKeyID: fmt.Sprintf("key-%d", p.asked), SecretAccessKey: "secret"}
	if p.life > 0 {
		p.last.CanExpire, p.last.Expires = true, time.Now().Add(p.life)
	}
	return p.last, nil
}

func (p *provider) set(f func(*provider)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f(p)
}

func inSessions(t *testing.T, p *provider, f func(t *testing.T, s *Storage)) {
	synctest.Test(t, func(t *testing.T) {
		client, at, err := openClient(t.Context(), Config{Bucket: "vault", Region: "eu-central-1", AccessKey: "a", SecretKey: "b"})
		if err != nil {
			t.Fatal(err)
		}
		s := newStorage(client, &sessions{now: time.Now, open: func(context.Context) (aws.CredentialsProvider, error) { return p, nil }}, Config{Bucket: "vault"}, at)
		f(t, s)
	})
}

// lives signs a part and gives how long its URL lives.
func lives(t *testing.T, s *Storage) time.Duration {
	t.Helper()
	signed, err := s.PresignPart(t.Context(), signer.PartInput{UploadKey: signer.UploadKey{Key: "k", UploadID: "u"}, PartNumber: 1, Lifetime: 15 * time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	return signed.ExpiresIn
}

func TestSessionsAreRenewedAhead(t *testing.T) {
	for _, life := range []time.Duration{8 * time.Second, time.Minute, 6 * time.Minute, time.Hour, 12 * time.Hour} {
		t.Run(life.String(), func(t *testing.T) {
			p := &provider{life: life}
			inSessions(t, p, func(t *testing.T, s *Storage) {
				least, hours := life, 20
				for range 100 * hours {
					time.Sleep(life / 100)
					least = min(least, lives(t, s))
				}
				if want := min(renewAhead, life/2).Truncate(time.Second) - time.Second; least < want {
					t.Errorf("a URL lived %v, want at least %v", least, want)
				}
				if most := hours*2 + 2; p.asked > most {
					t.Errorf("asked %d times in %d sessions' time", p.asked, hours)
				}
			})
		})
	}
}

func TestSessionsThatCannotBeRenewed(t *testing.T) {
	p := &provider{life: 10 * time.Minute}
	inSessions(t, p, func(t *testing.T, s *Storage) {
		lives(t, s)
		p.set(func(p *provider) { p.fails = true })
		time.Sleep(9 * time.Minute)
		if got := lives(t, s); got != time.Minute {
			t.Errorf("a URL of the old session lives %v, want a minute", got)
		}
		if lives(t, s); p.asked != 2 {
			t.Errorf("asked %d times within a second", p.asked)
		}
		time.Sleep(time.Minute)
		_, err := s.PresignPart(t.Context(), signer.PartInput{UploadKey: signer.UploadKey{Key: "k", UploadID: "u"}, PartNumber: 1, Lifetime: time.Minute})
		var se *signer.StorageError
		if !errors.As(err, &se) || se.Failure != signer.FailCredentials {
			t.Errorf("over: %v", err)
		}
		p.set(func(p *provider) { p.fails = false })
		time.Sleep(renewPause)
		if got := lives(t, s); got != 10*time.Minute {
			t.Errorf("renewed, a URL lives %v", got)
		}
	})
}

// A provider that renews late is not asked for every URL.
func TestSessionsThatStayTheSame(t *testing.T) {
	p := &provider{life: 10 * time.Minute, same: true}
	inSessions(t, p, func(t *testing.T, s *Storage) {
		for range 600 {
			if got := lives(t, s); got < 0 {
				t.Fatal(got)
			}
			time.Sleep(999 * time.Millisecond)
		}
		if p.asked > 60 {
			t.Errorf("asked %d times", p.asked)
		}
	})
}

func TestSessionsAreFetchedOnceForAll(t *testing.T) {
	p := &provider{life: time.Hour, takes: 3 * time.Second}
	inSessions(t, p, func(t *testing.T, s *Storage) {
		var all sync.WaitGroup
		for range 100 {
			all.Go(func() { lives(t, s) })
		}
		all.Wait()
		if p.asked != 1 {
			t.Errorf("asked %d times", p.asked)
		}
		// A provider that hangs holds a batch up for five seconds at most.
		time.Sleep(56 * time.Minute)
		p.set(func(p *provider) { p.takes = time.Hour })
		began := time.Now()
		if got := lives(t, s); time.Since(began) != renewTimeout || got > 4*time.Minute {
			t.Errorf("waited %v for a URL of %v", time.Since(began), got)
		}
		// Who hangs up while all wait leaves the work to the next.
		p.set(func(p *provider) { p.takes = 2 * time.Second })
		time.Sleep(10 * time.Minute)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		all.Go(func() {
			if _, err := s.creds.Retrieve(ctx); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("hung up: %v", err)
			}
		})
		all.Go(func() { lives(t, s) })
		all.Wait()
	})
}

// A provider that hangs for minutes does not hold up batch after batch.
func TestAHangingProviderIsLeftAlone(t *testing.T) {
	p := &provider{life: time.Hour}
	inSessions(t, p, func(t *testing.T, s *Storage) {
		lives(t, s)
		p.set(func(p *provider) { p.takes = time.Hour })
		time.Sleep(56 * time.Minute)
		held := time.Duration(0)
		for began := time.Now(); time.Since(began) < 3*time.Minute; time.Sleep(time.Second) {
			asked := time.Now()
			lives(t, s)
			held += time.Since(asked)
		}
		if held < renewTimeout || held > 45*time.Second {
			t.Errorf("batches were held up for %v in three minutes", held)
		}
		p.set(func(p *provider) { p.takes = 0 })
		time.Sleep(renewPauseMost)
		if got := lives(t, s); got != 15*time.Minute {
			t.Errorf("once it is back a URL lives %v", got)
		}
	})
}

func TestCredentialsWithoutEnd(t *testing.T) {
	p := &provider{}
	inSessions(t, p, func(t *testing.T, s *Storage) {
		for range 50 {
			if got := lives(t, s); got != 15*time.Minute {
				t.Errorf("a URL lives %v", got)
			}
			time.Sleep(time.Hour)
		}
		if p.asked != 1 {
			t.Errorf("asked %d times", p.asked)
		}
	})
}
