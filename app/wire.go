package app

import (
	"errors"
	"iter"

	"longshore/uploader"
)

// wireVersion is what owner and client must agree on. It changes with every change of a message or a route: both are
// usually the same program, and an older one still running after an update is told so in words.
const wireVersion = 13

// The routes of the socket. All but the watch are a POST of one JSON value that is answered by one.
const (
	routeHello      = "/v1/hello"
	routeVaults     = "/v1/vaults"
	routeCheck      = "/v1/check-vault"
	routeAddVault   = "/v1/add-vault"
	routeFiles      = "/v1/set-vault-files"
	routeEdit       = "/v1/edit-vault"
	routeTest       = "/v1/test-vault"
	routeProxyNow   = "/v1/proxy-now"
	routeProxyNeeds = "/v1/proxy-needs"
	routeProxyLogin = "/v1/set-proxy-login"
	routePutBack    = "/v1/restore-vault"
	routeForget     = "/v1/remove-vault"
	routeAdd        = "/v1/add"
	routeDo         = "/v1/do"
	routeRemove     = "/v1/remove"
	routeRestore    = "/v1/restore"
	routeHistory    = "/v1/history"
	routeVerify     = "/v1/verify"
	routeKeep       = "/v1/keep"
	routeSetKeep    = "/v1/set-keep"
	routePrune      = "/v1/prune"
	routeSum        = "/v1/history-sum"
	routeShed       = "/v1/remove-receipts"
	routeRegain     = "/v1/restore-receipts"
	routeLimits     = "/v1/limits"
	routeSet        = "/v1/set-limits"
	routeSignIns    = "/v1/sign-ins"
	routeBegin      = "/v1/begin-sign-in"
	routeFinish     = "/v1/finish-sign-in"
	routeSignOut    = "/v1/sign-out"
	routeBehaviour  = "/v1/behaviour"
	routeBandwidth  = "/v1/bandwidth"
	routeAllow      = "/v1/set-bandwidth"
	routeBehave     = "/v1/set-behaviour"
	routeRaise      = "/v1/raise"
	routeWatch      = "/v1/watch"
)

// maxMessage and maxReply bound a message: the paths of 100,000 dropped files come to some 10 MB, and so do their ids in
// the answer. A history is asked for page by page.
const (
	maxMessage = 64 << 20
	maxReply   = 256 << 20
)

type none struct{}

type hello struct{ Version int }

type filesMsg struct {
	Vault             uploader.VaultID
	TokenFile, CAFile string
}

type editMsg struct {
	Vault uploader.VaultID
	Edit  VaultEdit
}

type addMsg struct {
	Vault uploader.VaultID
	Paths []string // absolute: the owner runs in another folder
	Known uploader.Known
}

type doMsg struct {
	Verb   uploader.Verb
	Target uploader.Target
}

// reply answers every route but the watch.
type reply[T any] struct {
	OK    bool
	Value T
	Error wireError
	// Version is the owner's snapshot by then: the client answers its caller when it has seen that one.
	Version uint64
}

// wireError carries an error over the socket so that Explain reads it alike on the other side.
type wireError struct {
	Op      string
	Code    uploader.Code
	Saying  string // the key of the sentence, when it has one of its own
	Args    []string
	Detail  string
	Closing bool // the owner is ending
}

func toWire(err error) wireError {
	p := Explain(err)
	w := wireError{Op: "owner", Code: p.Code, Detail: p.Detail}
	var e *uploader.Error
	if errors.As(err, &e) {
		w.Op, w.Detail = e.Op, ""
		if e.Err != nil {
			w.Detail = Explain(e.Err).Detail
		}
	}
	var f *failure
	if errors.As(err, &f) {
		w.Saying, w.Args = f.saying.key, f.saying.args
	}
	return w
}

func fromWire(w wireError) error {
	if w.Closing {
		return ownerGone(errors.New("it is ending"))
	}
	var cause error
	if w.Detail != "" {
		cause = errors.New(w.Detail)
	}
	if w.Saying != "" {
		return fail(w.Op, w.Code, say(w.Saying, w.Args...), cause)
	}
	return uploader.E(w.Op, w.Code, cause)
}

// frame is one line of the watch: some of what changed. Those of one version come one after another, and all but the
// last say that there is More: a queue of 100,000 rows in one line took both sides 100 MB.
type frame struct {
	Version uint64
	Trouble uploader.Code
	Totals  uploader.Totals
	Entries rows[uploader.EntryRow]
	Jobs    rows[uploader.JobRow]
	More    bool
}

// rowsMost is how many rows a frame holds at most.
const rowsMost = 512

// rows are changed rows of a list, and its new length.
type rows[T any] struct {
	Len   int
	Index []int
	Row   []T
}

// frames yields what changed from one snapshot to the next.
func frames(was, now *uploader.Snapshot) iter.Seq[frame] {
	return func(yield func(frame) bool) {
		f := frame{Version: now.Version, Trouble: now.Trouble, Totals: now.Totals, More: true}
		f.Entries.Len, f.Jobs.Len = now.Entries.Len(), now.Jobs.Len()
		full := func() bool {
			if len(f.Entries.Row)+len(f.Jobs.Row) < rowsMost {
				return false
			}
			stop := !yield(f)
			f.Entries.clear()
			f.Jobs.clear()
			return stop
		}
		for i := range changed(was.Entries, now.Entries) {
			f.Entries.add(i, now.Entries.At(i))
			if full() {
				return
			}
		}
		for i := range changed(was.Jobs, now.Jobs) {
			f.Jobs.add(i, now.Jobs.At(i))
			if full() {
				return
			}
		}
		f.More = false
		yield(f)
	}
}

func (r *rows[T]) add(i int, row *T) {
	r.Index = append(r.Index, i)
	r.Row = append(r.Row, *row)
}

func (r *rows[T]) clear() { r.Index, r.Row = r.Index[:0], r.Row[:0] }

// changed yields the rows of now that are not what they were. Rows on a shared page are not compared.
func changed[T comparable](was, now uploader.Pages[T]) iter.Seq[int] {
	return func(yield func(int) bool) {
		for i := range now.Changed(was) {
			if i < was.Len() && *now.At(i) == *was.At(i) {
				continue
			}
			if !yield(i) {
				return
			}
		}
	}
}

var errBadFrame = errors.New("a row outside the list")

// patch brings a list up to date by one frame; after the last of a version it is as long as the frame says. Pages in which
// nothing changed are shared, here as at the owner's.
func patch[T any](list *uploader.Edit[T], r rows[T]) error {
	if r.Len < 0 || len(r.Index) != len(r.Row) {
		return errBadFrame
	}
	list.Resize(min(list.Len(), r.Len))
	for k, i := range r.Index {
		if i < 0 || i >= r.Len || i > list.Len() { // new rows come one after another
			return errBadFrame
		}
		list.Resize(max(list.Len(), i+1))
		*list.Row(i) = r.Row[k]
	}
	return nil
}
