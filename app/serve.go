package app

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"longshore/internal/platform/owner"
	"longshore/uploader"
)

// watchEvery is how close together two frames of a watch are.
const watchEvery = 250 * time.Millisecond

// server answers the other processes of this user.
type server struct {
	http     *http.Server
	listener net.Listener
	serving  sync.WaitGroup
	closing  chan struct{}
}

// serve makes l reachable for other processes.
func serve(ctx context.Context, dir string, l *local) (*server, error) {
	listener, err := owner.Listen(ctx, dir)
	if err != nil {
		return nil, err
	}
	s := &server{listener: listener, closing: make(chan struct{})}
	s.http = &http.Server{
		Handler: s.routes(l), ReadHeaderTimeout: 10 * time.Second,
		ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError), // would print what a panic was about
	}
	s.serving.Go(func() {
		if err := s.http.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			l.log.Warn("the socket failed", "err", err)
		}
	})
	return s, nil
}

// close takes leave of the clients: watches get a last frame, requests under way a moment.
func (s *server) close() error {
	close(s.closing)
	ctx, cancel := context.WithTimeout(context.Background(), closeWait)
	defer cancel()
	err := s.http.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		err = s.http.Close()
	}
	s.serving.Wait()
	return err
}

func (s *server) routes(l *local) http.Handler {
	mux := http.NewServeMux()
	route(mux, l, routeHello, func(context.Context, none) (hello, error) { return hello{Version: wireVersion}, nil })
	route(mux, l, routeVaults, func(ctx context.Context, _ none) ([]uploader.Vault, error) { return l.Vaults(ctx) })
	route(mux, l, routeCheck, l.CheckVault)
	route(mux, l, routeAddVault, l.AddVault)
	route(mux, l, routeFiles, func(ctx context.Context, m filesMsg) (uploader.Vault, error) {
		return l.SetVaultFiles(ctx, m.Vault, m.TokenFile, m.CAFile)
	})
	route(mux, l, routeEdit, func(ctx context.Context, m editMsg) (uploader.Vault, error) { return l.EditVault(ctx, m.Vault, m.Edit) })
	route(mux, l, routeTest, func(ctx context.Context, t VaultTest) ([]Step, error) { return l.TestVault(ctx, t, nil) })
	route(mux, l, routeProxyNow, l.ProxyNow)
	route(mux, l, routeProxyNeeds, func(ctx context.Context, _ none) ([]ProxyNeed, error) { return l.ProxyNeeds(ctx) })
	route(mux, l, routeProxyLogin, func(ctx context.Context, p ProxyLogin) (none, error) { return none{}, l.SetProxyLogin(ctx, p) })
	route(mux, l, routePutBack, func(ctx context.Context, v uploader.Vault) (none, error) { return none{}, l.RestoreVault(ctx, v) })
	route(mux, l, routeForget, func(ctx context.Context, id uploader.VaultID) (none, error) { return none{}, l.RemoveVault(ctx, id) })
	route(mux, l, routeAdd, func(ctx context.Context, m addMsg) (uploader.Added, error) {
		added, err := l.Add(ctx, m.Vault, m.Paths, m.Known)
		l.guests.hand(added)
		return added, err
	})
	route(mux, l, routeDo, func(ctx context.Context, m doMsg) (none, error) { return none{}, l.Do(ctx, m.Verb, m.Target) })
	route(mux, l, routeRemove, l.Remove)
	route(mux, l, routeRestore, l.Restore)
	route(mux, l, routeHistory, l.History)
	route(mux, l, routeVerify, l.Verify)
	route(mux, l, routeKeep, func(ctx context.Context, _ none) (uploader.Keep, error) { return l.Keep(ctx) })
	route(mux, l, routeSetKeep, func(ctx context.Context, k uploader.Keep) (none, error) { return none{}, l.SetKeep(ctx, k) })
	route(mux, l, routePrune, func(ctx context.Context, m pruneMsg) (int, error) { return l.Prune(ctx, m.Before, m.Newest) })
	route(mux, l, routeSum, l.HistorySum)
	route(mux, l, routeShed, l.RemoveReceipts)
	route(mux, l, routeRegain, func(ctx context.Context, r []uploader.Receipt) (none, error) {
		return none{}, l.RestoreReceipts(ctx, r)
	})
	route(mux, l, routeLimits, func(ctx context.Context, _ none) (uploader.Limits, error) { return l.Limits(ctx) })
	route(mux, l, routeSet, func(ctx context.Context, m uploader.Limits) (none, error) { return none{}, l.SetLimits(ctx, m) })
	route(mux, l, routeBandwidth, func(ctx context.Context, _ none) (uploader.Bandwidth, error) { return l.Bandwidth(ctx) })
	route(mux, l, routeAllow, func(ctx context.Context, b uploader.Bandwidth) (none, error) { return none{}, l.SetBandwidth(ctx, b) })
	route(mux, l, routeBehaviour, func(ctx context.Context, _ none) (Behaviour, error) { return l.Behaviour(ctx) })
	route(mux, l, routeBehave, func(ctx context.Context, b Behaviour) (none, error) { return none{}, l.SetBehaviour(ctx, b) })
	route(mux, l, routeRaise, l.Raise)
	route(mux, l, routeSignIns, func(ctx context.Context, _ none) ([]SignIn, error) { return l.SignIns(ctx) })
	route(mux, l, routeBegin, l.BeginSignIn)
	route(mux, l, routeFinish, l.FinishSignIn)
	route(mux, l, routeSignOut, func(ctx context.Context, id uploader.VaultID) (none, error) { return none{}, l.SignOut(ctx, id) })
	mux.HandleFunc("GET "+routeWatch, func(w http.ResponseWriter, r *http.Request) { s.watch(l, w, r) })
	return mux
}

// route answers a POST of a Q with a reply of an A.
func route[Q, A any](mux *http.ServeMux, l *local, path string, do func(context.Context, Q) (A, error)) {
	mux.HandleFunc("POST "+path, func(w http.ResponseWriter, r *http.Request) {
		var q Q
		var answer reply[A]
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxMessage))
		if err == nil {
			err = json.Unmarshal(body, &q)
		}
		if err != nil {
			err = uploader.E("owner", uploader.CodeInternal, errors.New("malformed message"))
		} else {
			answer.Value, err = do(r.Context(), q)
		}
		answer.OK, answer.Version = err == nil, l.Snapshot().Version
		if err != nil {
			answer.Error = toWire(err)
			answer.Error.Closing = l.stopped()
		}
		w.Header().Set("Content-Type", "application/json")
		if err := json.NewEncoder(w).Encode(answer); err != nil {
			l.log.Debug("a client left before its answer", "err", err)
		}
	})
}

// stopped tells whether the engine has ended, or is about to.
func (l *local) stopped() bool {
	select {
	case <-l.ended:
		return true
	default:
		return l.stopping.Err() != nil
	}
}

// watch streams the queue: a whole frame first, then what changes, and a last one when this owner ends.
func (s *server) watch(l *local, w http.ResponseWriter, r *http.Request) {
	defer l.guests.enter()()
	changed, cancel := l.Subscribe()
	defer cancel()
	w.Header().Set("Content-Type", "application/x-ndjson")
	out := bufio.NewWriterSize(w, 64<<10)
	enc := json.NewEncoder(out)
	was := &uploader.Snapshot{}
	for last := false; ; {
		now := l.Snapshot()
		for f := range frames(was, now) {
			if enc.Encode(f) != nil {
				return
			}
		}
		if out.Flush() != nil || http.NewResponseController(w).Flush() != nil || last {
			return
		}
		was = now
		select {
		case <-r.Context().Done():
			return
		case <-s.closing:
			last = true
			continue
		case <-changed:
		}
		select {
		case <-r.Context().Done():
			return
		case <-s.closing:
			last = true
		case <-time.After(watchEvery):
		}
	}
}
