package signer_test

import (
	"context"
	"encoding/json"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"longshore/signer"
	"longshore/signer/api"
)

// upload is one upload of two parts that the fake holds, ready to be completed.
type upload struct {
	up  api.InitResponse
	req api.CompleteRequest
	ref string
}

func readyUpload(v *vault, fake *fakeStorage, edit ...func(*api.InitRequest)) upload {
	v.t.Helper()
	req := initRequest(nil)
	req.Size = ptr(int64(partSize + 10))
	req.PartSize = partSize
	for _, e := range edit {
		e(&req)
	}
	u := upload{up: mustCall[api.InitResponse](v, api.PathInitUpload, req), ref: req.UploadRef}
	u.req = api.CompleteRequest{UploadID: u.up.UploadID, ObjectKey: u.up.ObjectKey}
	for n, size := range []int64{partSize, 10} {
		p := api.Part{PartNumber: n + 1, ETag: fake.hold(u.up.ObjectKey, n+1, size)}
		if u.up.Checksum == api.ChecksumCRC64NVME {
			p.Checksum = crc([]byte{byte(n)})
			u.req.Checksum = crc([]byte("whole"))
		}
		u.req.Parts = append(u.req.Parts, p)
	}
	return u
}

// always fails one operation in the same way; times of 0 is without end.
func always(op string, times int, err error) func(string, int) error {
	return func(o string, n int) error {
		if o == op && (times == 0 || n < times) {
			return err
		}
		return nil
	}
}

// TestSettle has one case for each way an unknown Complete can be settled.
func TestSettle(t *testing.T) {
	foreign := func(f *fakeStorage, key string) { f.objects[key] = signer.StoredObject{Key: key, Size: partSize + 10} }
	cases := map[string]struct {
		prepare       func(f *fakeStorage, key string)
		before, after func(string, int) error
		want          api.Code // empty: done
		completes     int      // calls of the storage's Complete
		open          int      // uploads left
	}{
		"the answer is enough":            {completes: 1},
		"answer lost, object there":       {after: always("complete", 1, storageErr("Complete", signer.FailUnknown)), completes: 1},
		"answer throttled, object there":  {after: always("complete", 1, storageErr("Complete", signer.FailThrottled)), completes: 1},
		"answer without checksum":         {prepare: func(f *fakeStorage, _ string) { f.forget = true }, completes: 1},
		"request lost, parts still there": {before: always("complete", 1, storageErr("Complete", signer.FailUnknown)), completes: 2},
		"conflict, then free":             {before: always("complete", 2, storageErr("Complete", signer.FailConflict)), completes: 3},
		"conflict without end":            {before: always("complete", 0, storageErr("Complete", signer.FailConflict)), want: api.CodeUnknownOutcome, completes: 6, open: 1},
		"another object":                  {prepare: foreign, want: api.CodeKeyTaken, completes: 1, open: 1},
		"another object of our ref": {
			prepare: func(f *fakeStorage, key string) {
				f.objects[key] = signer.StoredObject{Key: key, Size: 3, Metadata: f.uploadOf(key).in.Metadata}
			},
			want: api.CodeKeyTaken, completes: 1, open: 1,
		},
		"our ref with another checksum": {
			prepare: func(f *fakeStorage, key string) {
				f.objects[key] = signer.StoredObject{Key: key, Size: partSize + 10, CRC64NVME: crc([]byte("?")), Metadata: f.uploadOf(key).in.Metadata}
			},
			want: api.CodeKeyTaken, completes: 1, open: 1,
		},
		"gone, twice": {prepare: func(f *fakeStorage, _ string) { clear(f.uploads) }, want: api.CodeNoSuchUpload, completes: 1},
		"gone is not believed at once": {
			prepare: func(f *fakeStorage, _ string) { clear(f.uploads) },
			before: func(op string, n int) error {
				if op == "list-parts" && n > 1 { // the probe's abort asks first
					return storageErr(op, signer.FailUnknown)
				}
				return nil
			},
			want: api.CodeUnknownOutcome, completes: 1,
		},
		"the look is refused": {
			before: always("stat", 0, storageErr("Stat", signer.FailDenied)),
			after:  always("complete", 0, storageErr("Complete", signer.FailUnknown)),
			want:   api.CodeUnknownOutcome, completes: 1,
		},
		"the look fails, then works": {
			before: always("stat", 2, storageErr("Stat", signer.FailUnknown)),
			after:  always("complete", 0, storageErr("Complete", signer.FailUnknown)), completes: 1,
		},
		"refused after a lost request": {
			before: func(op string, n int) error {
				if op == "complete" {
					return storageErr(op, []signer.Failure{signer.FailUnknown, signer.FailBadDigest}[n])
				}
				return nil
			},
			want: api.CodeChecksumMismatch, completes: 2, open: 1,
		},
		"bad digest":   {before: always("complete", 0, storageErr("Complete", signer.FailBadDigest)), want: api.CodeChecksumMismatch, completes: 1, open: 1},
		"invalid part": {before: always("complete", 0, storageErr("Complete", signer.FailInvalidPart)), want: api.CodeInvalidParts, completes: 1, open: 1},
		"too small":    {before: always("complete", 0, storageErr("Complete", signer.FailTooSmall)), want: api.CodePartTooSmall, completes: 1, open: 1},
		"refused":      {before: always("complete", 0, storageErr("Complete", signer.FailRefused)), want: api.CodeInvalidParts, completes: 1, open: 1},
		"denied":       {before: always("complete", 0, storageErr("Complete", signer.FailDenied)), want: api.CodeStorageDenied, completes: 1, open: 1},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				fake := newFake()
				v := fakeVault(t, fake)
				u := readyUpload(v, fake)
				if c.prepare != nil {
					c.prepare(fake, u.up.ObjectKey)
				}
				fake.before, fake.after = c.before, c.after
				if c.want != "" {
					v.wantCode(c.want, api.PathCompleteUpload, u.req)
				} else if obj := mustCall[api.Object](v, api.PathCompleteUpload, u.req); obj.Checksum != u.req.Checksum ||
					obj.Verified != api.VerifiedFullObject || obj.Size != partSize+10 || obj.ETag == "" {
					t.Fatalf("%+v", obj)
				}
				if got := fake.count("complete"); got != c.completes {
					t.Errorf("%d Completes, want %d", got, c.completes)
				}
				if got := fake.open(u.ref); got != c.open {
					t.Errorf("%d uploads open, want %d", got, c.open)
				}
			})
		})
	}
}

func (f *fakeStorage) uploadOf(key string) *fakeUpload {
	for id, up := range f.uploads {
		if id.Key == key {
			return up
		}
	}
	return nil
}

func TestUncheckedPartsAreNeverCompletedBySettling(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := newFake()
		v := fakeVault(t, fake)
		u := readyUpload(v, fake, func(r *api.InitRequest) { r.Checksum, r.Size = "", nil })
		n := fake.count("list-parts")
		fake.before = func(op string, i int) error {
			if op == "list-parts" && i == n {
				return storageErr(op, signer.FailNoSuchUpload) // wrong, once
			}
			return nil
		}
		v.wantCode(api.CodeUnknownOutcome, api.PathCompleteUpload, u.req)
		if fake.count("complete") != 0 {
			t.Error("an upload whose parts were not looked at was completed")
		}
		mustCall[api.Object](v, api.PathCompleteUpload, u.req)
	})
}

func TestStoredPartsMustFitThePlan(t *testing.T) {
	for name, c := range map[string]struct {
		want   api.Code
		init   func(*api.InitRequest)
		change func(*fakeStorage, *upload)
		gone   bool
	}{
		"another etag":   {api.CodeInvalidParts, nil, func(_ *fakeStorage, u *upload) { u.req.Parts[0].ETag = "other" }, false},
		"not stored":     {api.CodeInvalidParts, nil, func(f *fakeStorage, u *upload) { delete(f.uploadOf(u.up.ObjectKey).parts, 2) }, false},
		"another size":   {api.CodeSizeMismatch, nil, func(f *fakeStorage, u *upload) { f.hold(u.up.ObjectKey, 2, 11) }, false},
		"claims less":    {api.CodeSizeMismatch, func(r *api.InitRequest) { r.Size = nil }, func(_ *fakeStorage, u *upload) { u.req.Size = ptr(int64(5)) }, false},
		"over the limit": {api.CodeObjectTooLarge, func(r *api.InitRequest) { r.Size = nil }, func(f *fakeStorage, u *upload) { f.hold(u.up.ObjectKey, 2, 1<<30) }, true},
		"listing fails": {api.CodeStorageBusy, nil, func(f *fakeStorage, _ *upload) {
			f.before = always("list-parts", 0, storageErr("ListParts", signer.FailThrottled))
		}, false},
		"all fits": {"", nil, func(*fakeStorage, *upload) {}, true},
	} {
		t.Run(name, func(t *testing.T) {
			fake := newFake()
			v := fakeVault(t, fake, func(cfg *signer.Config) { cfg.MaxObjectSize = 100 << 20 })
			u := readyUpload(v, fake, func(r *api.InitRequest) {
				r.Checksum = ""
				if c.init != nil {
					c.init(r)
				}
			})
			c.change(fake, &u)
			if c.want == "" {
				if obj := mustCall[api.Object](v, api.PathCompleteUpload, u.req); obj.Verified != api.VerifiedSizeOnly || obj.Size != partSize+10 {
					t.Errorf("%+v", obj)
				}
			} else {
				v.wantCode(c.want, api.PathCompleteUpload, u.req)
			}
			if gone := fake.open(u.ref) == 0; gone != c.gone {
				t.Errorf("upload gone: %v, want %v", gone, c.gone)
			}
		})
	}
}

func TestCompleteOutlivesTheRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := newFake()
		v := fakeVault(t, fake)
		u := readyUpload(v, fake)
		release := make(chan struct{})
		fake.before = func(op string, _ int) error {
			if op == "complete" {
				<-release
			}
			return nil
		}
		async := func(r *http.Request) { r.Header.Set("Prefer", "wait=100, Respond-Async") }
		began := time.Now()
		a := v.post(api.PathCompleteUpload, u.req, async)
		var body api.CompletingResponse
		if err := json.Unmarshal(a.body, &body); err != nil || a.status != http.StatusAccepted || body.State != api.StateCompleting {
			t.Fatalf("%d %s", a.status, a.body)
		}
		if took := time.Since(began); took != 20*time.Second {
			t.Errorf("202 after %v, want 20 s", took)
		}
		// A client that hangs up ends its request, not the Complete.
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		v.post(api.PathCompleteUpload, u.req, func(r *http.Request) { *r = *r.WithContext(ctx) })

		var g sync.WaitGroup
		for range 5 {
			g.Go(func() { mustCall[api.Object](v, api.PathCompleteUpload, u.req) })
		}
		aborted := make(chan int, 1)
		g.Go(func() {
			aborted <- v.post(api.PathAbortUpload, api.UploadRequest{UploadID: u.up.UploadID, ObjectKey: u.up.ObjectKey}).status
		})
		synctest.Wait()
		if n := fake.count("complete"); n != 1 {
			t.Errorf("%d Completes at once, want 1", n)
		}
		close(release)
		g.Wait()
		if n := fake.count("complete"); n != 1 {
			t.Errorf("%d Completes, want 1", n)
		}
		if <-aborted != http.StatusOK || len(fake.objects) != 1 || fake.count("abort") != 2 { // the probe's is one
			t.Error("the abort did not wait for the Complete, or was not made")
		}
	})
}

func TestShutdownWaitsForCompletes(t *testing.T) {
	for _, patient := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			fake := newFake()
			v := fakeVault(t, fake)
			u := readyUpload(v, fake)
			release := make(chan struct{})
			fake.before = func(op string, _ int) error {
				if op == "complete" {
					<-release
				}
				return nil
			}
			answered := make(chan answer, 1)
			go func() { answered <- v.post(api.PathCompleteUpload, u.req) }()
			synctest.Wait()
			stopped := make(chan error, 1)
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			go func() { stopped <- v.signer.Shutdown(ctx) }()
			synctest.Wait()
			select {
			case <-stopped:
				t.Fatal("Shutdown did not wait")
			default:
			}
			other := readyUpload(v, fake)
			v.wantCode(api.CodeNotReady, api.PathCompleteUpload, other.req)
			if !patient {
				<-ctx.Done()
				synctest.Wait()
			}
			close(release)
			if err := <-stopped; (err == nil) != patient {
				t.Errorf("Shutdown: %v", err)
			}
			if a := <-answered; patient && a.status != http.StatusOK || !patient && a.code() != api.CodeUnknownOutcome {
				t.Errorf("complete, patient %v: %d %s", patient, a.status, a.body)
			}
		})
	}
}
