package app

import (
	"errors"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// A token file on a share that hangs is given up after a moment, however often it is asked for, by one read alone; when
// the share answers again, so does the file.
func TestAFileThatHangsIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newVaultFiles()
		path := filepath.Join(t.TempDir(), "token")
		if err := os.WriteFile(path, []byte("secret"), 0o600); err != nil {
			t.Fatal(err)
		}
		hangs := make(chan struct{})
		var reads atomic.Int32
		stuck := func() ([]byte, error) {
			reads.Add(1)
			<-hangs
			return []byte("secret"), nil
		}
		for range 5 {
			f.begin(path, stuck)
			began := time.Now()
			if _, err := f.read(path, 100); !errors.Is(err, errFileHangs) || time.Since(began) != fileAnswers {
				t.Fatalf("%v after %v", err, time.Since(began))
			}
		}
		if n := reads.Load(); n != 1 {
			t.Errorf("%d reads hang", n)
		}
		close(hangs)
		synctest.Wait()
		if data, err := f.read(path, 100); err != nil || string(data) != "secret" {
			t.Errorf("%q, %v", data, err)
		}
	})
}
