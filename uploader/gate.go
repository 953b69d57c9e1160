package uploader

import (
	"cmp"
	"errors"
	"slices"
	"time"
)

// gate is a circuit breaker for one way to a vault: to its signer, or to its storage. When something that concerns the
// whole vault goes wrong (no network, sign-in over) it shuts; after a while it lets one operation through to probe, and
// opens again when the other side answers. So a thousand jobs do not each find out alone that the network is gone.
type gate struct {
	c       *core
	shut    bool
	code    Code // why
	tries   int
	until   time.Time // no probe before
	probing bool      // one operation is finding out
	waiting []func()  // operations that came to a shut gate, first come first served
	timer   *later
	onProbe func() // runs before a probe: reads the settings again
}

// The longest wait between two probes.
const (
	probeNetwork = 20 * time.Second
	probeOther   = 60 * time.Second
)

// pass tells whether an operation may go now. While the gate is shut one may: the probe.
func (g *gate) pass() bool {
	if !g.shut {
		return true
	}
	if g.probing || time.Now().Before(g.until) {
		return false
	}
	g.probing = true
	if g.onProbe != nil {
		g.onProbe()
	}
	return true
}

// wait does f when the gate lets it try again.
func (g *gate) wait(f func()) { g.waiting = append(g.waiting, f) }

// outcome tells the gate how an operation it let pass has ended.
func (g *gate) outcome(err error) {
	code := CodeOf(err)
	switch {
	case code == CodeCancelled:
		if g.probing { // the prober was taken back: let another one try
			g.probing = false
			g.release(1)
		}
	case code == CodeUnknown: // no answer: says nothing of the way, unless it was the probe
		if g.probing {
			g.close(CodeNetwork, err)
		}
	case err != nil && code.Info().Action == Wait:
		g.close(code, err)
	default: // an answer, even a refusal, means that the way is open
		g.open()
	}
}

func (g *gate) open() {
	if !g.shut {
		return
	}
	g.c.timers.stop(g.timer)
	if g.code.Info().Reason == WaitNetwork {
		g.c.anew() // it may be another network
	}
	g.shut, g.probing, g.tries, g.code = false, false, 0, ""
	g.c.changed()
	g.release(len(g.waiting))
}

func (g *gate) close(code Code, err error) {
	g.code = code
	// One of those that were under way when it shut says nothing new, while the end of the wait is still to come. Once
	// that has passed and nobody probes, because nobody was there or the prober was taken back, it stands for the probe:
	// else its operation would wait at a gate that nothing opens any more.
	if g.shut && !g.probing && time.Now().Before(g.until) {
		return
	}
	most := probeOther
	if code.Info().Reason == WaitNetwork {
		most = probeNetwork
	}
	d := min(backoff(g.tries, retryAfter(err), g.c.random), most)
	g.tries++
	g.shut, g.probing = true, false
	g.until = time.Now().Add(d)
	g.c.timers.stop(g.timer)
	g.timer = g.c.timers.after(d, true, g.knock)
	g.c.changed()
}

// knock ends the wait: the next operation that comes is the probe.
func (g *gate) knock() {
	g.until = time.Time{}
	g.release(1)
}

// release lets n waiting operations try again, in order. Those that find the gate shut wait again.
func (g *gate) release(n int) {
	n = min(n, len(g.waiting))
	now := g.waiting[:n]
	g.waiting = append([]func(){}, g.waiting[n:]...)
	for _, f := range now {
		f()
	}
}

// vaultState is a vault the engine may talk to.
type vaultState struct {
	Vault
	conn      Connection
	connected bool
	control   gate // to the signer
	data      gate // to storage

	toSign   []*run    // single objects that have their checksum and want a URL
	signing  int       // SignObjects calls under way
	asked    time.Time // when the latest began
	askAgain *later    // looks whether it takes long
	aborts   []*tomb
	aborting int

	manifests   []*manifest // to be asked about
	manifesting int         // calls under way
}

func (c *core) addVault(v Vault) *vaultState {
	s := &vaultState{Vault: v}
	s.control = gate{c: c, onProbe: func() { s.connected = s.connected && !s.control.settings() }}
	s.data = gate{c: c}
	c.vaults[v.ID] = s
	return s
}

// needVault makes sure that what the queue belongs to is there. A vault whose record a damaged journal has lost stands
// empty: its jobs wait and say that the settings cannot be used.
func (c *core) needVault(id VaultID) {
	if c.vaults[id] == nil {
		c.addVault(Vault{ID: id})
	}
}

// settings tells whether what shut the gate may have been mended in the files its connection was made from. (A token
// is read anew for every call.)
func (g *gate) settings() bool {
	return g.code == CodeBadConfig || g.code == CodeTLS
}

// connection returns the vault's connection, made when it is first needed.
func (c *core) connection(v *vaultState) (Connection, error) {
	if v.connected {
		return v.conn, nil
	}
	conn, err := c.cfg.Connector.Connect(v.Vault)
	if err != nil {
		return Connection{}, err
	}
	conn.Transport = bandwidth{next: conn.Transport, pacer: c.allow.pacer}
	v.conn, v.connected = conn, true
	return conn, nil
}

// dropIdle closes connections that a sleep or a change of network has made stale.
func (v *vaultState) dropIdle() {
	type idler interface{ CloseIdleConnections() }
	if t, ok := v.conn.Transport.(idler); ok {
		t.CloseIdleConnections()
	}
}

// vaultList returns the configured vaults, oldest first.
func (c *core) vaultList() []Vault {
	list := make([]Vault, 0, len(c.vaults))
	for _, v := range c.vaults {
		if v.SignerURL != "" {
			list = append(list, v.Vault)
		}
	}
	slices.SortFunc(list, func(a, b Vault) int { return cmp.Compare(a.ID, b.ID) })
	return list
}

// saveVault inserts or replaces a vault; a changed one is connected to anew, and whoever waited for it tries again.
func (c *core) saveVault(rec Vault, answer func(struct{}, error)) {
	if v := c.vaults[rec.ID]; v != nil {
		v.Vault, v.connected = rec, false
	} else {
		c.addVault(rec)
	}
	c.write(nil, SaveVault{rec})
	c.timers.fireEarly()
	c.durable(func(err error) { answer(struct{}{}, err) })
}

func (c *core) removeVault(id VaultID, answer func(struct{}, error)) {
	busy := false
	for _, b := range c.batches {
		busy = busy || b.Vault == id
	}
	for _, t := range c.tombs {
		busy = busy || t.Attempt.Vault == id
	}
	for _, m := range c.manifests {
		busy = busy || m.Vault == id && m.State == ManifestWanted
	}
	if busy {
		answer(struct{}{}, E("remove-vault", CodeBadConfig, errors.New("the queue still needs it")))
		return
	}
	delete(c.vaults, id)
	c.write(nil, RemoveVault{id})
	c.durable(func(err error) { answer(struct{}{}, err) })
}
