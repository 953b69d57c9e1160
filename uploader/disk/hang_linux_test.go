package disk

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"longshore/internal/fault"
	"longshore/uploader"
)

const shareVault uploader.VaultID = "V"

// upload starts an engine over the real file system and a vault in memory.
func upload(t *testing.T, vault *fault.Vault, journal *fault.Journal) (*uploader.Engine, func() time.Duration) {
	t.Helper()
	ids := 0
	e, err := uploader.New(t.Context(), uploader.Config{
		Journal: journal, Source: New(), Connector: fault.Connector(map[uploader.VaultID]*fault.Vault{shareVault: vault}),
		NewID: func() string {
			ids++
			return fmt.Sprintf("%026d", ids)
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	uploader.SimWorld(e, 256<<10, 1000, rand.Float64)
	uploader.SimPatience(e, time.Second)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- e.Run(ctx) }()
	quit := func() time.Duration {
		began := time.Now()
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		return time.Since(began)
	}
	if err := e.SaveVault(t.Context(), uploader.Vault{
		ID: shareVault, Name: "Vault", SignerURL: "https://vault.test", DataOrigins: []string{vault.Origin()}, Checksum: uploader.ChecksumCRC64NVME,
	}); err != nil {
		t.Fatal(err)
	}
	return e, quit
}

// when waits for a snapshot that fits.
func when(t *testing.T, e *uploader.Engine, what string, fits func(*uploader.Snapshot) bool) {
	t.Helper()
	changed, cancel := e.Subscribe()
	defer cancel()
	late := time.After(2 * time.Minute)
	for !fits(e.Snapshot()) {
		select {
		case <-changed:
		case <-late:
			t.Fatalf("never: %s; %+v", what, *e.Snapshot().Entries.At(0))
		}
	}
}

// A real share, whose server stops answering in the middle of a read that no signal and no context can end: the row
// says so, files elsewhere go on, quitting does not wait, and when it answers the upload is finished with the right
// bytes.
func TestARealShareThatHangs(t *testing.T) {
	data := make([]byte, 8<<20)
	if _, err := rand.NewChaCha8([32]byte{1}).Read(data); err != nil {
		t.Fatal(err)
	}
	s := mountShare(t, shareFile{"scan.dcm", data})
	local := filepath.Join(t.TempDir(), "local.bin")
	if err := os.WriteFile(local, data[:1<<20], 0o600); err != nil {
		t.Fatal(err)
	}
	vault, journal := fault.NewVault(fault.VaultOptions{Speed: 4 << 20}), fault.NewJournal()
	e, quit := upload(t, vault, journal)
	add := func(path string) {
		if _, err := e.Add(t.Context(), shareVault, []string{path}, uploader.KnownSend); err != nil {
			t.Fatal(err)
		}
	}
	add(s.path(0))
	when(t, e, "it is under way", func(snap *uploader.Snapshot) bool { return snap.Jobs.Len() == 1 && snap.Jobs.At(0).Part >= 3 })
	s.hang()
	s.waitHeld()
	when(t, e, "its row says that the share does not answer", func(snap *uploader.Snapshot) bool {
		row := snap.Entries.At(0)
		return row.State == uploader.Waiting && row.Reason == uploader.WaitDrive && row.Code == uploader.CodeDriveHangs
	})
	add(local)
	when(t, e, "the local file is stored", func(snap *uploader.Snapshot) bool { return snap.Totals.FilesDone == 1 })
	if took := quit(); took > 20*time.Second {
		t.Errorf("quitting took %v", took)
	}
	e, quit = upload(t, vault, journal) // and again, on a share that hangs from the start
	when(t, e, "its row says so again", func(snap *uploader.Snapshot) bool { return snap.Entries.At(0).Code == uploader.CodeDriveHangs })
	s.answer()
	when(t, e, "it is stored", func(snap *uploader.Snapshot) bool { return snap.Totals.FilesDone == 2 })
	for _, key := range vault.Objects() {
		got, _ := vault.Object(key)
		if want := data[:len(got)]; !bytes.Equal(got, want) || len(got) != len(data) && len(got) != 1<<20 {
			t.Errorf("%s: %d other bytes", filepath.Base(key), len(got))
		}
		for part, times := range vault.Traffic(key).Accepted {
			if times > 1 {
				t.Errorf("part %d of %s was stored %d times", part, filepath.Base(key), times)
			}
		}
	}
	quit()
}

// A real file system that is mounted anew while the program is away: other device and mount numbers, and times that are
// an hour off, as those of a FAT card are after the end of summer. (This kernel may have no FAT: FUSE counts as the same
// kind.) The upload goes on and sends nothing twice.
func TestARealDriveThatIsMountedAnewGoesOn(t *testing.T) {
	data := make([]byte, 4<<20)
	if _, err := rand.NewChaCha8([32]byte{2}).Read(data); err != nil {
		t.Fatal(err)
	}
	s := mountShare(t, shareFile{"a.mov", data})
	vault, journal := fault.NewVault(fault.VaultOptions{Speed: 4 << 20}), fault.NewJournal()
	e, quit := upload(t, vault, journal)
	if _, err := e.Add(t.Context(), shareVault, []string{s.path(0)}, uploader.KnownSend); err != nil {
		t.Fatal(err)
	}
	when(t, e, "it is under way", func(snap *uploader.Snapshot) bool { return snap.Jobs.Len() == 1 && snap.Jobs.At(0).Part >= 3 })
	quit()
	before := fingerprintOf(t, s.path(0))
	s.pull(t)
	s.when -= 3600
	s.plug(t)
	after := fingerprintOf(t, s.path(0))
	if !before.Unstable || before.ModTime.Equal(after.ModTime) || before.Mount != "" && before.Mount == after.Mount {
		t.Fatalf("it does not look mounted anew: %+v, %+v", before, after)
	}
	e, quit = upload(t, vault, journal)
	when(t, e, "it is stored", func(snap *uploader.Snapshot) bool { return snap.Totals.FilesDone == 1 })
	quit()
	key := vault.Objects()[0]
	if got, _ := vault.Object(key); !bytes.Equal(got, data) {
		t.Error("other bytes")
	}
	for part, times := range vault.Traffic(key).Accepted {
		if times > 1 {
			t.Errorf("part %d was stored %d times", part, times)
		}
	}
}

func fingerprintOf(t *testing.T, path string) uploader.Fingerprint {
	t.Helper()
	f, err := New().Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	fp, err := f.Fingerprint()
	if err != nil {
		t.Fatal(err)
	}
	return fp
}
