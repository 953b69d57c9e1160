package sim

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"runtime/debug"
	"sync/atomic"
	"time"

	"github.com/oklog/ulid/v2"

	"longshore/internal/fault"
	"longshore/signer"
	"longshore/store"
	"longshore/uploader"
	"longshore/uploader/remote"
)

// The sizes of this world, in bytes.
const (
	partSize  = 64
	smallSize = 16
)

const vaultID uploader.VaultID = "01SM0000000000000000000000"

// world is one run: everything around the engine, and the engine.
type world struct {
	seed    uint64
	rng     *rand.Rand // of the scenario, one goroutine's
	choices bool       // the user says what becomes of files that the vault has, and takes removals back
	will    *rand.Rand // of the choices, likewise
	luck    *luck
	trace   *trace
	monitor *monitor

	mode        uploader.Checksum
	rate        map[string]float64 // how often an operation fails
	usual       float64            // of operations that rate does not name
	calm        atomic.Bool        // the storm is over
	bucket      *bucket
	urlLifetime time.Duration
	network     *network
	signerCount int
	signers     []*signer.Signer // under network.mu
	disk        *disk

	shift     atomic.Int64 // how far the world's clock is ahead of the bubble's: the machine slept
	wrong     atomic.Int64 // how far this machine's clock is off
	skew      atomic.Bool  // S3 and the signer disagree about the time
	signedOut atomic.Bool
	expired   atomic.Bool // the signers' own credentials are over
	answers   []func()    // of the drives that hang
	diskFull  atomic.Bool

	dir      string // of the real store; "" for the model
	durable  uploader.Journal
	limits   uploader.Limits
	ids      atomic.Uint64
	session  *session
	removals []removal
}

// session is one life of the program.
type session struct {
	w      *world
	engine *uploader.Engine
	dead   chan struct{} // closed at a crash
	cancel context.CancelFunc
	done   chan error
}

func (s *session) isDead() bool {
	select {
	case <-s.dead:
		return true
	default:
		return false
	}
}

// now is the world's clock: S3's and the signers'.
func (w *world) now() time.Time { return time.Now().Add(time.Duration(w.shift.Load())) }

// skewed tells whether S3 refuses everything for its time.
func (w *world) skewed() bool { return w.skew.Load() }

// fails tells whether a call fails.
func (w *world) fails(r *roll, op string) bool {
	p, ok := w.rate[op]
	if !ok {
		p = w.usual
	}
	return r.chance(p) && !w.calm.Load()
}

// newID makes identifiers that grow.
func (w *world) newID() string {
	var id ulid.ULID
	if err := id.SetTime(946684800000); err != nil { // the bubble's first moment
		panic(err)
	}
	n := w.ids.Add(1)
	for i := range 8 {
		id[15-i] = byte(n >> (8 * i))
	}
	return id.String()
}

func newWorld(seed uint64, dir string, choices bool) *world {
	w := &world{
		seed: seed, rng: rand.New(rand.NewPCG(seed, 1)), choices: choices, will: rand.New(rand.NewPCG(seed, 2)), luck: &luck{seed: seed, seen: map[which]int{}},
		trace: &trace{began: time.Now()}, network: newNetwork(), disk: newDisk(), dir: dir,
	}
	w.monitor, w.bucket = newMonitor(w), newBucket(w)
	w.draw()
	return w
}

// open opens the journal: the model, or the real store.
func (w *world) open() error {
	if w.dir == "" {
		if w.durable == nil {
			j := fault.NewJournal()
			w.durable = j
		}
		return nil
	}
	db, err := store.Open(context.Background(), w.dir, store.Options{})
	w.durable = db
	return err
}

// shut closes the real store; whatever it has answered is on disk.
func (w *world) shut() {
	if db, ok := w.durable.(*store.DB); ok && db != nil {
		if err := db.Close(); err != nil {
			w.trace.violate("the store does not close: %s", err)
		}
	}
}

// Connect is the engine's way to the vault.
func (s *session) Connect(v uploader.Vault) (uploader.Connection, error) {
	if s.w.fails(s.w.luck.call("connect", "", 0), "connect") {
		s.w.trace.add("connect: the token file cannot be read")
		return uploader.Connection{}, uploader.E("connect", uploader.CodeBadConfig, nil)
	}
	client, err := remote.New(remote.Config{Base: v.SignerURL, HTTP: &http.Client{Transport: controlPlane{s}}})
	if err != nil {
		return uploader.Connection{}, err
	}
	return uploader.Connection{
		Signer: lens{client}, Transport: uploader.Compose(dataPlane{s}, uploader.TransportOptions{}),
		Origins: v.DataOrigins, Checksum: v.Checksum,
	}, nil
}

// start brings up the program on the journal as it is.
func (w *world) start() bool {
	s := &session{w: w, dead: make(chan struct{}), done: make(chan error, 1)}
	if err := w.open(); err != nil {
		w.trace.violate("the journal does not open: %s", err)
		return false
	}
	e, err := uploader.New(context.Background(), uploader.Config{
		Journal: journal{w.durable, s}, Source: w.disk, Connector: s, NewID: w.newID, Limits: w.limits,
		Now: func() time.Time { return w.now().Add(time.Duration(w.wrong.Load())) },
	})
	if err != nil {
		w.trace.violate("the engine does not start: %s", err)
		return false
	}
	random := w.luck.call("waits", fmt.Sprint(w.ids.Load()), 0)
	uploader.SimWorld(e, partSize, smallSize, random.float)
	ctx, cancel := context.WithCancel(context.Background())
	s.engine, s.cancel, w.session = e, cancel, s
	go func() {
		defer func() {
			if p := recover(); p != nil {
				w.trace.violate("the engine panics: %v\n%s", p, debug.Stack())
				s.done <- nil
			}
		}()
		s.done <- e.Run(ctx)
	}()
	w.trace.add("the program starts")
	return true
}

// quit ends the program as a user does.
func (w *world) quit() {
	w.trace.add("the program quits")
	w.session.cancel()
	if err := <-w.session.done; err != nil {
		w.trace.violate("the engine ends with %s", err)
	}
	close(w.session.dead)
	w.shut()
}

// crash ends the program without goodbye.
func (w *world) crash() {
	w.trace.add("CRASH")
	close(w.session.dead)
	w.session.cancel()
	<-w.session.done // whatever it says: it is dead
	w.shut()
	w.trace.add("its remains are gone")
}

// died tells whether the engine ended by itself, which it may not.
func (w *world) died() bool {
	select {
	case err := <-w.session.done:
		w.trace.violate("the engine ends by itself: %v", err)
		w.session.done <- nil // whoever stops it later does not wait
		return true
	default:
		return false
	}
}
