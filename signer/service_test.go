package signer_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"longshore/signer"
	"longshore/signer/api"
)

func capabilities(v *vault) api.Capabilities {
	v.t.Helper()
	a := v.send(http.MethodGet, api.PathCapabilities, nil)
	var c api.Capabilities
	if err := json.Unmarshal(a.body, &c); err != nil || a.status != http.StatusOK {
		v.t.Fatalf("capabilities: %d %s", a.status, a.body)
	}
	return c
}

func TestCapabilities(t *testing.T) {
	v := tokenVault(t, newFake(), func(c *signer.Config) { c.Name = "Radiology"; c.KMSKeyID = "key-1" })
	got := capabilities(v)
	if got.Encryption != (api.Encryption{Mode: "aws:kms", KeyID: "key-1"}) {
		t.Errorf("signed in: %+v", got.Encryption)
	}
	v.token = ""
	got = capabilities(v)
	if got.Encryption.KeyID != "" {
		t.Error("the key id is told to anybody")
	}
	if got.Protocol != 1 || got.Name != "Radiology" || got.Checksum != "crc64nvme" || got.URLLifetime != 900 || got.Auth.Type != "bearer" ||
		!got.ConditionalWrites || got.PartSize != 16<<20 || got.MaxObjectSize != api.MaxObjectSize || got.DataOrigins[0] != "https://secret-host" {
		t.Errorf("%+v", got)
	}
}

// TestNames: the vault says how much of a file's name its keys hold, which is what clients send of it.
func TestNames(t *testing.T) {
	for template, want := range map[string]string{
		"": api.NamesPath, "{principal}/{uploadRef}/{path}": api.NamesPath, "{principal}/{uploadRef}/object{ext}": api.NamesExtension,
		"{principal}/{date}/{uploadRef}": api.NamesNone, "{principal}/{batchRef}/{uploadRef}/object": api.NamesNone,
	} {
		v := fakeVault(t, newFake(), func(c *signer.Config) { c.KeyTemplate = template })
		if got := capabilities(v); got.Names != want || got.ManifestNames {
			t.Errorf("template %q: %q, %v, want %q", template, got.Names, got.ManifestNames, want)
		}
	}
	v := fakeVault(t, newFake(), func(c *signer.Config) {
		c.KeyTemplate, c.ManifestNames = "{principal}/{uploadRef}", true
	})
	if got := capabilities(v); got.Names != api.NamesNone || !got.ManifestNames {
		t.Errorf("%q, %v", got.Names, got.ManifestNames)
	}
	// A client that sends a name all the same is served, and the name is in no key.
	simple := mustCall[api.InitResponse](v, api.PathInitUpload, api.InitRequest{
		FileName: "DOE^JOHN.dcm", MimeType: "application/dicom", Size: ptr(int64(1)), RelativePath: "DOE/DOE^JOHN.dcm",
	})
	if strings.Contains(simple.ObjectKey, "DOE") {
		t.Errorf("key %q", simple.ObjectKey)
	}
}

func TestProbe(t *testing.T) {
	for name, c := range map[string]struct {
		lax  bool
		flag string
		want string
	}{
		"verifies":        {false, "", api.ChecksumCRC64NVME},
		"does not verify": {true, "", api.ChecksumMD5},
		"overridden":      {true, api.ChecksumCRC64NVME, api.ChecksumCRC64NVME},
		"overridden md5":  {false, api.ChecksumMD5, api.ChecksumMD5},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				fake := newFake()
				fake.lax = c.lax
				v := fakeVault(t, fake, func(cfg *signer.Config) { cfg.Checksum = c.flag })
				if got := capabilities(v).Checksum; got != c.want {
					t.Errorf("mode %q, want %q", got, c.want)
				}
				if len(fake.uploads) != 0 || len(fake.objects) != 0 {
					t.Error("the probe left something")
				}
			})
		})
	}
}

func TestNotReadyUntilTheProbeIsClear(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := newFake()
		fake.before = func(op string, n int) error {
			if op == "upload-part" && n < 3 {
				return storageErr(op, []signer.Failure{signer.FailDenied, signer.FailUnknown, signer.FailRefused}[n])
			}
			return nil
		}
		v := startVault(t, signer.Config{Storage: fake})
		synctest.Wait()
		v.wantCode(api.CodeNotReady, api.PathInitUpload, initRequest([]byte("x")))
		if a := v.send(http.MethodGet, api.PathReady, nil); a.status != http.StatusServiceUnavailable {
			t.Errorf("readyz: %d", a.status)
		}
		if a := v.send(http.MethodGet, api.PathCapabilities, nil); a.code() != api.CodeNotReady {
			t.Errorf("capabilities: %d", a.status)
		}
		if a := v.send(http.MethodGet, api.PathHealth, nil); a.status != http.StatusOK {
			t.Errorf("healthz: %d", a.status)
		}
		<-v.signer.Ready()
		if a := v.send(http.MethodGet, api.PathReady, nil); a.status != http.StatusOK || fake.count("upload-part") != 4 {
			t.Errorf("readyz: %d after %d probes", a.status, fake.count("upload-part"))
		}
		if len(fake.uploads) != 0 {
			t.Error("a failed probe left its upload open")
		}
	})
}

func TestRateLimitIsPerPrincipal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := tokenVault(t, newFake(), func(c *signer.Config) { c.Rate, c.Burst = 0.5, 3 })
		for range 3 {
			v.wantCode(api.CodeBadRequest, api.PathListParts, []byte("{}"))
		}
		a := v.post(api.PathListParts, []byte("{}"))
		wait, err := strconv.Atoi(a.header.Get("Retry-After"))
		if a.code() != api.CodeThrottled || a.status != http.StatusTooManyRequests || err != nil || wait < 1 || wait > 2 {
			t.Fatalf("%d %s, Retry-After %q", a.status, a.body, a.header.Get("Retry-After"))
		}
		v.token = bobToken
		v.wantCode(api.CodeBadRequest, api.PathListParts, []byte("{}"))
		v.token = aliceToken
		timer := time.NewTimer(time.Duration(wait) * time.Second)
		<-timer.C
		v.wantCode(api.CodeBadRequest, api.PathListParts, []byte("{}"))
	})
}

func TestStorageFailuresBecomeCodes(t *testing.T) {
	for failure, want := range map[signer.Failure]api.Code{
		signer.FailThrottled: api.CodeStorageBusy, signer.FailDenied: api.CodeStorageDenied, signer.FailCredentials: api.CodeNotReady,
		signer.FailUnknown: api.CodeStorageError, signer.FailRefused: api.CodeStorageError,
	} {
		fake := newFake()
		v := fakeVault(t, fake)
		fake.before = always("create", 0, storageErr("Create", failure))
		a := v.post(api.PathInitUpload, initRequest([]byte("x")))
		if a.code() != want || (a.header.Get("Retry-After") != "") != (want == api.CodeStorageBusy || failure == signer.FailCredentials) {
			t.Errorf("%s: %d %s %v", failure, a.status, a.body, a.header)
		}
		if strings.Contains(string(a.body), "secret") {
			t.Errorf("the answer quotes the storage: %s", a.body)
		}
		fake.before = always("stat", 0, storageErr("Stat", failure))
		key := "uploads/local/2016-07-30/01ARZ3NDEKTSV4RRFFQ69G5FAV/a"
		got := mustCall[api.StatObjectsResponse](v, api.PathStatObjects, api.StatObjectsRequest{ObjectKeys: []string{key}}).Objects[0]
		if got.Error != want || got.Found {
			t.Errorf("stat with %s: %+v", failure, got)
		}
		req := initRequest([]byte("x"))
		req.Retry = true
		if a := v.post(api.PathInitUpload, req); a.code() != want {
			t.Errorf("retried init with %s on the look: %d %s", failure, a.status, a.body)
		}
	}
}

func TestURLsLiveAsLongAsTheCredentials(t *testing.T) {
	fake := newFake()
	v := fakeVault(t, fake)
	fake.expiresIn = 90 * time.Second
	up := mustCall[api.InitResponse](v, api.PathInitUpload, api.InitRequest{FileName: "a", MimeType: "text/plain"})
	one := mustCall[api.PartURLResponse](v, api.PathGetPartURL, api.PartURLRequest{UploadID: up.UploadID, ObjectKey: up.ObjectKey, PartNumber: 1})
	many := mustCall[api.PartURLsResponse](v, api.PathGetPartURLs, api.PartURLsRequest{UploadID: up.UploadID, ObjectKey: up.ObjectKey, PartNumbers: []int{1}})
	if one.ExpiresIn != 90 || many.ExpiresIn != 90 {
		t.Errorf("expiresIn %d and %d, want 90", one.ExpiresIn, many.ExpiresIn)
	}
	if left := time.Until(one.ExpiresAt); left > 90*time.Second || left < 60*time.Second {
		t.Errorf("expiresAt in %v", left)
	}
}

func TestInitAgain(t *testing.T) {
	fake := newFake()
	v := fakeVault(t, fake)
	req := initRequest(nil)
	req.Size = ptr(int64(64 << 20))
	first := mustCall[api.InitResponse](v, api.PathInitUpload, req)
	again := mustCall[api.InitResponse](v, api.PathInitUpload, req) // even without retry
	if len(fake.uploads) != 1 || again.ObjectKey != first.ObjectKey {
		t.Errorf("%d uploads after a repeated init", len(fake.uploads))
	}
	for name, change := range map[string]func(*api.InitRequest){
		"size":      func(r *api.InitRequest) { r.Size = ptr(int64(5)) },
		"no size":   func(r *api.InitRequest) { r.Size = nil },
		"part size": func(r *api.InitRequest) { r.PartSize = 32 << 20 },
		"mode":      func(r *api.InitRequest) { r.Checksum = api.ChecksumMD5 },
		"no mode":   func(r *api.InitRequest) { r.Checksum = "" },
		"name":      func(r *api.InitRequest) { r.FileName = "other" },
	} {
		for _, retry := range []bool{false, true} {
			other := req
			other.Retry = retry
			change(&other)
			if a := v.post(api.PathInitUpload, other); a.code() != api.CodeRefConflict || a.status != http.StatusConflict {
				t.Errorf("another %s, retry %v: %d %s", name, retry, a.status, a.body)
			}
		}
	}
	// Without memory, what the storage shows must do.
	other := req
	other.Retry, other.Checksum = true, ""
	if a := fakeVault(t, fake).post(api.PathInitUpload, other); a.code() != api.CodeRefConflict {
		t.Errorf("another mode: %d %s", a.status, a.body)
	}
	fresh := req
	fresh.UploadRef, fresh.Retry = newRef(), true
	if up := mustCall[api.InitResponse](v, api.PathInitUpload, fresh); up.UploadID == "" {
		t.Errorf("retry of a first call: %+v", up)
	}
}

func TestMintedRefsDiffer(t *testing.T) {
	v := fakeVault(t, newFake())
	req := api.InitRequest{FileName: "a", MimeType: "text/plain"}
	a, b := mustCall[api.InitResponse](v, api.PathInitUpload, req), mustCall[api.InitResponse](v, api.PathInitUpload, req)
	if a.ObjectKey == b.ObjectKey {
		t.Errorf("two uploads share the key %q", a.ObjectKey)
	}
}

func TestTokenFileIsReadAgain(t *testing.T) {
	path := tokenFile(t)
	tokens, err := signer.OpenTokenFile(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	v := openVault(t, signer.Config{Storage: newFake(), Auth: tokens})
	knows := func(token string) bool {
		v.token = token
		return v.post(api.PathListParts, []byte("{}")).code() == api.CodeBadRequest
	}
	stamp := time.Now()
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		stamp = stamp.Add(time.Minute) // as a later save would have it
		if err := os.Chtimes(path, stamp, stamp); err != nil {
			t.Fatal(err)
		}
	}
	const newToken = "new-token-0123456789"
	if !knows(aliceToken) || knows(newToken) {
		t.Fatal("the first tokens are not in force")
	}
	write(newToken + " alice\n")
	if knows(aliceToken) || !knows(newToken) {
		t.Error("a changed file is not in force")
	}
	write("broken\n")
	if !knows(newToken) {
		t.Error("a broken file locked everybody out")
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if !knows(newToken) {
		t.Error("a missing file locked everybody out")
	}
	write(aliceToken + " alice\n")
	if !knows(aliceToken) || knows(newToken) {
		t.Error("a repaired file is not in force")
	}
}

func TestTokenFileErrors(t *testing.T) {
	for name, text := range map[string]string{
		"empty":            "# nobody\n",
		"no principal":     aliceToken + "\n",
		"four fields":      aliceToken + " a b c\n",
		"short token":      "short alice\n",
		"bad alias":        aliceToken + " alice Ward_7\n",
		"two for a token":  aliceToken + " alice\n" + aliceToken + " bob\n",
		"two for an alias": aliceToken + " alice ward\n" + bobToken + " bob ward\n",
	} {
		path := tokenFile(t)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := signer.OpenTokenFile(path, nil)
		if err == nil {
			t.Errorf("%s: taken", name)
		} else if strings.Contains(err.Error(), aliceToken) || strings.Contains(err.Error(), path) {
			t.Errorf("%s: the error tells too much: %v", name, err)
		}
	}
	if _, err := signer.OpenTokenFile(tokenFile(t)+"x", nil); err == nil || strings.Contains(err.Error(), os.TempDir()) {
		t.Errorf("a missing file: %v", err)
	}
}

func TestConfigIsChecked(t *testing.T) {
	good := signer.Config{Storage: newFake(), NoKMS: true, Auth: signer.NoAuth(), SealKeys: [][]byte{testSealKey}}
	for name, change := range map[string]func(*signer.Config){
		"no storage":        func(c *signer.Config) { c.Storage = nil },
		"no auth":           func(c *signer.Config) { c.Auth = nil },
		"no encryption":     func(c *signer.Config) { c.NoKMS = false },
		"both":              func(c *signer.Config) { c.KMSKeyID = "k" },
		"no seal key":       func(c *signer.Config) { c.SealKeys = nil },
		"short seal key":    func(c *signer.Config) { c.SealKeys = [][]byte{testSealKey, testSealKey[:31]} },
		"template":          func(c *signer.Config) { c.KeyTemplate = "x" },
		"old template":      func(c *signer.Config) { c.OldKeyTemplates = []string{"x"} },
		"part size":         func(c *signer.Config) { c.PartSize = 5<<20 + 1 },
		"object size":       func(c *signer.Config) { c.MaxObjectSize = -1 },
		"lifetime":          func(c *signer.Config) { c.URLLifetime = time.Millisecond },
		"too long lifetime": func(c *signer.Config) { c.URLLifetime = 8 * 24 * time.Hour },
		"checksum":          func(c *signer.Config) { c.Checksum = "sha1" },
		"burst":             func(c *signer.Config) { c.Burst = -1 },
	} {
		cfg := good
		change(&cfg)
		if sg, err := signer.New(cfg); err == nil {
			t.Errorf("%s: taken", name)
			_ = sg.Shutdown(t.Context())
		}
	}
}

func TestMetrics(t *testing.T) {
	v := fakeVault(t, newFake())
	mustCall[api.InitResponse](v, api.PathInitUpload, initRequest([]byte("x")))
	v.wantCode(api.CodeBadRequest, api.PathListParts, []byte("{}"))
	w := httptest.NewRecorder()
	v.signer.MetricsHandler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	for _, want := range []string{
		"longshore_signer_ready 1\n", "longshore_signer_completes_running 0\n",
		`longshore_signer_calls_total{code="ok",route="init-upload"} 1`,
		`longshore_signer_calls_total{code="bad_request",route="list-parts"} 1`,
	} {
		if !strings.Contains(w.Body.String(), want) {
			t.Errorf("metrics lack %q:\n%s", want, w.Body)
		}
	}
}
