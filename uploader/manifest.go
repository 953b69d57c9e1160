package uploader

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"
)

// ManifestState is how far a batch's manifest is.
type ManifestState string

// The states. A batch that is not whole, or never can be, has no manifest and no state.
const (
	ManifestWanted  ManifestState = "wanted"  // the batch is whole; the vault may have been asked
	ManifestStored  ManifestState = "stored"  // it is in the vault
	ManifestRefused ManifestState = "refused" // the vault does not write it; Code says why
	ManifestNone    ManifestState = "none"    // this vault writes none
	ManifestPartly  ManifestState = "partly"  // of a row only: not all that was dropped is sent, so that there will be none
)

// Manifest is what the journal keeps of a batch's manifest: the object in the vault that lists every file of a drop. It
// outlives the batch's rows.
//
// A batch is whole when its folders are walked and every file of it is stored. A file that failed, or that the user
// cancelled, keeps it from being whole until a retry has stored it; one that was taken out of the queue before it was
// stored does so for good: what was dropped is then not what is stored.
type Manifest struct {
	Batch    BatchID
	Vault    VaultID
	State    ManifestState
	Code     Code   // why it is refused
	Detail   string // for IT: redacted
	Files    int    // in the queue when it was wanted: so many receipts at least must be found; then what it lists
	Key      string // the rest once it is stored
	RootHash string
	Since    time.Time
	StoredAt time.Time
}

// BatchObject is one file of a batch, as its receipt has it.
type BatchObject struct {
	Attempt  AttemptID
	Key      string
	Size     int64
	Checksum string // CRC64NVME of the whole, "" if storage confirmed none
	RelPath  string // for vaults whose keys hold no names and whose manifests do
}

// BatchRequest asks for a manifest: with all its objects, with one page of them, or with the tokens of all pages.
type BatchRequest struct {
	Batch   BatchID
	Objects []BatchObject // by rising Attempt
	Page    bool
	Pages   []string
}

// BatchAnswer is the token of a page, or where the manifest is.
type BatchAnswer struct {
	Page     string
	Key      string
	RootHash string
	Objects  int
}

// manifest is one in memory.
type manifest struct {
	Manifest
	queued  bool
	objects []BatchObject // what it lists; nil until the history was read
	page    int           // objects a call
	pages   []string      // tokens of what the vault has looked at, "" of what it has not: good for this session
	starts  []int         // of each page, its first object
	early   []earlyPage   // looked at before the drop was whole, by rising first
	todo    []int         // pages that are to be asked about
	calls   int           // under way
	cuts    int           // how often pages were made: what was asked about older ones says nothing of these
	again   bool          // the tokens were refused once, and made anew
	anew    bool          // it was refused in an earlier session: the journal is to say first that it is wanted again
	tries   int
	ended   bool // and on its way to the journal
}

// mendable tells a refusal that an administrator can undo, as by giving the vault a key template back. While the drop
// is in the queue each start asks once more.
func (m Manifest) mendable() bool {
	return m.State == ManifestRefused && (m.Code == CodeForbidden || m.Code == CodeRefused)
}

// whole asks for a batch's manifest when the batch is whole. Its intent is journalled before the vault is asked.
func (c *core) whole(b *batch) {
	if !b.Manifest || b.Scanning || b.files == 0 || b.done != b.files || c.manifests[b.ID] != nil || c.batches[b.ID] != b {
		return
	}
	for _, e := range b.entries {
		if e.unfinished() {
			return
		}
	}
	m := &manifest{Manifest: Manifest{
		Batch: b.ID, Vault: b.Vault, State: ManifestWanted, Files: b.done, Since: c.cfg.Now(),
	}}
	c.manifests[b.ID] = m
	c.showManifest(m)
	c.write(func() { c.askManifest(m) }, SaveManifest{m.Manifest})
}

// partly notes that a batch will not be stored as it was dropped.
func (c *core) partly(b *batch) {
	if b.Manifest {
		b.Manifest = false
		c.write(nil, SaveBatch{b.Batch})
	}
}

// askManifest queues the next call about a manifest.
func (c *core) askManifest(m *manifest) {
	v := c.vaults[m.Vault]
	if v == nil || m.queued || m.ended || m.State != ManifestWanted || c.stopping || c.cfg.Idle {
		return
	}
	if b := c.batches[m.Batch]; b != nil && b.early.calls > 0 {
		return // the last of them asks
	}
	m.queued = true
	v.manifests = append(v.manifests, m)
}

// manifestCalls is how many calls about manifests a vault may have under way: it looks at every object, which takes a
// while, and the pages of a large drop need not wait for each other. No file waits for them.
const manifestCalls = 4

// manifestNext makes calls about manifests.
func (c *core) manifestNext(v *vaultState) {
	for v.manifesting < manifestCalls && len(v.manifests) > 0 && c.control.free() > 0 {
		m := v.manifests[0]
		if m.ended || m.calls > 0 && len(m.todo) == 0 { // what is under way says how it goes on
			m.queued = false
			v.manifests = v.manifests[1:]
			continue
		}
		if !v.control.pass() {
			return
		}
		conn, err := c.connection(v)
		if err != nil {
			v.control.close(CodeOf(err), err)
			return
		}
		m.queued = false
		v.manifests = v.manifests[1:]
		c.manifestCall(v, m, conn.Signer)
	}
}

// manifestCall makes the next call about one manifest, and asks for the one after it if that need not wait.
func (c *core) manifestCall(v *vaultState, m *manifest, s Signer) {
	var work manifestWork
	page := -1
	switch {
	case m.objects == nil:
		work = c.listManifest(m, s)
	case len(m.todo) > 0:
		page, m.todo = m.todo[0], m.todo[1:]
		work = c.pageManifest(m, page, s)
	default:
		work = c.callManifest(m, s)
	}
	v.manifesting++
	m.calls++
	cuts := m.cuts
	c.submit(c.ctx, c.control, func(ctx context.Context) func() {
		then, err := work(ctx)
		return func() {
			v.manifesting--
			m.calls--
			v.control.outcome(err)
			switch {
			case m.ended:
			case m.cuts != cuts:
				c.askManifest(m)
			case err != nil:
				if page >= 0 {
					m.todo = append(m.todo, page)
				}
				c.manifestTrouble(m, err)
			default:
				m.tries = 0
				then()
			}
		}
	})
	if len(m.todo) > 0 {
		c.askManifest(m)
	}
}

// manifestWork is one step: it runs on a worker, and what it returns on the owner.
type manifestWork func(ctx context.Context) (then func(), err error)

// listManifest asks whether the vault writes manifests, and reads what is to be listed.
func (c *core) listManifest(m *manifest, s Signer) manifestWork {
	batch, journal, page := m.Batch, c.cfg.Journal, 0
	if b := c.batches[batch]; b != nil { // the vault was asked while the drop was being sent
		page = b.early.page
	}
	return func(ctx context.Context) (func(), error) {
		if page <= 0 {
			can, err := s.Capabilities(ctx)
			if err != nil {
				return nil, err
			}
			page = can.ManifestPage
		}
		var list []BatchObject
		if page > 0 {
			var err error
			if list, err = receipts(ctx, journal, batch); err != nil {
				return nil, err
			}
		}
		return func() {
			switch {
			case page <= 0:
				c.endManifest(m, func(rec *Manifest) { rec.State = ManifestNone })
			case len(list) < m.Files: // the history has lost some: a list of the others would lie
				c.endManifest(m, func(rec *Manifest) { rec.State, rec.Code = ManifestRefused, CodeJournalBroken })
			default:
				m.objects, m.page = list, page
				c.takeEarly(m)
				m.cut()
				c.askManifest(m)
			}
		}, nil
	}
}

// object is what a manifest says of a file, with strings of its own.
func (r Receipt) object() BatchObject {
	return BatchObject{
		Attempt: AttemptID(strings.Clone(string(r.Attempt))), Key: strings.Clone(r.Key), Size: r.Size,
		Checksum: strings.Clone(r.Checksum), RelPath: strings.Clone(r.RelPath),
	}
}

// receipts reads what the history has of a batch, in the protocol's order. Of each receipt it keeps only what is sent.
func receipts(ctx context.Context, j Journal, batch BatchID) ([]BatchObject, error) {
	var list []BatchObject
	err := j.Receipts(ctx, batch, func(r Receipt) { list = append(list, r.object()) })
	slices.SortFunc(list, func(a, b BatchObject) int { return cmp.Compare(a.Attempt, b.Attempt) })
	return slices.CompactFunc(list, func(a, b BatchObject) bool { return a.Attempt == b.Attempt }), err
}

// pageManifest has the vault look at one page. When it has looked at all, the manifest is asked for.
func (c *core) pageManifest(m *manifest, page int, s Signer) manifestWork {
	req := BatchRequest{Batch: m.Batch, Page: true, Objects: m.of(page)}
	return func(ctx context.Context) (func(), error) {
		answer, err := s.CompleteBatch(ctx, req)
		if err != nil {
			return nil, err
		}
		return func() {
			m.pages[page] = answer.Page
			if _, all := m.looked(); len(m.todo) > 0 || all && m.calls == 0 {
				c.askManifest(m)
			}
		}, nil
	}
}

// callManifest asks for the manifest.
func (c *core) callManifest(m *manifest, s Signer) manifestWork {
	req, files := BatchRequest{Batch: m.Batch, Objects: m.objects}, len(m.objects)
	if len(m.pages) > 0 {
		req.Objects, req.Pages = nil, slices.Clone(m.pages)
	}
	return func(ctx context.Context) (func(), error) {
		answer, err := s.CompleteBatch(ctx, req)
		if err == nil && answer.Objects != files {
			err = E("complete-batch", CodeBadResponse, errors.New("the manifest lists another number of files"))
		}
		if err != nil {
			return nil, err
		}
		return func() {
			c.endManifest(m, func(rec *Manifest) {
				rec.State, rec.Key, rec.RootHash, rec.Files, rec.StoredAt = ManifestStored, answer.Key, answer.RootHash, answer.Objects, c.cfg.Now()
			})
		}, nil
	}
}

// manifestTrouble decides what becomes of a manifest whose call failed. Every call may be repeated.
func (c *core) manifestTrouble(m *manifest, err error) {
	code := CodeOf(err)
	some, _ := m.looked()
	switch action := code.Info().Action; {
	case code == CodeCancelled: // the engine stops; a restart asks again
	case action == Wait:
		c.askManifest(m)
	case action == Retry, action == Look:
		m.tries++
		c.timers.after(backoff(m.tries+2, retryAfter(err), c.random), true, func() { c.askManifest(m) })
	case some && !m.again: // the signers' seal keys may have changed since, or how large a page may be
		m.again, m.objects = true, nil
		m.cut()
		c.askManifest(m)
	default:
		c.endManifest(m, func(rec *Manifest) { rec.State, rec.Code, rec.Detail = ManifestRefused, code, err.Error() })
	}
}

// endManifest journals how it ended. It is shown when the journal says so too.
func (c *core) endManifest(m *manifest, change func(*Manifest)) {
	record := m.Manifest
	change(&record)
	m.ended, m.objects, m.pages, m.starts, m.early, m.todo = true, nil, nil, nil, nil, nil
	c.write(func() {
		m.Manifest = record
		c.showManifest(m)
		c.cfg.Log.Info("manifest", "batch", record.Batch, "state", record.State, "code", record.Code)
	}, SaveManifest{record})
}

// showManifest passes a change on to the rows of the batch.
func (c *core) showManifest(m *manifest) {
	if b := c.batches[m.Batch]; b != nil {
		for _, e := range b.entries {
			c.pub.entry(e)
		}
	}
	c.changed()
}

// manifestsWanted is how many the vaults still have to write.
func (c *core) manifestsWanted() (n int) {
	for _, m := range c.manifests {
		if m.State == ManifestWanted {
			n++
		}
	}
	return n
}
