package main

import (
	"encoding/csv"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"longshore/internal/vaulttest"
)

func TestHistoryIsExportedVerifiedAndPruned(t *testing.T) {
	vault := vaulttest.Start(t, vaulttest.Options{})
	state, src := "--state="+stateDir(t), t.TempDir()
	formula := write(t, filepath.Join(src, "drop", "=1+1.dcm"), []byte("a formula"))
	plain := write(t, filepath.Join(src, "drop", "b.dcm"), []byte("plain"))
	stored := run(t, "upload", state, "--signer="+vault.URL, "--json", formula, plain)
	stored.want(t, exitStored)
	keys := stored.results(t)

	rows, err := csv.NewReader(strings.NewReader(run(t, "history", state, "--format=csv").out)).ReadAll()
	if err != nil || len(rows) != 3 || rows[0][0] != "path" {
		t.Fatalf("%q, %v", rows, err)
	}
	var views []map[string]any
	if err := json.Unmarshal([]byte(run(t, "history", state, "--format=json", "--search=B.DCM", "--since=1d").out), &views); err != nil || len(views) != 1 {
		t.Fatalf("%v, %v", views, err)
	}
	batch, _ := views[0]["batch"].(string)
	run(t, "history", state, "--until=1d").want(t, exitStored, "Nothing that was stored fits")
	run(t, "history", state, "--vault=Test vault", "--limit=1").want(t, exitStored, "drop")
	run(t, "receipt", state, "--batch="+batch).want(t, exitStored, "Files: 2", "CRC64NVME: ", "for 2 of 2 files", "full-object-crc64nvme")
	run(t, "receipt", state, "--json", "--batch="+batch).want(t, exitStored, `"files":2`, `"objects":[`)
	run(t, "receipt", state, "--batch=nobody").want(t, exitFailed, "knows nothing")

	run(t, "verify", state).want(t, exitStored, "2 files still there and the same", "by its checksum")
	vault.Before(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) })
	run(t, "verify", state, "--search=b.dcm").want(t, exitUntold, "1 cannot be told now")
	vault.Before(nil)
	lost, _ := keys[plain]["key"].(string)
	if err := os.Remove(filepath.Join(vault.S3.Dir, vault.S3.Bucket, filepath.FromSlash(lost))); err != nil {
		t.Fatal(err)
	}
	run(t, "verify", state).want(t, exitFailed, "GONE", "1 file still there", "1 gone or another")
	run(t, "verify", state, "--json", "--search=b.dcm").want(t, exitFailed, `"standing":"gone"`)

	run(t, "prune", state).want(t, exitStored, "for ever")
	run(t, "prune", state, "--keep-days=30", "--save").want(t, exitStored, "removed: 0", "30 days")
	run(t, "prune", state, "--keep=1").want(t, exitStored, "removed: 1")
	run(t, "prune", state, "--forever").want(t, exitStored, "for ever")
	if n := strings.Count(run(t, "history", state, "--json").out, "\n"); n != 1 {
		t.Errorf("%d receipts are left", n)
	}
}

func TestParseMoment(t *testing.T) {
	now := time.Date(2026, 3, 31, 12, 0, 0, 0, time.FixedZone("", 3600))
	for in, want := range map[string]string{
		"30d": "2026-03-01T12:00:00+01:00", "2026-03-01": "2026-03-01T00:00:00+01:00", "2026-03-01T15:04": "2026-03-01T15:04:00+01:00",
		"2026-03-01T15:04:05Z": "2026-03-01T15:04:05Z", "": "", "yesterday": "", "-1d": "", "2026-13-01": "",
	} {
		got, err := parseMoment(in, now)
		if (err != nil) != (want == "") || err == nil && got.Format(time.RFC3339) != want {
			t.Errorf("%q: %v, %v", in, got, err)
		}
	}
}
