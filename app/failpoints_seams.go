//go:build failpoints && unix

package app

import (
	"context"
	"io"
	"net/http"
	"net/http/httptrace"
	"slices"
	"sync"

	"longshore/uploader"
)

// failJournal puts points around every write of the journal.
func failJournal(j uploader.Journal) uploader.Journal {
	f := &failingJournal{Journal: j, trigger: newTrigger(), single: map[uploader.JobID]bool{}}
	f.trigger.pass("journal.opened")
	return f
}

type failingJournal struct {
	uploader.Journal
	trigger *trigger
	mu      sync.Mutex
	single  map[uploader.JobID]bool // jobs whose latest attempt is one PUT: Finish does not say
}

// Load implements uploader.Journal.
func (f *failingJournal) Load(ctx context.Context) (uploader.Queue, error) {
	q, err := f.Journal.Load(ctx)
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, at := range q.Attempts {
		f.single[at.Job] = at.Single
	}
	return q, err
}

// Apply implements uploader.Journal.
func (f *failingJournal) Apply(ctx context.Context, records []uploader.Record) error {
	var moments []string
	for _, r := range records {
		if m := f.moment(r); m != "" && !slices.Contains(moments, m) {
			moments = append(moments, m)
		}
	}
	for _, m := range moments {
		f.trigger.pass("journal.before." + m)
	}
	err := f.Journal.Apply(ctx, records)
	if err == nil {
		for _, m := range moments {
			f.trigger.pass("journal.after." + m)
		}
	}
	return err
}

// moment names what a record means, "" for what no effect waits for.
func (f *failingJournal) moment(r uploader.Record) string {
	switch r := r.(type) {
	case uploader.SaveVault:
		return "vault-saved"
	case uploader.AddBatch:
		return "batch-added"
	case uploader.AddJob:
		return "job-added"
	case uploader.SaveEntry:
		return when(r.Entry.Walked, "entry-walked")
	case uploader.SaveBatch:
		return when(!r.Batch.Scanning, "walk-ended")
	case uploader.SaveAttempt:
		return f.attempt(r.Attempt)
	case uploader.SavePart:
		return "part-recorded"
	case uploader.DropPart:
		return "part-dropped"
	case uploader.Finish:
		f.mu.Lock()
		defer f.mu.Unlock()
		if f.single[r.Job.ID] {
			return "put-finished"
		}
		return "finished"
	case uploader.EndAttempt:
		return when(r.Tombstone != nil, "abort-intent")
	case uploader.DropTombstone:
		return "tombstone-dropped"
	case uploader.SaveManifest:
		return "manifest-" + string(r.Manifest.State)
	case uploader.UpdateJob:
		return map[uploader.State]string{
			uploader.SourceChanged: "source-changed", uploader.Failed: "job-failed",
			uploader.Queued: "job-requeued", uploader.Cancelled: "job-cancelled",
		}[r.Job.State]
	case uploader.RemoveJob:
		return "job-removed"
	case uploader.RemoveEntry:
		return "entry-removed"
	}
	return ""
}

func (f *failingJournal) attempt(at uploader.Attempt) string {
	f.mu.Lock()
	f.single[at.Job] = at.Single
	f.mu.Unlock()
	switch {
	case at.Single:
		return "put-intent"
	case at.Phase == uploader.PhaseCreating:
		return "create-intent"
	case at.Phase == uploader.PhaseCompleting:
		return "complete-intent"
	}
	return "created"
}

func when(yes bool, name string) string {
	if yes {
		return name
	}
	return ""
}

// failConnector puts points around every call to a signer and every PUT.
func failConnector(c uploader.Connector) uploader.Connector {
	return failingConnector{Connector: c, trigger: newTrigger()}
}

type failingConnector struct {
	uploader.Connector
	trigger *trigger
}

// Connect implements uploader.Connector.
func (f failingConnector) Connect(v uploader.Vault) (uploader.Connection, error) {
	conn, err := f.Connector.Connect(v)
	if err == nil {
		conn.Signer = failingSigner{conn.Signer, f.trigger}
		conn.Transport = failingTransport{conn.Transport, f.trigger}
	}
	return conn, err
}

// around makes one call with its three points.
func (t *trigger) around(ctx context.Context, name string, call func(ctx context.Context) error) error {
	t.pass("signer.before." + name)
	err := call(t.trace(ctx, "signer.sent."+name))
	if err == nil {
		t.pass("signer.after." + name)
	}
	return err
}

// trace passes a point when a request has been written to its connection.
func (t *trigger) trace(ctx context.Context, point string) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{WroteRequest: func(info httptrace.WroteRequestInfo) {
		if info.Err == nil {
			t.pass(point)
		}
	}})
}

// failingTransport is the data plane.
type failingTransport struct {
	next    http.RoundTripper
	trigger *trigger
}

// CloseIdleConnections hands on what the engine asks of a transport after a sleep.
func (f failingTransport) CloseIdleConnections() {
	if c, ok := f.next.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}

// RoundTrip implements http.RoundTripper.
func (f failingTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	kind := "put"
	if r.URL.Query().Has("partNumber") {
		kind = "part"
	}
	f.trigger.pass("data.before." + kind)
	r = r.WithContext(f.trigger.trace(r.Context(), "data.sent."+kind))
	if body := r.Body; body != nil && body != http.NoBody {
		half := func(b io.ReadCloser) io.ReadCloser {
			return &halfway{ReadCloser: b, left: r.ContentLength / 2, reached: func() { f.trigger.pass("data.half." + kind) }}
		}
		r.Body = half(body)
		if again := r.GetBody; again != nil {
			r.GetBody = func() (io.ReadCloser, error) {
				b, err := again()
				if err != nil {
					return nil, err
				}
				return half(b), nil
			}
		}
	}
	resp, err := f.next.RoundTrip(r)
	if err == nil {
		f.trigger.pass("data.answered." + kind)
	}
	return resp, err
}

// halfway calls reached when half of a body has been read.
type halfway struct {
	io.ReadCloser
	left    int64
	reached func()
}

// Read implements io.Reader.
func (h *halfway) Read(p []byte) (int, error) {
	n, err := h.ReadCloser.Read(p)
	was := h.left
	if h.left -= int64(n); was > 0 && h.left <= 0 {
		h.reached()
	}
	return n, err
}
