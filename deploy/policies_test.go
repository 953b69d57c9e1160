package deploy

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"longshore/signer/bucket"
)

var update = flag.Bool("update", false, "write deploy/policies anew")

// TestPoliciesAreWhatSetupPrints holds the JSON files against the code. After a
// change: go test ./deploy -update.
func TestPoliciesAreWhatSetupPrints(t *testing.T) {
	want := map[string][]byte{}
	for _, p := range bucket.Papers() {
		text, err := exampleVault().Paper(p, bucket.KeyUsers{Signers: []string{roleARN}, Readers: []string{readARN}})
		if err != nil {
			t.Fatal(err)
		}
		want[string(p)+".json"] = text
	}
	if *update {
		for name, text := range want {
			if err := os.WriteFile(filepath.Join("policies", name), text, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	there, err := filepath.Glob("policies/*.json")
	if err != nil || len(there) != len(want) {
		t.Errorf("%d files, %d documents, %v", len(there), len(want), err)
	}
	for name, text := range want {
		have, err := os.ReadFile(filepath.Join("policies", name))
		if err != nil || !bytes.Equal(have, text) {
			t.Errorf("policies/%s is not what setup prints (%v): go test ./deploy -update", name, err)
		}
	}
}
