package uploader

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/json"
	"slices"
)

// early is what the vault looks at for a drop's manifest while the rest of the drop is still being sent. To look at
// 5,000 small objects takes as long as to send a third of them; looked at meanwhile they cost no time of their own.
//
// It is a shortcut and no more: what the manifest lists comes from the history when the drop is whole, and a page
// counts only if it is the same there. So it is kept in memory alone, and nothing here is tried twice.
type early struct {
	objects []BatchObject // stored, and in no page
	pages   []earlyPage
	page    int  // objects a page, 0 until the vault has said
	calls   int  // under way
	off     bool // the vault writes no manifests, or too much waits for one slow file
}

// earlyPage is a page that the vault has looked at.
type earlyPage struct {
	first AttemptID
	count int
	sum   [sha256.Size]byte
	token string
}

const (
	// earlyFrom is how many files of a drop are stored before its vault is asked how large a page is.
	earlyFrom = 200
	// earlyStep is how many more files are stored before it is looked again whether a page is full.
	earlyStep = 25
	// earlyWaiting is how many pages may wait for one slow file before the rest is left for the end.
	earlyWaiting = 16
)

// fingerprint tells two lists of objects apart.
func fingerprint(list []BatchObject) (sum [sha256.Size]byte, ok bool) {
	b, err := json.Marshal(list)
	return sha256.Sum256(b), err == nil
}

// storedEarly notes a file that has just been stored, and may have the vault look at a page.
func (c *core) storedEarly(b *batch, r Receipt) {
	e := &b.early
	if !b.Manifest || e.off || c.stopping {
		return
	}
	e.objects = append(e.objects, r.object())
	if len(e.objects)%earlyStep == 0 {
		c.earlyNext(b)
	}
}

// earlyNext makes the calls that there is something for, and room.
func (c *core) earlyNext(b *batch) {
	e := &b.early
	for !e.off && !c.stopping {
		s := c.earlyRoom(b)
		switch {
		case s == nil || e.page == 0 && (e.calls > 0 || len(e.objects) < earlyFrom):
			return
		case e.page == 0:
			c.askPageSize(b, s)
			return
		case b.files <= e.page, !b.Scanning && e.leave(b.files-b.done):
			return
		}
		var list []BatchObject
		if len(e.objects) >= e.page {
			list = e.take(c.oldest(b))
		}
		if list == nil {
			if len(e.objects) > earlyWaiting*e.page {
				e.off, e.objects = true, nil
			}
			return
		}
		c.askEarly(b, s, list)
	}
}

// earlyRoom gives the signer if a call may be made now: files come first, and a signer in trouble is not troubled more.
func (c *core) earlyRoom(b *batch) Signer {
	v := c.vaults[b.Vault]
	if v == nil || v.manifesting >= manifestCalls || c.control.free() <= 1 || v.control.shut {
		return nil
	}
	conn, err := c.connection(v)
	if err != nil {
		return nil // whoever sends a file meets it too
	}
	return conn.Signer
}

// oldest is the smallest attempt of a batch under way. Attempts that begin later are larger.
func (c *core) oldest(b *batch) (id AttemptID) {
	for r := range c.runs {
		if at := r.j.at; at != nil && r.j.entry.batch == b && (id == "" || at.ID < id) {
			id = at.ID
		}
	}
	return id
}

// leave tells whether what is in no page is left for the end, when that is near: it is shared out among all calls then,
// which is sooner done than a whole page that one call began just before.
func (e *early) leave(unstored int) bool {
	return unstored < e.page/2 && len(e.objects)+unstored <= 2*e.page
}

// take gives the objects of the next page, if all before the attempt named ("": all there is) fill one. There must be
// enough for a page.
func (e *early) take(before AttemptID) []BatchObject {
	slices.SortFunc(e.objects, func(a, b BatchObject) int { return cmp.Compare(a.Attempt, b.Attempt) })
	if before != "" && e.objects[e.page-1].Attempt > before {
		return nil
	}
	list := slices.Clone(e.objects[:e.page])
	e.objects = slices.Delete(e.objects, 0, e.page)
	return list
}

// askPageSize asks the vault how many objects make a page.
func (c *core) askPageSize(b *batch, s Signer) {
	c.earlyCall(b, func(ctx context.Context) (func(), error) {
		can, err := s.Capabilities(ctx)
		return func() {
			b.early.page = max(can.ManifestPage, 0)
			b.early.off = b.early.off || can.ManifestPage <= 0
		}, err
	})
}

// askEarly has the vault look at a page.
func (c *core) askEarly(b *batch, s Signer, list []BatchObject) {
	req := BatchRequest{Batch: b.ID, Page: true, Objects: list}
	c.earlyCall(b, func(ctx context.Context) (func(), error) {
		answer, err := s.CompleteBatch(ctx, req)
		sum, ok := fingerprint(list)
		return func() {
			if ok {
				b.early.pages = append(b.early.pages, earlyPage{first: list[0].Attempt, count: len(list), sum: sum, token: answer.Page})
			}
		}, err
	})
}

// earlyCall makes a call. The manifest of a drop that has become whole meanwhile is asked for when the last has ended.
func (c *core) earlyCall(b *batch, work manifestWork) {
	v := c.vaults[b.Vault]
	v.manifesting++
	b.early.calls++
	c.submit(c.ctx, c.control, func(ctx context.Context) func() {
		then, err := work(ctx)
		return func() {
			v.manifesting--
			b.early.calls--
			v.control.outcome(err)
			if err == nil {
				then()
				c.earlyNext(b)
			}
			if m := c.manifests[b.ID]; m != nil {
				c.askManifest(m)
			}
		}
	})
}

// takeEarly gives a manifest the pages that its batch has had looked at.
func (c *core) takeEarly(m *manifest) {
	if b := c.batches[m.Batch]; b != nil {
		m.early = b.early.pages
		b.early = early{off: true}
	}
}

// known finds the page that was looked at early and is the same in the history.
func (m *manifest) known(at int) (earlyPage, bool) {
	i, ok := slices.BinarySearchFunc(m.early, m.objects[at].Attempt, func(p earlyPage, id AttemptID) int { return cmp.Compare(p.first, id) })
	if !ok || at+m.early[i].count > len(m.objects) {
		return earlyPage{}, false
	}
	sum, ok := fingerprint(m.objects[at : at+m.early[i].count])
	return m.early[i], ok && sum == m.early[i].sum
}
