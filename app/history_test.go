package app

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"longshore/internal/vaulttest"
	"longshore/uploader"
)

// What the owner does for its own window it does for other processes alike.
func TestVerifyAndPruneForTheOwnerAndForOthers(t *testing.T) {
	vault := vaulttest.Start(t, vaulttest.Options{SignIn: true})
	dir, src := stateDir(t), t.TempDir()
	own := open(t, Options{StateDir: dir})
	other := open(t, Options{StateDir: dir})
	v := addVault(t, own, vault)
	a, b := write(t, filepath.Join(src, "a"), []byte("a")), write(t, filepath.Join(src, "b"), []byte("bb"))
	ids := add(t, own, v, a, b)
	results, _ := follow(t, own, ids)
	receipts, err := other.History(t.Context(), uploader.HistoryQuery{})
	if err != nil || len(receipts) != 2 {
		t.Fatal(len(receipts), err)
	}
	if err := os.Remove(filepath.Join(vault.S3.Dir, vault.S3.Bucket, filepath.FromSlash(results[b].Key))); err != nil {
		t.Fatal(err)
	}
	asked := slices.Concat(receipts, receipts[:1], receipts[:1])
	asked[2].Vault, asked[3].Key = "forgotten", "somebody/else"
	for name, s := range map[string]Session{"owner": own, "other": other} {
		got, err := s.Verify(t.Context(), asked)
		if err != nil || len(got) != 4 {
			t.Fatal(name, got, err)
		}
		for i, r := range receipts {
			want := uploader.StandingSame
			if r.Path == b {
				want = uploader.StandingGone
			}
			if got[i].Standing != want {
				t.Errorf("%s: %+v, want %s", name, got[i], want)
			}
		}
		if got[2].Standing != uploader.StandingUnknown || got[2].Code != uploader.CodeBadConfig {
			t.Errorf("%s: a vault that is not known: %+v", name, got[2])
		}
		if got[3].Standing != uploader.StandingUnknown || got[3].Code == "" {
			t.Errorf("%s: another's key: %+v", name, got[3])
		}
	}
	if _, err := own.Verify(t.Context(), make([]uploader.Receipt, MostLooks+1)); err == nil {
		t.Error("any number is taken")
	}
	if n, err := other.Prune(t.Context(), time.Now().Add(time.Hour), 0); err != nil || n != 0 {
		t.Errorf("receipts of what is in the queue went: %d, %v", n, err)
	}
	if err := own.Do(t.Context(), uploader.Remove, uploader.Target{Entries: ids}); err != nil {
		t.Fatal(err)
	}
	all := uploader.HistorySum{Files: 2, Bytes: 3}
	removed, err := other.RemoveReceipts(t.Context(), []uploader.HistoryMark{receipts[0].Mark(), receipts[1].Mark()})
	if sum, sumErr := other.HistorySum(t.Context(), uploader.HistoryQuery{}); err != nil || sumErr != nil || len(removed) != 2 || sum.Files != 0 {
		t.Errorf("removed %v, left %+v: %v, %v", removed, sum, err, sumErr)
	}
	err = other.RestoreReceipts(t.Context(), removed)
	if sum, sumErr := own.HistorySum(t.Context(), uploader.HistoryQuery{}); err != nil || sumErr != nil || sum != all {
		t.Errorf("brought back %+v: %v, %v", sum, err, sumErr)
	}
	if err := other.SetKeep(t.Context(), uploader.Keep{Newest: 1}); err != nil {
		t.Fatal(err)
	}
	if k, err := own.Keep(t.Context()); err != nil || k.Newest != 1 {
		t.Errorf("%+v, %v", k, err)
	}
	deadline := time.Now().Add(patience)
	for n := 2; n != 1; {
		left, err := own.History(t.Context(), uploader.HistoryQuery{})
		if n = len(left); err != nil || time.Now().After(deadline) {
			t.Fatalf("%d are left, %v", n, err)
		}
		if err := wait(t.Context(), 10*time.Millisecond); err != nil {
			t.Fatal(err)
		}
	}
	if err := other.SetKeep(t.Context(), uploader.Keep{Days: -1}); err == nil {
		t.Error("a negative number is taken")
	}
}
