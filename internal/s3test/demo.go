package s3test

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"time"
)

// DemoVault is a running bin/longshore-demo.
type DemoVault struct {
	URL    string // of the signer; the same after Restart
	S3     string // scheme://host:port of its S3 server; the same after Restart
	Dir    string // --data: objects are plain files under Dir/vault
	Child  *Child // the process; replaced by Restart
	binary string
}

// readyLine is what the demo prints when it can be used.
var readyLine = regexp.MustCompile(`(?m)^ready http://\S+$`)

// Demo starts bin/longshore-demo on a folder of the test's own and on free
// ports. It needs `make build`, or $LONGSHORE_BIN to name the folder of the
// programs.
func Demo(t testing.TB) *DemoVault {
	t.Helper()
	d := &DemoVault{binary: built(t, "longshore-demo"), Dir: filepath.Join(t.TempDir(), "demo")}
	for try := 1; ; try++ {
		d.URL, d.S3 = "http://"+FreeAddr(t), "http://"+FreeAddr(t)
		if d.start(t) {
			return d
		}
		if try == startTries {
			t.Fatalf("s3test: the demo vault did not start:\n%s", d.Child.Log())
		}
	}
}

// Restart ends the demo, if it still runs, and starts it again on the same ports
// and folder: objects and unfinished uploads stay.
func (d *DemoVault) Restart(t testing.TB) {
	t.Helper()
	d.Child.Stop()
	if !d.start(t) {
		t.Fatalf("s3test: the demo vault did not start again:\n%s", d.Child.Log())
	}
}

// File returns the bytes of an object, read from the vault's folder.
func (d *DemoVault) File(t testing.TB, key string) []byte {
	t.Helper()
	raw, err := os.ReadFile(d.Path(key))
	if err != nil {
		t.Fatalf("s3test: %v", err)
	}
	return raw
}

// Path is where an object with this key lies as a plain file.
func (d *DemoVault) Path(key string) string {
	return filepath.Join(d.Dir, bucketName, filepath.FromSlash(key))
}

// start runs the program and says whether it became ready.
func (d *DemoVault) start(t testing.TB) bool {
	t.Helper()
	args := []string{"--data", d.Dir, "--listen", d.URL[len("http://"):], "--s3-listen", d.S3[len("http://"):]}
	d.Child = startChild(t, d.binary, args, environ("HOME="+filepath.Dir(d.Dir)))
	deadline := time.NewTimer(startTimeout)
	defer deadline.Stop()
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for {
		if readyLine.MatchString(d.Child.Log()) {
			return true
		}
		select {
		case <-d.Child.Exited():
			return false
		case <-deadline.C:
			return false
		case <-tick.C:
		}
	}
}
