package app

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"longshore/internal/platform/owner"
	"longshore/internal/vaulttest"
	"longshore/uploader"
)

func TestFilesArriveAndAreTold(t *testing.T) {
	vault := vaulttest.Start(t, vaulttest.Options{})
	src := t.TempDir()
	big := write(t, filepath.Join(src, "big.bin"), bytes.Repeat([]byte("0123456789abcdef"), 20<<20/16))
	slice := write(t, filepath.Join(src, "study", "1", "ü.dcm"), []byte("slice"))
	empty := write(t, filepath.Join(src, "study", "empty"), nil)
	s := open(t, Options{StateDir: stateDir(t), Concurrency: 2})
	if !s.Owner() || len(s.Notices()) != 0 {
		t.Errorf("owner %v, notices %q", s.Owner(), s.Notices())
	}
	v := addVault(t, s, vault)
	if v.Name != "Test vault" || len(v.DataOrigins) != 1 || v.DataOrigins[0] != vault.S3.Endpoint {
		t.Errorf("pinned %+v", v)
	}
	missing := filepath.Join(src, "missing")
	results, sum := follow(t, s, add(t, s, v, big, filepath.Dir(filepath.Dir(slice)), missing))
	if sum.Files != 4 || sum.Done != 3 || sum.Failed != 1 || sum.Stored() {
		t.Errorf("sum %+v", sum)
	}
	for path, tail := range map[string]string{big: "/big.bin", slice: "/study/1/ü.dcm", empty: "/study/empty"} {
		r := results[path]
		if r.State != uploader.Done || r.Error != nil || r.ETag == "" || r.Checksum == "" || r.Verified != uploader.VerifiedFullObject ||
			!strings.HasSuffix(r.Key, tail) {
			t.Errorf("%s: %+v", tail, r)
			continue
		}
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(vault.Object(t, r.Key), data) || r.Size != int64(len(data)) {
			t.Errorf("%s differs", tail)
		}
	}
	r := results[missing]
	if r.State != uploader.Failed || r.Error == nil || r.Error.Code != uploader.CodeSourceMissing || r.Error.Sentence == "" {
		t.Errorf("missing: %+v", r)
	}
	receipts, err := s.History(t.Context(), uploader.HistoryQuery{})
	if err != nil || len(receipts) != 3 {
		t.Errorf("%d receipts, %v", len(receipts), err)
	}
}

func TestAnotherProcessHandsItsWorkToTheOwner(t *testing.T) {
	vault := vaulttest.Start(t, vaulttest.Options{SignIn: true})
	dir := stateDir(t)
	own := open(t, Options{StateDir: dir})
	other := open(t, Options{StateDir: dir})
	if other.Owner() {
		t.Fatal("two owners")
	}
	first := addVault(t, own, vault)
	v := addVault(t, other, vault)
	if v.ID != first.ID {
		t.Errorf("the vault was added twice: %+v", v)
	}
	if list, err := other.Vaults(t.Context()); err != nil || len(list) != 1 || list[0].ID != v.ID {
		t.Errorf("vaults %+v, %v", list, err)
	}
	t.Chdir(t.TempDir())
	write(t, "relative.bin", []byte("from another folder"))
	hold := make(chan struct{})
	vault.Before(func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-hold:
		case <-r.Context().Done():
		}
	})
	ids := add(t, other, v, "relative.bin")
	if got := own.HandedOver(); len(got) != 1 || got[0] != ids[0] {
		t.Errorf("handed over: %v, want %v", got, ids)
	}
	if got := other.HandedOver(); len(got) != 0 {
		t.Errorf("handed over to a client: %v", got)
	}
	served := make(chan error, 1)
	announced := make(chan int, 1)
	go func() { served <- ServeOthers(t.Context(), own, func(n int) { announced <- n }) }()
	if n := <-announced; n != 1 {
		t.Errorf("%d entries announced", n)
	}
	close(hold)
	results, sum := follow(t, other, ids)
	abs, err := filepath.Abs("relative.bin")
	if err != nil {
		t.Fatal(err)
	}
	if !sum.Stored() || string(vault.Object(t, results[abs].Key)) != "from another folder" || results[abs].ETag == "" {
		t.Errorf("%+v, %+v", sum, results)
	}
	if err := other.Do(t.Context(), uploader.Remove, uploader.Target{Entries: ids}); err != nil {
		t.Error(err)
	}
	if n := other.Snapshot().Entries.Len(); n != 0 {
		t.Errorf("%d entries are left in the client's view", n)
	}
	if list, err := other.History(t.Context(), uploader.HistoryQuery{Limit: 5}); err != nil || len(list) != 1 {
		t.Errorf("history %+v, %v", list, err)
	}
	if err := other.Close(); err != nil {
		t.Error(err)
	}
	if err := <-served; err != nil {
		t.Error(err)
	}
}

func TestErrorsReadAlikeOnBothSides(t *testing.T) {
	dir := stateDir(t)
	own := open(t, Options{StateDir: dir})
	other := open(t, Options{StateDir: dir})
	for name, ask := range map[string]func(Session) error{
		"address": func(s Session) error {
			_, err := s.AddVault(t.Context(), VaultSpec{SignerURL: "http://example.org"})
			return err
		},
		"token file": func(s Session) error {
			_, err := s.CheckVault(t.Context(), VaultSpec{SignerURL: "http://127.0.0.1:1", TokenFile: filepath.Join(dir, "none")})
			return err
		},
		"unknown vault": func(s Session) error {
			_, err := s.Add(t.Context(), "nobody", []string{"x"}, uploader.KnownSend)
			return err
		},
		"unreachable": func(s Session) error {
			_, err := s.AddVault(t.Context(), VaultSpec{SignerURL: "http://127.0.0.1:1"})
			return err
		},
	} {
		here, there := ask(own), ask(other)
		if here == nil || there == nil || !reflect.DeepEqual(Explain(here), Explain(there)) || here.Error() != there.Error() {
			t.Errorf("%s:\n here %+v\nthere %+v", name, Explain(here), Explain(there))
		}
		if strings.Contains(Explain(here).Detail, dir) {
			t.Errorf("%s shows a path: %+v", name, Explain(here))
		}
	}
}

func TestLimitsAreKept(t *testing.T) {
	dir := stateDir(t)
	s := open(t, Options{StateDir: dir})
	other := open(t, Options{StateDir: dir})
	if got, err := s.Limits(t.Context()); err != nil || got != uploader.DefaultLimits() {
		t.Errorf("%+v, %v", got, err)
	}
	want := uploader.Limits{PartsPerFile: 2, Parts: 3, Small: 5, SmallBytes: 1 << 20}
	if err := other.SetLimits(t.Context(), want); err != nil {
		t.Error(err)
	}
	if err := errors.Join(other.Close(), s.Close()); err != nil {
		t.Error(err)
	}
	s = open(t, Options{StateDir: dir, Look: true})
	if got, err := s.Limits(t.Context()); err != nil || got != want {
		t.Errorf("%+v, %v", got, err)
	}
}

// The limit and the timetable are kept, hold at once in the process that uploads, and say so in every other one's queue.
func TestTheBandwidthIsKeptAndObeyed(t *testing.T) {
	dir := stateDir(t)
	s := open(t, Options{StateDir: dir})
	other := open(t, Options{StateDir: dir})
	table, err := uploader.ParseTimetable("daily: 3 MB/s")
	if err != nil {
		t.Fatal(err)
	}
	want := uploader.Bandwidth{Limit: 20e6, Timetable: table}
	if err := other.SetBandwidth(t.Context(), want); err != nil {
		t.Fatal(err)
	}
	for _, session := range []Session{s, other} {
		if got, err := session.Bandwidth(t.Context()); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%+v, %v", got, err)
		}
		if got := session.Snapshot().Totals.Limit; got != 3e6 {
			t.Errorf("%v holds", got)
		}
	}
	if err := errors.Join(other.Close(), s.Close()); err != nil {
		t.Error(err)
	}
	limit := uploader.Speed(1e6)
	s = open(t, Options{StateDir: dir, Limit: &limit, Timetable: new(uploader.Timetable)}) // told for this session alone
	for s.Snapshot().Totals.Limit != limit {
		changed, stop := s.Subscribe()
		if s.Snapshot().Totals.Limit != limit {
			<-changed
		}
		stop()
	}
	if got, err := s.Bandwidth(t.Context()); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, %v is saved", got, err)
	}
}

func TestWhoOnlyLooksSendsNothing(t *testing.T) {
	vault := vaulttest.Start(t, vaulttest.Options{})
	dir := stateDir(t)
	s := open(t, Options{StateDir: dir})
	v := addVault(t, s, vault)
	vault.Before(func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "down", http.StatusServiceUnavailable) })
	ids := add(t, s, v, write(t, filepath.Join(t.TempDir(), "x"), []byte("x")))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	calls := make(chan string, 100)
	vault.Before(func(w http.ResponseWriter, r *http.Request) {
		calls <- r.URL.Path
		http.Error(w, "down", http.StatusServiceUnavailable)
	})
	s = open(t, Options{StateDir: dir, Look: true})
	if s.Snapshot().Entries.Len() != 1 || s.Snapshot().Entries.At(0).ID != ids[0] {
		t.Errorf("the queue is not shown: %+v", s.Snapshot())
	}
	if list, err := s.Vaults(t.Context()); err != nil || len(list) != 1 {
		t.Errorf("vaults %+v, %v", list, err)
	}
	if _, err := s.Add(t.Context(), v.ID, []string{"y"}, uploader.KnownSend); err == nil {
		t.Error("it took a file")
	}
	if err := s.Do(t.Context(), uploader.Cancel, uploader.Target{All: true}); err == nil {
		t.Error("it took an order")
	}
	if len(calls) != 0 {
		t.Errorf("it called %s", <-calls)
	}
}

// ownedByChild starts a process that owns dir until it is killed.
func ownedByChild(t *testing.T, dir string) (kill func()) {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	child := exec.CommandContext(t.Context(), exe)
	child.Env = append(os.Environ(), ownerEnv+"="+dir)
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || line != "owner\n" {
		t.Fatalf("the owner says %q, %v", line, err)
	}
	return func() {
		if err := child.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = child.Wait() // it was killed: the error says so
	}
}

func TestTheOwnerIsKilled(t *testing.T) {
	dir := stateDir(t)
	kill := ownedByChild(t, dir)
	s := open(t, Options{StateDir: dir})
	if s.Owner() {
		t.Fatal("two owners")
	}
	kill()
	select {
	case <-s.Ended():
	case <-time.After(patience):
		t.Fatal("the client did not notice")
	}
	if !errors.Is(s.Err(), ErrOwnerGone) || !strings.Contains(Explain(s.Err()).Sentence, "resume") {
		t.Errorf("%v: %+v", s.Err(), Explain(s.Err()))
	}
	_, err := Follow(t.Context(), s, []uploader.EntryID{"x"}, Follower{})
	if err != nil && !errors.Is(err, ErrOwnerGone) {
		t.Errorf("follow: %v", err)
	}
	if err := s.Do(t.Context(), uploader.Pause, uploader.Target{All: true}); !errors.Is(err, ErrOwnerGone) {
		t.Errorf("do: %v", err)
	}
	if heir := open(t, Options{StateDir: dir}); !heir.Owner() {
		t.Error("the folder has no owner now")
	}
}

func TestAFollowerTakesOverFromAKilledOwner(t *testing.T) {
	vault := vaulttest.Start(t, vaulttest.Options{})
	dir, src := stateDir(t), t.TempDir()
	kill := ownedByChild(t, dir)
	var up atomic.Bool
	vault.Before(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "put-urls") && !up.Load() {
			http.Error(w, "down", http.StatusServiceUnavailable)
		}
	})
	s := open(t, Options{StateDir: dir})
	ids := add(t, s, addVault(t, s, vault), write(t, filepath.Join(src, "a"), []byte("a")), write(t, filepath.Join(src, "b"), []byte("b")))
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	told, killed := map[string]int{}, false
	sum, err := Follow(ctx, s, ids, Follower{
		File: func(f FileResult) { told[filepath.Base(f.Path)+" "+string(f.State)]++ },
		Progress: func(p Progress) {
			if !killed && p.Files == 2 {
				killed = true
				kill()
				up.Store(true)
			}
		},
		Heir: func(context.Context) (Session, error) { return open(t, Options{StateDir: dir}), nil },
	})
	if err != nil || !sum.Stored() || sum.Done != 2 || told["a done"] != 1 || told["b done"] != 1 || len(told) != 2 {
		t.Errorf("%+v, told %v, %v", sum, told, err)
	}
}

func TestAnIdleOwnerOnlyTakesOut(t *testing.T) {
	vault := vaulttest.Start(t, vaulttest.Options{})
	dir, src := stateDir(t), t.TempDir()
	vault.Before(func(w http.ResponseWriter, r *http.Request) { // a folder with work to do
		if strings.HasSuffix(r.URL.Path, "put-urls") {
			http.Error(w, "down", http.StatusServiceUnavailable)
		}
	})
	s := open(t, Options{StateDir: dir})
	ids := add(t, s, addVault(t, s, vault), write(t, filepath.Join(src, "a"), []byte("a")), write(t, filepath.Join(src, "b"), []byte("b")))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	calls := make(chan string, 100)
	vault.Before(func(_ http.ResponseWriter, r *http.Request) { calls <- r.URL.Path })
	s = open(t, Options{StateDir: dir, Idle: true})
	if _, err := owner.Dial(t.Context(), dir); !errors.Is(err, owner.ErrNone) {
		t.Errorf("others can hand it work: %v", err)
	}
	if err := s.Do(t.Context(), uploader.Remove, uploader.Target{Entries: ids[:1]}); err != nil {
		t.Fatal(err)
	}
	if n := s.Snapshot().Entries.Len(); n != 1 {
		t.Errorf("%d entries are left", n)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if len(calls) != 0 {
		t.Errorf("it called %s", <-calls)
	}
}

func TestAFolderInUseByAStranger(t *testing.T) {
	dir := stateDir(t)
	open(t, Options{StateDir: dir})
	if err := os.RemoveAll(filepath.Join(dir, ".owner")); err != nil { // it does not answer
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer cancel()
	_, err := Open(ctx, Options{StateDir: dir})
	wantCode(t, err, uploader.CodeJournalBusy)
	if _, err := owner.Dial(t.Context(), dir); !errors.Is(err, owner.ErrNone) {
		t.Errorf("dial: %v", err)
	}
}

func TestCloseTellsClientsTheLastState(t *testing.T) {
	vault := vaulttest.Start(t, vaulttest.Options{})
	dir := stateDir(t)
	own := open(t, Options{StateDir: dir})
	other := open(t, Options{StateDir: dir})
	v := addVault(t, own, vault)
	vault.Before(func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "down", http.StatusServiceUnavailable) })
	ids := add(t, other, v, write(t, filepath.Join(t.TempDir(), "x"), []byte("x")))
	closed := make(chan error, 1)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	var once bool
	_, err := Follow(ctx, other, ids, Follower{Progress: func(Progress) {
		if !once {
			once = true
			go func() { closed <- own.Close() }()
		}
	}})
	if !errors.Is(err, ErrOwnerGone) {
		t.Errorf("follow: %v", err)
	}
	if err := <-closed; err != nil {
		t.Error(err)
	}
	if own.Err() != nil {
		t.Errorf("the owner ended with %v", own.Err())
	}
}
