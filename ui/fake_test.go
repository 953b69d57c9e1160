package ui

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"longshore/ui/connect"
	"longshore/ui/words"
	"longshore/uploader"
)

// fakeQueue is a queue in memory that obeys verbs, for tests and for trying the window by hand.
type fakeQueue struct {
	mu       sync.Mutex
	version  uint64
	rows     []uploader.EntryRow
	vaults   []uploader.Vault
	limits   uploader.Limits
	line     uploader.Bandwidth
	past     fakePast
	trouble  uploader.Code
	notices  [][]words.Problem
	hears    []chan struct{} // subscribers
	caps     uploader.Capabilities
	refuse   error // what CheckVault and AddVault answer, nil for yes
	checks   int
	added    [][]string
	back     []uploader.EntryRow // what the last Remove took, as Restore brings it back
	removing error               // what Remove fails with
	done     []uploader.Verb
	ids      int

	door       fakeDoor
	signIns    []SignInState
	signedIn   chan struct{} // a person signs in
	noKeychain bool
	steps      []connect.Step     // of every test of a connection
	tested     []uploader.VaultID // "" for one that is not set up
	joined     []Address          // vaults that were added
	opened     []string
}

func newFake(vaults ...uploader.Vault) *fakeQueue {
	return &fakeQueue{vaults: vaults, limits: uploader.DefaultLimits(), signedIn: make(chan struct{}, 1), caps: fakeCaps}
}

var fakeVault = uploader.Vault{
	ID: "V1", Name: "Radiology North", SignerURL: "https://vault.north.example.org", Encryption: "aws:kms",
	Checksum: uploader.ChecksumCRC64NVME, DataOrigins: []string{"https://north-images.s3.eu-central-1.amazonaws.com"},
}

var fakeCaps = uploader.Capabilities{
	Name: fakeVault.Name, Encryption: fakeVault.Encryption, Checksum: fakeVault.Checksum, DataOrigins: fakeVault.DataOrigins,
}

func (q *fakeQueue) Snapshot() *uploader.Snapshot {
	q.mu.Lock()
	defer q.mu.Unlock()
	s := &uploader.Snapshot{Version: q.version, Entries: uploader.PagesOf(q.rows), Jobs: uploader.PagesOf(q.files()), Trouble: q.trouble}
	t := &s.Totals
	for _, e := range q.rows {
		t.Files += e.Files
		t.FilesDone += e.FilesDone
		t.FilesFailed += e.FilesFailed
		t.FilesAsked += int(e.Asks)
		if e.State != uploader.Cancelled {
			t.Bytes += e.Bytes
			t.BytesSent += e.BytesSent
		}
		t.Scanning = t.Scanning || e.Scanning
		rest := e.Files - e.FilesDone - e.FilesFailed
		switch e.State {
		case uploader.Uploading, uploader.Creating, uploader.Completing:
			t.FilesActive += min(rest, 4)
			t.Rate += e.Rate
		case uploader.Waiting:
			t.FilesWaiting += rest
		case uploader.Paused:
			t.FilesPaused += rest
		}
	}
	if t.Rate > 0 {
		t.Left = time.Duration(float64(t.Bytes-t.BytesSent) / t.Rate * float64(time.Second))
	}
	return s
}

// files makes up the files of the rows: a folder's are stored, failed, sent and queued in this order.
func (q *fakeQueue) files() []uploader.JobRow {
	var jobs []uploader.JobRow
	for i := range q.rows {
		e := &q.rows[i]
		if !e.Dir {
			jobs = append(jobs, uploader.JobRow{
				ID: uploader.JobID("J" + e.ID), Entry: e.ID, RelPath: e.Name, Path: e.Path, Size: e.Bytes, State: e.State, Code: e.Code, Reason: e.Reason,
				Ended: 1_800_000_000,
			})
			continue
		}
		for k := range e.Files {
			j := uploader.JobRow{
				ID: uploader.JobID(fmt.Sprintf("J%s-%d", e.ID, k)), Entry: e.ID, RelPath: fmt.Sprintf("%s/series %d/IM%05d.dcm", e.Name, 1+k/300, k),
				Size: e.Bytes / int64(e.Files), State: uploader.Queued,
			}
			switch {
			case k < e.FilesDone:
				j.State, j.Sent = uploader.Done, j.Size
			case k < e.FilesDone+e.FilesFailed:
				j.State, j.Code = uploader.Failed, e.Code
			case k < e.FilesDone+e.FilesFailed+4 && e.State == uploader.Uploading:
				j.State, j.Sent, j.Rate = uploader.Uploading, j.Size/2, e.Rate/4
			case e.State != uploader.Uploading:
				j.State = e.State
			}
			jobs = append(jobs, j)
		}
	}
	return jobs
}

func (q *fakeQueue) Subscribe() (<-chan struct{}, func()) {
	q.mu.Lock()
	defer q.mu.Unlock()
	c := make(chan struct{}, 1)
	q.hears = append(q.hears, c)
	return c, func() {}
}

// change runs f under the lock and tells that something changed.
func (q *fakeQueue) change(f func()) {
	q.mu.Lock()
	f()
	q.version++
	hears := q.hears
	q.mu.Unlock()
	for _, c := range hears {
		select {
		case c <- struct{}{}:
		default:
		}
	}
}

func (q *fakeQueue) Add(_ context.Context, v uploader.VaultID, paths []string, _ uploader.Known) (uploader.Added, error) {
	q.change(func() {
		q.added = append(q.added, paths)
		for _, p := range paths {
			q.ids++
			e := uploader.EntryRow{
				ID: uploader.EntryID(fmt.Sprintf("N%d", q.ids)), Vault: v, Name: filepath.Base(p), Path: p,
				State: uploader.Uploading, Files: 1, Bytes: 400e6, Parts: 25,
			}
			if strings.Contains(p, "://") {
				e.State, e.Code, e.FilesFailed = uploader.Failed, uploader.CodeNotLocal, 1
			}
			q.rows = append(q.rows, e)
		}
	})
	return uploader.Added{}, nil
}

func (q *fakeQueue) Do(_ context.Context, verb uploader.Verb, t uploader.Target) error {
	q.change(func() {
		q.done = append(q.done, verb)
		hit := func(e *uploader.EntryRow) bool {
			file := func(j uploader.JobID) bool {
				name, _, _ := strings.Cut(string(j), "-")
				return name == "J"+string(e.ID)
			}
			return t.All || slices.Contains(t.Entries, e.ID) || slices.ContainsFunc(t.Jobs, file)
		}
		for i := range q.rows {
			if e := &q.rows[i]; hit(e) {
				obey(e, verb)
			}
		}
		switch verb {
		case uploader.Remove:
			q.rows = slices.DeleteFunc(q.rows, func(e uploader.EntryRow) bool { return hit(&e) })
		case uploader.MoveUp:
			for i := 1; i < len(q.rows); i++ {
				if hit(&q.rows[i]) && !hit(&q.rows[i-1]) {
					q.rows[i], q.rows[i-1] = q.rows[i-1], q.rows[i]
				}
			}
		case uploader.MoveDown:
			for i := len(q.rows) - 2; i >= 0; i-- {
				if hit(&q.rows[i]) && !hit(&q.rows[i+1]) {
					q.rows[i], q.rows[i+1] = q.rows[i+1], q.rows[i]
				}
			}
		case uploader.MoveToTop:
			slices.SortStableFunc(q.rows, func(a, b uploader.EntryRow) int {
				return map[bool]int{true: 0, false: 1}[hit(&a)] - map[bool]int{true: 0, false: 1}[hit(&b)]
			})
		}
	})
	return nil
}

func (q *fakeQueue) Remove(_ context.Context, t uploader.Target) (uploader.Removed, error) {
	var r uploader.Removed
	var err error
	q.change(func() {
		if err = q.removing; err != nil {
			return
		}
		q.done = append(q.done, uploader.Remove)
		r.Entries, r.Files = len(t.Entries), len(t.Jobs)
		q.back = nil
		q.rows = slices.DeleteFunc(q.rows, func(e uploader.EntryRow) bool {
			gone := slices.Contains(t.Entries, e.ID)
			if gone && e.State != uploader.Done && e.State != uploader.Cancelled {
				q.back = append(q.back, e)
			}
			return gone
		})
		if r.Unfinished = len(q.back); r.Unfinished > 0 {
			r.Undo = "U"
		}
	})
	return r, err
}

func (q *fakeQueue) Restore(context.Context, string) (n int, err error) {
	q.change(func() {
		n = len(q.back)
		q.rows = append(q.rows, q.back...)
		q.back = nil
	})
	return n, nil
}

func obey(e *uploader.EntryRow, verb uploader.Verb) {
	switch {
	case verb == uploader.Pause && !e.State.Ended():
		e.State = uploader.Paused
	case verb == uploader.Resume && e.State == uploader.Paused:
		e.State = uploader.Uploading
	case verb == uploader.RetryJobs:
		e.State, e.Code, e.FilesFailed, e.BytesSent = uploader.Uploading, "", 0, 0
	case verb == uploader.Cancel && !e.State.Ended():
		e.State = uploader.Cancelled
	}
}

func (q *fakeQueue) Vaults(context.Context) ([]uploader.Vault, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return slices.Clone(q.vaults), nil
}

func (q *fakeQueue) CheckVault(context.Context, Address) (uploader.Capabilities, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.checks++
	if q.door.shut() {
		return uploader.Capabilities{}, errProxy
	}
	return q.caps, q.refuse
}

// asked is how often a vault was asked what it is.
func (q *fakeQueue) asked() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.checks
}

func (q *fakeQueue) AddVault(_ context.Context, a Address) (uploader.Vault, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	switch {
	case q.refuse != nil:
		return uploader.Vault{}, q.refuse
	case q.door.shut():
		return uploader.Vault{}, errProxy
	}
	q.joined = append(q.joined, a)
	for i, v := range q.vaults {
		if v.SignerURL == a.Signer {
			if a.Invite != nil {
				q.vaults[i].CA, q.vaults[i].Proxy = a.Invite.CA, a.Invite.Proxy
			}
			return q.vaults[i], nil
		}
	}
	v := fakeVault
	v.SignIn, v.OIDC = q.caps.SignIn, q.caps.OIDC
	v.ID, v.SignerURL, v.TokenFile, v.CAFile = uploader.VaultID(fmt.Sprintf("V%d", len(q.vaults)+1)), a.Signer, a.TokenFile, a.CAFile
	q.vaults = append(q.vaults, v)
	return v, nil
}

func (q *fakeQueue) SetVaultFiles(_ context.Context, id uploader.VaultID, token, ca string) (uploader.Vault, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for i := range q.vaults {
		if v := &q.vaults[i]; v.ID == id {
			v.TokenFile, v.CAFile = token, ca
			return *v, nil
		}
	}
	return uploader.Vault{}, errors.New("no such vault")
}

func (q *fakeQueue) EditVault(_ context.Context, id uploader.VaultID, name, proxy *string) (uploader.Vault, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.refuse != nil {
		return uploader.Vault{}, q.refuse
	}
	for i := range q.vaults {
		if v := &q.vaults[i]; v.ID == id {
			if name != nil {
				v.Name = *name
			}
			if proxy != nil {
				v.Proxy = *proxy
			}
			return *v, nil
		}
	}
	return uploader.Vault{}, errors.New("no such vault")
}

func (q *fakeQueue) RestoreVault(_ context.Context, before uploader.Vault) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	for i := range q.vaults {
		if q.vaults[i].ID == before.ID {
			q.vaults[i] = before
		}
	}
	return nil
}

func (q *fakeQueue) RemoveVault(_ context.Context, id uploader.VaultID) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.refuse != nil {
		return q.refuse
	}
	q.vaults = slices.DeleteFunc(q.vaults, func(v uploader.Vault) bool { return v.ID == id })
	return nil
}

func (q *fakeQueue) TestVault(_ context.Context, _ Address, id uploader.VaultID, told func(connect.Step)) ([]connect.Step, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.tested = append(q.tested, id)
	if q.door.shut() {
		return []connect.Step{{Name: words.TrialReach, Result: connect.Failed, Problem: words.Problem{Code: uploader.CodeProxySignIn}}}, nil
	}
	for _, s := range q.steps {
		told(s)
	}
	return q.steps, q.refuse
}

func (q *fakeQueue) Limits(context.Context) (uploader.Limits, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.limits, nil
}

func (q *fakeQueue) SetLimits(_ context.Context, l uploader.Limits) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.limits = l
	return nil
}

func (q *fakeQueue) Bandwidth(context.Context) (uploader.Bandwidth, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.line, nil
}

func (q *fakeQueue) SetBandwidth(_ context.Context, b uploader.Bandwidth) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.line = b
	return nil
}

func (q *fakeQueue) SignIns(context.Context) ([]SignInState, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return slices.Clone(q.signIns), nil
}

func (q *fakeQueue) BeginSignIn(_ context.Context, id uploader.VaultID, inFile bool) (SignInStep, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.noKeychain && !inFile {
		return SignInStep{}, errNoKeychain
	}
	return SignInStep{Attempt: string(id), Link: "https://login.north.example.org/authorize?x=1"}, nil
}

// FinishSignIn ends when the test says that the person has signed in.
func (q *fakeQueue) FinishSignIn(ctx context.Context, attempt string) error {
	select {
	case <-q.signedIn:
	case <-ctx.Done():
		return uploader.E("sign-in", uploader.CodeCancelled, ctx.Err())
	}
	q.change(func() {
		q.signIns = []SignInState{{Vault: uploader.VaultID(attempt), SignedIn: true, Who: "anna@north.example.org"}}
		for i := range q.rows {
			if e := &q.rows[i]; e.Reason == uploader.WaitSignIn {
				e.State, e.Reason, e.Code = uploader.Uploading, "", ""
			}
		}
	})
	return nil
}

func (q *fakeQueue) SignOut(_ context.Context, id uploader.VaultID) error {
	q.change(func() { q.signIns = []SignInState{{Vault: id}} })
	return nil
}

func (q *fakeQueue) OpenPage(_ context.Context, link string) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.opened = append(q.opened, link)
	return nil
}

var errNoKeychain = errors.New("no keychain")

func (q *fakeQueue) NoKeychain(err error) bool { return errors.Is(err, errNoKeychain) }

func (q *fakeQueue) Notices() [][]words.Problem { return q.notices }
func (q *fakeQueue) Explain(err error) words.Problem {
	return words.Problem{Code: uploader.CodeOf(err)}
}
func (q *fakeQueue) Ended() <-chan struct{} { return nil }
func (q *fakeQueue) Err() error             { return nil }
