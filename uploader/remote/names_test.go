package remote

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"longshore/internal/vaulttest"
	"longshore/signer/api"
	"longshore/uploader"
)

// heard is what a signer gets to see of names, at a vault that says this of them.
type heard struct {
	mu     sync.Mutex
	caps   api.Capabilities
	asked  int
	tokens []string
	bodies []string
	signIn api.Code // the code that an empty list of objects is answered with
}

func (h *heard) RoundTrip(r *http.Request) (*http.Response, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	answer := func(status int, v any) *http.Response {
		data, _ := json.Marshal(v)
		return &http.Response{StatusCode: status, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(string(data))), Request: r}
	}
	if r.URL.Path == api.PathCapabilities {
		h.asked++
		h.tokens = append(h.tokens, r.Header.Get("Authorization"))
		if h.caps.Protocol == 0 {
			return answer(http.StatusServiceUnavailable, api.Error{Code: api.CodeNotReady}), nil
		}
		return answer(http.StatusOK, h.caps), nil
	}
	body, err := io.ReadAll(r.Body)
	h.bodies = append(h.bodies, string(body))
	if r.URL.Path == api.PathStatObjects && h.signIn != "" {
		status := http.StatusBadRequest
		if h.signIn == api.CodeUnauthorized {
			status = http.StatusUnauthorized
		}
		return answer(status, api.Error{Code: h.signIn}), err
	}
	return answer(http.StatusForbidden, api.Error{Code: api.CodeForbiddenGroup}), err
}

func discreet(t *testing.T, h *heard) *Discreet {
	t.Helper()
	d, err := NewDiscreet(Config{
		Base: "https://vault.example.org", HTTP: &http.Client{Transport: h},
		Token: func(context.Context, string) (string, error) { return "my-token", nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// tellAll makes every call that could carry a name.
func tellAll(t *testing.T, d *Discreet) {
	t.Helper()
	req := uploader.CreateRequest{Attempt: "01J00000000000000000000001", FileName: "DOE^JOHN.DCM", RelPath: "DOE_JOHN_19800101/DOE^JOHN.DCM", Size: 1}
	_, err := d.Create(t.Context(), req, false)
	checkCode(t, err, uploader.CodeForbidden)
	objects := []uploader.CreateRequest{req}
	_, err = d.SignObjects(t.Context(), objects)
	checkCode(t, err, uploader.CodeForbidden)
	listed := []uploader.BatchObject{{Key: "k", RelPath: req.RelPath}}
	_, err = d.CompleteBatch(t.Context(), uploader.BatchRequest{Objects: listed})
	checkCode(t, err, uploader.CodeForbidden)
	if objects[0] != req || listed[0].RelPath != req.RelPath {
		t.Error("the engine's own request was changed")
	}
}

// TestNoNameLeavesForAVaultThatStoresNone: what goes over the wire holds as much of a name as the vault stores.
func TestNoNameLeavesForAVaultThatStoresNone(t *testing.T) {
	for said, want := range map[string]struct {
		manifests  bool
		file, list string // in init-upload and put-urls; in complete-batch
	}{
		"":                 {false, `DOE^JOHN.DCM`, "DOE"},
		api.NamesPath:      {false, `DOE^JOHN.DCM`, "DOE"},
		"all of it":        {false, `DOE^JOHN.DCM`, "DOE"}, // of a newer signer
		api.NamesExtension: {false, `"fileName":"file.dcm"`, ""},
		api.NamesNone:      {true, `"fileName":"file"`, "DOE"},
	} {
		caps := goodCapabilities()
		caps.Names, caps.ManifestNames = said, want.manifests
		h := &heard{caps: caps}
		tellAll(t, discreet(t, h))
		if h.asked != 1 || h.tokens[0] != "Bearer my-token" {
			t.Errorf("%q: asked %d times, as %q", said, h.asked, h.tokens)
		}
		if len(h.bodies) != 3 {
			t.Fatalf("%q: %d calls", said, len(h.bodies))
		}
		for i, body := range h.bodies {
			part := want.file
			if i == 2 {
				part = want.list
			}
			named := strings.Contains(body, "DOE") || strings.Contains(body, "relativePath")
			if !strings.Contains(body, part) || named != strings.Contains(part, "DOE") {
				t.Errorf("%q: call %d says %s", said, i, body)
			}
		}
	}
}

// TestNothingIsSaidBeforeTheVaultIsAsked: while it cannot be asked no call with a name is made.
func TestNothingIsSaidBeforeTheVaultIsAsked(t *testing.T) {
	h := &heard{}
	d := discreet(t, h)
	_, err := d.Create(t.Context(), uploader.CreateRequest{FileName: "DOE^JOHN"}, false)
	checkCode(t, err, uploader.CodeVaultNotReady)
	_, err = d.SignObjects(t.Context(), []uploader.CreateRequest{{FileName: "DOE^JOHN"}})
	checkCode(t, err, uploader.CodeVaultNotReady)
	if len(h.bodies) != 0 {
		t.Errorf("said %q", h.bodies)
	}
}

// TestAChangedPolicyIsHeeded: what a vault said of names holds for a while and not for ever.
func TestAChangedPolicyIsHeeded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &heard{caps: goodCapabilities()}
		d := discreet(t, h)
		tellAll(t, d)
		h.caps.Names = api.NamesNone
		time.Sleep(namesFor + time.Second)
		tellAll(t, d)
		if h.asked != 2 || strings.Contains(strings.Join(h.bodies[3:], ""), "DOE") {
			t.Errorf("asked %d times; said %q", h.asked, h.bodies[3:])
		}
	})
}

func TestExtension(t *testing.T) {
	for name, want := range map[string]string{
		"a.dcm": ".dcm", "IMG.JPEG": ".jpeg", "a.r3d": ".r3d", "page.html": ".html", "Smith.Johanna": "", "1.2.840.113619.2.55": "",
		"noext": "", ".hidden": "", "a.": "", "a.b c": "", "DOE^JOHN": "", "x.äöü": "",
	} {
		if got := extension(name); got != want {
			t.Errorf("extension(%q) = %q, want %q", name, got, want)
		}
	}
}

// TestTheRealSignerWithoutNames: a file goes the whole way to a vault whose keys hold its extension alone, and neither
// its name nor its folder's is in any request.
func TestTheRealSignerWithoutNames(t *testing.T) {
	vault := vaulttest.Start(t, vaulttest.Options{KeyTemplate: "{principal}/{uploadRef}/object{ext}"})
	var said strings.Builder
	vault.Before(func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		said.Write(body)
		r.Body = io.NopCloser(strings.NewReader(string(body)))
	})
	d, err := NewDiscreet(Config{Base: vault.URL, HTTP: &http.Client{Transport: NewTransport(nil, nil)}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.CloseIdle)
	data := []byte("a slice")
	batch := uploader.BatchID("01J00000000000000000000004")
	signed, err := d.SignObjects(t.Context(), []uploader.CreateRequest{{
		Attempt: "01J00000000000000000000003", FileName: "DOE^JOHN.DCM", RelPath: "DOE_JOHN_19800101/DOE^JOHN.DCM", Batch: batch,
		Size: int64(len(data)), Checksum: uploader.ChecksumCRC64NVME, Sum: crc(data),
	}})
	if err != nil || signed[0].Err != nil || !strings.HasSuffix(signed[0].Key, "/01J00000000000000000000003/object.dcm") {
		t.Fatalf("%+v, %v", signed, err)
	}
	send(t, signed[0].SignedRequest, data)
	answer, err := d.CompleteBatch(t.Context(), uploader.BatchRequest{Batch: batch, Objects: []uploader.BatchObject{
		{Attempt: "01J00000000000000000000003", Key: signed[0].Key, Size: int64(len(data)), Checksum: crc(data), RelPath: "DOE_JOHN_19800101/DOE^JOHN.DCM"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	if manifest := string(vault.Object(t, answer.Key)); strings.Contains(manifest+said.String(), "DOE") || said.Len() == 0 {
		t.Errorf("the signer was told %s, and the manifest says %s", said.String(), manifest)
	}
}

// silentSigner is a signer that never answers.
type silentSigner struct{ asked atomic.Int32 }

func (s *silentSigner) RoundTrip(r *http.Request) (*http.Response, error) {
	s.asked.Add(1)
	<-r.Context().Done()
	return nil, r.Context().Err()
}

// TestASilentVaultIsAskedOnceForAllWhoWait: calls that wait for the same question fail with it, and not one after the
// other. One that was given up by its own caller says nothing to the others.
func TestASilentVaultIsAskedOnceForAllWhoWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		vault := &silentSigner{}
		d, err := NewDiscreet(Config{
			Base: "https://vault.example.org", HTTP: &http.Client{Transport: vault},
			Token: func(context.Context, string) (string, error) { return "my-token", nil },
		})
		if err != nil {
			t.Fatal(err)
		}
		first, giveUp := context.WithCancel(t.Context())
		var calls sync.WaitGroup
		begun := time.Now()
		calls.Go(func() { _, _, err := d.names(first); checkCode(t, err, uploader.CodeCancelled) })
		synctest.Wait()
		for range 16 {
			calls.Go(func() { _, _, err := d.names(t.Context()); checkCode(t, err, uploader.CodeNetwork) })
		}
		time.Sleep(time.Second)
		giveUp()
		calls.Wait()
		if took, n := time.Since(begun), vault.asked.Load(); n != 2 || took > time.Second+callTimeout {
			t.Errorf("asked %d times, %v", n, took)
		}
	})
}

// TestASignInThatIsCheckedTellsOfNames: the first file need not wait for what the vault stores of names, and what a
// stranger was told does not count.
func TestASignInThatIsCheckedTellsOfNames(t *testing.T) {
	caps := goodCapabilities()
	caps.Names = api.NamesNone
	h := &heard{caps: caps, signIn: api.CodeBadRequest}
	d := discreet(t, h)
	if err := d.CheckSignIn(t.Context()); err != nil {
		t.Fatal(err)
	}
	h.bodies = nil
	tellAll(t, d)
	if h.asked != 1 || h.tokens[0] != "Bearer my-token" || strings.Contains(strings.Join(h.bodies, ""), "DOE") {
		t.Errorf("asked %d times, as %q, and said %s", h.asked, h.tokens, h.bodies)
	}

	h = &heard{caps: caps, signIn: api.CodeUnauthorized}
	d = discreet(t, h)
	checkCode(t, d.CheckSignIn(t.Context()), uploader.CodeUnauthorized)
	tellAll(t, d)
	if h.asked != 2 {
		t.Errorf("asked %d times", h.asked)
	}
}
