package signer_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"longshore/signer"
	"longshore/signer/api"
)

// TestCompletesNobodyWaitsFor: a Complete outlives the call that asked for it,
// and so a caller who hangs up each time must not begin one after the other
// without end.
func TestCompletesNobodyWaitsFor(t *testing.T) {
	for name, c := range map[string]struct {
		limits signer.Limits
		want   api.Code
		others api.Code // what another principal is answered
	}{
		"of a principal": {signer.Limits{PerPrincipal: 2}, api.CodeThrottled, ""},
		"of all":         {signer.Limits{Completes: 2}, api.CodeBusy, api.CodeBusy},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				fake := newFake()
				v := tokenVault(t, fake, func(cfg *signer.Config) { cfg.Limits, cfg.CheckEvery = c.limits, -1 })
				data := []byte("x")
				ready := func(v *vault) api.CompleteRequest {
					up := mustCall[api.InitResponse](v, api.PathInitUpload, initRequest(data))
					return completeRequest(up, []api.Part{{PartNumber: 1, ETag: fake.hold(up.ObjectKey, 1, 1), Checksum: crc(data)}}, data)
				}
				bob := *v
				bob.token = bobToken
				calls, bobs := []api.CompleteRequest{ready(v), ready(v), ready(v)}, ready(&bob)
				entered, release := stuck(fake, "complete")
				defer release()
				for _, call := range calls[:2] {
					ctx, hangUp := context.WithCancel(t.Context())
					var asked sync.WaitGroup
					asked.Go(func() { v.post(api.PathCompleteUpload, call, func(r *http.Request) { *r = *r.WithContext(ctx) }) })
					<-entered
					hangUp()
					asked.Wait()
				}
				refused := v.post(api.PathCompleteUpload, calls[2])
				if refused.code() != c.want || refused.header.Get("Retry-After") == "" {
					t.Errorf("a third one: %d %s", refused.status, refused.body)
				}
				again := make(chan answer, 1)
				go func() { again <- v.post(api.PathCompleteUpload, calls[0]) }() // joins what runs, however many do
				other := make(chan answer, 1)
				go func() { other <- bob.post(api.PathCompleteUpload, bobs) }()
				synctest.Wait()
				release()
				if a := <-other; a.code() != c.others {
					t.Errorf("somebody else: %d %s", a.status, a.body)
				}
				if a := <-again; a.status != http.StatusOK {
					t.Errorf("the first, asked again: %d %s", a.status, a.body)
				}
				mustCall[api.Object](v, api.PathCompleteUpload, calls[2])
			})
		})
	}
}

// TestSlowBodiesHoldLittle: a principal's bodies may hold so much memory and no
// more, whatever it says of their length, and others go on.
func TestSlowBodiesHoldLittle(t *testing.T) {
	v := tokenVault(t, newFake(), func(cfg *signer.Config) { cfg.Limits, cfg.CheckEvery = signer.Limits{BodyBytes: 16 << 20}, -1 })
	held := func() string {
		for line := range strings.Lines(scrape(v)) {
			if n, ok := strings.CutPrefix(line, "longshore_signer_body_bytes "); ok {
				return strings.TrimSpace(n)
			}
		}
		return "no such metric"
	}
	send := func(done chan<- answer) *io.PipeWriter {
		r, w := io.Pipe()
		go func() {
			done <- v.post(api.PathCompleteUpload, []byte{}, func(req *http.Request) { req.Body, req.ContentLength = r, -1 })
			_ = r.Close()
		}()
		return w
	}
	first, second := make(chan answer, 1), make(chan answer, 1)
	slow, greedy := send(first), send(second)
	if _, err := slow.Write(make([]byte, 3<<20)); err != nil {
		t.Fatal(err)
	}
	eventually(t, "three MiB are held", func() bool { return held() == fmt.Sprint(float64(3<<20)) || held() == "3.145728e+06" })
	_, _ = greedy.Write(make([]byte, 2<<20)) // it is refused in the middle
	if a := <-second; a.code() != api.CodeThrottled || a.header.Get("Retry-After") == "" {
		t.Errorf("more than a share: %d %s", a.status, a.body)
	}
	bob := *v
	bob.token = bobToken
	mustCall[api.InitResponse](&bob, api.PathInitUpload, initRequest([]byte("x")))
	mustCall[api.InitResponse](v, api.PathInitUpload, initRequest([]byte("x"))) // a small one still finds room
	_ = slow.CloseWithError(io.ErrUnexpectedEOF)
	if a := <-first; a.code() != api.CodeBadRequest || !strings.Contains(string(a.body), "whole") {
		t.Errorf("cut off: %d %s", a.status, a.body)
	}
	if got := held(); got != "0" {
		t.Errorf("%s bytes are held for ever", got)
	}
}

// TestMuchMadeOfLittle: three bytes of a body must not become a hundred and fifty
// in memory a million times over.
func TestMuchMadeOfLittle(t *testing.T) {
	v := tokenVault(t, newFake())
	for path, list := range map[string]string{
		api.PathCompleteUpload: "parts", api.PathGetPartURLs: "partNumbers", api.PathPutURLs: "objects", api.PathStatObjects: "objectKeys", api.PathCompleteBatch: "objects",
	} {
		for item, name := range map[string]string{"{}": "objects", "0": "numbers", `""`: "texts"} {
			body := []byte(fmt.Sprintf(`{%q:[%s%s]}`, list, strings.Repeat(item+",", 200_000), item))
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			a := v.post(path, body)
			runtime.ReadMemStats(&after)
			if a.code() != api.CodeTooManyItems {
				t.Errorf("%s of %s: %d %s", path, name, a.status, a.body)
			}
			if made := after.TotalAlloc - before.TotalAlloc; made > 16*uint64(len(body))+1<<20 {
				t.Errorf("%s of %s: %d bytes became %d", path, name, len(body), made)
			}
		}
	}
	// The largest that there may be is none of it.
	parts := make([]api.Part, api.MaxParts)
	for i := range parts {
		parts[i] = api.Part{PartNumber: i + 1, ETag: `"0123456789abcdef0123456789abcdef"`, Checksum: crc(nil), Size: 1}
	}
	v.wantCode(api.CodeBadUploadID, api.PathCompleteUpload, api.CompleteRequest{UploadID: "x", ObjectKey: "k", Parts: parts})
}

// TestLooksOfAll: looks at objects are bounded over all calls.
func TestLooksOfAll(t *testing.T) {
	fake := newFake()
	v := tokenVault(t, fake, func(cfg *signer.Config) { cfg.CheckEvery = -1 })
	keys := make([]string, api.MaxBatch)
	for i := range keys {
		o := toPut("f", []byte("x"), api.ChecksumCRC64NVME)
		keys[i] = mustCall[api.PutURLsResponse](v, api.PathPutURLs, api.PutURLsRequest{Objects: []api.ObjectToPut{o}}).Objects[0].ObjectKey
	}
	entered, release := stuck(fake, "stat")
	defer release()
	go func() {
		for range entered { // stuck keeps a hundred
		}
	}()
	var all sync.WaitGroup
	for range 40 { // 16 looks each, 640 in all
		all.Go(func() {
			mustCall[api.StatObjectsResponse](v, api.PathStatObjects, api.StatObjectsRequest{ObjectKeys: keys})
		})
	}
	eventually(t, "as many looks as there may be", func() bool { return fake.count("stat") == 256 })
	if a := v.send(http.MethodGet, api.PathReady, nil); a.status != http.StatusOK || fake.count("stat") != 256 {
		t.Errorf("%d looks, readyz %d", fake.count("stat"), a.status)
	}
	release()
	all.Wait()
	close(entered)
}

// TestConcurrencyOfAGroup: the policy may give a group fewer calls at once.
func TestConcurrencyOfAGroup(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := newFake()
		policy, _ := policyFile(t, "[groups.ward]\nconcurrency = 1\n")
		v := openVault(t, signer.Config{Storage: fake, Policy: policy, Auth: groupTokens(t), CheckEvery: -1})
		list := func(token string) (*vault, api.UploadRequest) {
			as := *v
			as.token = token
			up := mustCall[api.InitResponse](&as, api.PathInitUpload, initRequest([]byte("x")))
			return &as, api.UploadRequest{UploadID: up.UploadID, ObjectKey: up.ObjectKey}
		}
		alice, hers := list(aliceToken) // in ward
		eve, others := list(eveToken)   // in none
		entered, release := stuck(fake, "list-parts")
		defer release()
		var held sync.WaitGroup
		hold := func(v *vault, id api.UploadRequest) {
			held.Go(func() { mustCall[api.ListPartsResponse](v, api.PathListParts, id) })
			<-entered
		}
		hold(alice, hers)
		alice.wantCode(api.CodeThrottled, api.PathListParts, hers)
		hold(eve, others)
		hold(eve, others)
		release()
		held.Wait()
	})
	for _, text := range []string{"concurrency = 0", "concurrency = -1", "concurrency = 1.5"} {
		if _, err := signer.OpenPolicyFile(policyText(t, "[defaults]\n"+text+"\n"), nil); err == nil {
			t.Errorf("%s was taken", text)
		}
	}
}

// TestCapabilitiesAreLimited: who is known is held to their rate there too.
func TestCapabilitiesAreLimited(t *testing.T) {
	v := tokenVault(t, newFake(), func(cfg *signer.Config) { cfg.Rate, cfg.Burst, cfg.CheckEvery = 0.001, 3, -1 })
	for i := range 5 {
		a := v.send(http.MethodGet, api.PathCapabilities, nil)
		if want := map[bool]int{true: http.StatusOK, false: http.StatusTooManyRequests}[i < 3]; a.status != want {
			t.Errorf("call %d: %d %s", i, a.status, a.body)
		}
	}
	v.token = ""
	if a := v.send(http.MethodGet, api.PathCapabilities, nil); a.status != http.StatusOK {
		t.Errorf("without a token: %d %s", a.status, a.body)
	}
}
