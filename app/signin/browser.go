package signin

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// Patience is how long a sign-in in the browser may take.
const Patience = 10 * time.Minute

// Browser is a sign-in that goes on in a browser on this computer. Wait must be called, or Close.
type Browser struct {
	// URL is the page to open. It holds no secret: what comes back of it is of no use without the verifier, which stays
	// here (RFC 7636).
	URL string

	client   *Client
	provider *provider
	oauth    oauth2.Config
	state    string
	nonce    string
	verifier string
	host     string // of the redirect, as the browser must name it

	server   *http.Server
	serving  sync.WaitGroup
	patience time.Duration
	reply    chan reply
	arrived  atomic.Bool   // something came back
	settled  chan struct{} // closed when the page may be shown
	outcome  error
	closing  sync.Once
}

// reply is what the browser brought back.
type reply struct {
	code string
	err  error
}

// Browser begins a sign-in: it asks the provider for its configuration and listens on loopback for the browser's
// return (RFC 8252 §7.3).
func (c *Client) Browser(ctx context.Context) (*Browser, error) {
	p, err := c.discovered(ctx, true)
	if err != nil {
		return nil, err
	}
	listener, err := c.listen(ctx)
	if err != nil {
		return nil, failed(NoLoopback, err)
	}
	b := &Browser{
		client: c, provider: p, oauth: p.oauth,
		state: rand.Text(), nonce: rand.Text(), verifier: oauth2.GenerateVerifier(), host: listener.Addr().String(),
		patience: Patience, reply: make(chan reply, 1), settled: make(chan struct{}),
	}
	b.oauth.RedirectURL = "http://" + b.host + "/"
	options := append(c.audience(), oidc.Nonce(b.nonce), oauth2.S256ChallengeOption(b.verifier))
	b.URL = b.oauth.AuthCodeURL(b.state, options...)
	b.server = &http.Server{Handler: http.HandlerFunc(b.serve), ReadHeaderTimeout: 10 * time.Second, MaxHeaderBytes: 64 << 10}
	b.serving.Go(func() {
		if err := b.server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			b.bring(reply{err: failed(NoLoopback, err)})
		}
	})
	return b, nil
}

// listenLoopback listens on a port of the system's choice. The address is a number: a name could be made to mean
// another machine (RFC 8252 §8.3).
func listenLoopback(ctx context.Context) (net.Listener, error) {
	var listen net.ListenConfig
	l, err := listen.Listen(ctx, "tcp4", "127.0.0.1:0")
	if err == nil {
		return l, nil
	}
	if l, err6 := listen.Listen(ctx, "tcp6", "[::1]:0"); err6 == nil {
		return l, nil
	}
	return nil, err
}

// Wait waits until the browser is back, trades its code for tokens, and closes. Errors: Denied, TimedOut, Wrong, those
// of a call, and the context's.
func (b *Browser) Wait(ctx context.Context) (Tokens, error) {
	defer b.Close()
	patience := time.NewTimer(b.patience)
	defer patience.Stop()
	var r reply
	select {
	case <-ctx.Done():
		return Tokens{}, ctx.Err()
	case <-patience.C:
		return Tokens{}, failed(TimedOut, nil)
	case r = <-b.reply:
	}
	t, err := b.exchange(ctx, r)
	b.outcome = err
	close(b.settled)
	return t, err
}

func (b *Browser) exchange(ctx context.Context, r reply) (Tokens, error) {
	if r.err != nil {
		return Tokens{}, r.err
	}
	began := time.Now()
	answer, err := b.oauth.Exchange(b.client.context(ctx), r.code, oauth2.VerifierOption(b.verifier))
	if err != nil {
		err = callError(ctx, "code", err)
		if KindOf(err) == Needed { // the code is not taken: there is no sign-in yet that could be over
			err = failed(Denied, errors.New("the provider does not take its own code"))
		}
		return Tokens{}, err
	}
	return b.client.tokens(ctx, b.provider, answer, began, b.nonce, "", true)
}

// pageWait is how long the browser may take to fetch its last page.
const pageWait = 2 * time.Second

// Close ends the listening.
func (b *Browser) Close() {
	b.closing.Do(func() {
		ctx, cancel := context.WithTimeout(context.Background(), pageWait)
		defer cancel()
		shut := errors.New("nobody waits for the page")
		select {
		case <-b.settled:
			shut = b.server.Shutdown(ctx)
		default:
		}
		if shut != nil {
			_ = b.server.Close() // nothing is left that could be lost
		}
		b.serving.Wait()
	})
}

// bring hands over what came back; only the first counts.
func (b *Browser) bring(r reply) bool {
	if b.arrived.Swap(true) {
		return false
	}
	b.reply <- r
	return true
}

// serve answers the browser. What does not belong to this sign-in ends nothing: any web page can make the browser call
// here.
func (b *Browser) serve(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.Host != b.host: // a name that was made to mean this computer
		show(w, r, http.StatusForbidden, pageStranger)
		return
	case r.Method != http.MethodGet || r.URL.Path != "/":
		http.NotFound(w, r)
		return
	}
	q := r.URL.Query()
	if subtle.ConstantTimeCompare([]byte(q.Get("state")), []byte(b.state)) != 1 {
		show(w, r, http.StatusBadRequest, pageStranger)
		return
	}
	if !b.bring(b.read(q.Get("iss"), q.Get("code"), q.Get("error"))) {
		show(w, r, http.StatusConflict, pageUsed)
		return
	}
	select {
	case <-b.settled:
	case <-r.Context().Done():
		return
	}
	if b.outcome != nil {
		show(w, r, http.StatusBadRequest, pageFailed)
		return
	}
	show(w, r, http.StatusOK, pageDone)
}

// read checks the authorization response (RFC 6749 §4.1.2, RFC 9207 §2.4).
func (b *Browser) read(iss, code, refusal string) reply {
	switch {
	case iss != "" && iss != b.client.cfg.Issuer, iss == "" && b.provider.meta.IssInReply:
		return reply{err: wrong("another provider answered than the one that was asked")}
	case refusal == "server_error" || refusal == "temporarily_unavailable":
		return reply{err: failed(Trouble, errors.New("sign-in page: "+refusal))}
	case refusal != "":
		return reply{err: failed(Denied, errors.New("sign-in page: "+errorCode(refusal)))}
	case code == "":
		return reply{err: wrong("the sign-in page came back without a code")}
	}
	return reply{code: code}
}
