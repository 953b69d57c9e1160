package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"longshore/signer/api"
)

// strike is when a kill comes: one of three.
type strike struct {
	point string        // a fail point of the program's, …
	nth   int           // … at which passing of it
	share float64       // when so much of the bytes that are still to come has come, 0 to 1
	wait  time.Duration // so long after the start
	// ask sends SIGINT at that moment, and the kill so much later; less than 0: no kill, the program may end in peace.
	ask   bool
	later time.Duration
}

func at1(point string) strike { return strike{point: point, nth: 1} }

// kind is how the moment was chosen.
func (s strike) kind() string {
	switch {
	case s.point != "":
		return "point"
	case s.ask:
		return "SIGINT"
	case s.share > 0:
		return "bytes"
	}
	return "time"
}

func (s strike) String() string {
	switch {
	case s.point != "":
		return fmt.Sprintf("%s:%d", s.point, s.nth)
	case s.ask:
		return fmt.Sprintf("SIGINT after %v, SIGKILL after %v more", s.wait, s.later)
	case s.share > 0:
		return fmt.Sprintf("at %.0f %% of what was to come", 100*s.share)
	}
	return fmt.Sprintf("after %v", s.wait)
}

// step is one run of the program that is killed, and what happens before the
// next one.
type step struct {
	cancel bool // the command is cancel, else what goes on with the upload
	strike strike
	then   func(*life, *testing.T)
}

// recipe is the life of one upload.
type recipe struct {
	name        string
	film        int64 // bytes of a file of several parts; 0 for none
	small       int   // small files
	folder      bool  // the film lies in the folder, too
	concurrency int   // 0 for the default
	pace        int   // bytes a second at the server
	steps       []step
	versity     bool // it needs the server whose files are plain
	attempts    int  // how many keys a file may come to have, beside the first
	resends     int  // parts that must be sent again because the server lost them
	cancelled   bool // nothing is to be stored in the end
}

// life is an upload that is killed again and again until it is stored.
type life struct {
	recipe
	host    *testing.T // to whom the rig belongs
	r       *rig
	c       *client
	program string
	root    string // the folder that is given, or the film
	bytes   int64  // of all files
	kills   int
	kinds   map[string]int // kills by strike.kind
	fired   []string
	queued  bool           // the drop is in the journal
	over    bool           // a run has ended by itself, with everything stored
	marked  int            // exchanges that are accounted for
	cut     map[string]int // by key and part: PUTs that a kill cut
	widest  int            // the most that one kill cut
	story   []string
}

func newLife(t, host *testing.T, r *rig, program string, rec recipe) *life {
	t.Helper()
	l := &life{recipe: rec, host: host, r: r, program: program, c: newClient(t), cut: map[string]int{}, kinds: map[string]int{}}
	r.reset(t)
	l.root = filepath.Join(l.c.home, "study")
	switch {
	case l.film > 0 && l.small == 0 && !l.folder:
		l.root = filepath.Join(l.c.home, "film.mov")
		makeFile(t, l.root, l.film, uint64(l.film))
	case l.film > 0:
		makeFile(t, filepath.Join(l.root, "film.mov"), l.film, uint64(l.film))
		fallthrough
	default:
		makeTree(t, filepath.Join(l.root, "series"), l.small)
	}
	for _, path := range l.files(t) {
		info, err := os.Stat(path)
		check(t, err)
		l.bytes += info.Size()
	}
	return l
}

// live runs all steps, then goes on in peace to the end.
func (l *life) live(t *testing.T) {
	t.Helper()
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("what happened:\n%s", strings.Join(l.story, "\n"))
		}
	})
	for _, s := range l.steps {
		if l.over && !s.cancel {
			continue
		}
		l.r.data.clear()
		if l.pace > 0 {
			l.r.data.pace(l.pace)
		}
		l.run(t, s)
		if s.then != nil {
			s.then(l, t)
		}
	}
	l.r.data.clear()
	l.end(t)
}

// command is what a person would do now.
func (l *life) command(s step) []string {
	args := []string{"resume", "--json", "--state", l.c.state}
	switch {
	case s.cancel:
		return []string{"cancel", "--state", l.c.state, "--all"}
	case !l.queued:
		args = []string{"upload", "--json", "--state", l.c.state, "--signer", l.r.URL, l.root}
	}
	if l.concurrency > 0 {
		args = append(args, "--concurrency", itoa(l.concurrency))
	}
	return args
}

// run starts the program and kills it when its time has come, unless it ends
// before.
func (l *life) run(t *testing.T, s step) {
	t.Helper()
	o := childOptions{env: []string{"HOME=" + l.c.home}, dir: l.c.home}
	if s.strike.point != "" {
		o.env = append(o.env, failVariable+"="+s.strike.String())
	}
	goal := l.r.data.received() + 1 + int64(s.strike.share*float64(l.bytes-l.taken()))
	p := startProc(t, o, l.program, l.command(s)...)
	switch {
	case s.strike.point != "":
		p.wait(t)
	case s.strike.share > 0:
		l.untilReceived(p, goal)
	default:
		p.waitAtMost(s.strike.wait)
	}
	if s.strike.ask && p.running() {
		p.signal(t, os.Interrupt)
		p.waitAtMost(s.strike.later)
		if s.strike.later < 0 {
			p.wait(t)
		}
	}
	p.kill()
	l.r.data.clear()
	l.r.settle(t)
	killed := p.exitCode() == -1
	l.tell("%s, killed %v: %s", s.strike, killed, strings.Join(p.cmd.Args[1:2], " "))
	l.account(t, killed || s.strike.ask || l.attempts > 0)
	l.ended(t, p, s, killed)
}

// ended judges how one run ended.
func (l *life) ended(t *testing.T, p *proc, s step, killed bool) {
	t.Helper()
	said := p.stderr.String()
	l.wantCalm(t, said)
	if killed {
		l.kills++
		l.kinds[s.strike.kind()]++
		if s.strike.point != "" {
			if !strings.Contains(said, "fail point "+s.strike.String()+"\n") {
				t.Fatalf("it died, and not at %s: %s", s.strike, tail(said))
			}
			l.fired = append(l.fired, s.strike.point)
		}
	} else if code := p.exitCode(); code != 0 && !(code == 130 && s.strike.ask) && l.attempts == 0 {
		t.Fatalf("it ended with %d: %s", code, tail(said))
	}
	l.over = l.over || p.exitCode() == 0
	if !l.queued {
		l.queued = l.wasQueued(t, s.strike, killed)
	}
}

// wasQueued tells whether the drop survived an upload that was killed. What a
// server has heard of, the journal must know.
func (l *life) wasQueued(t *testing.T, s strike, killed bool) bool {
	t.Helper()
	switch s.point {
	case "journal.opened", "journal.before.vault-saved", "journal.after.vault-saved", "journal.before.batch-added":
		if killed {
			return false
		}
	case "":
	default:
		return true
	}
	if len(l.c.status(t).Entries) > 0 || len(l.c.history(t)) > 0 {
		return true
	}
	begun := l.r.control.count(isOp(api.PathInitUpload, api.PathPutURLs)) > 0
	if begun {
		t.Error("the queue is empty after a kill, and the signer was asked about its files")
	}
	return begun
}

// untilReceived waits until the server has so many bytes, or the end.
func (l *life) untilReceived(p *proc, goal int64) {
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for p.running() && l.r.data.received() < goal {
		<-tick.C
	}
}

// waitAtMost waits for the end, but not longer than d.
func (p *proc) waitAtMost(d time.Duration) {
	if d <= 0 {
		return
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-p.done:
	case <-timer.C:
	}
}

// end lets the upload go to its end, and looks at what is there.
func (l *life) end(t *testing.T) {
	t.Helper()
	for tries := 0; ; tries++ {
		p := startProc(t, childOptions{env: []string{"HOME=" + l.c.home}, dir: l.c.home}, l.program, l.command(step{})...)
		code := p.wait(t)
		l.r.settle(t)
		l.account(t, l.attempts > 0)
		l.wantCalm(t, p.stderr.String())
		l.queued = true
		l.tell("in peace: %d", code)
		if code == 0 {
			break
		}
		if tries == l.attempts { // a file that changed is said, and sent at the next resume
			t.Fatalf("in peace it ended with %d: %s", code, tail(p.stderr.String()))
		}
	}
	l.wantAccounts(t)
	l.wantWhole(t)
}

func (l *life) tell(format string, args ...any) {
	l.story = append(l.story, fmt.Sprintf(format, args...))
}

// wantCalm fails on what no run may say.
func (l *life) wantCalm(t *testing.T, said string) {
	t.Helper()
	for _, bad := range []string{"panic", "fatal error", "damaged", "goroutine "} {
		if strings.Contains(said, bad) {
			t.Errorf("it says %q: %s", bad, tail(said))
		}
	}
}

// files are the paths that must be stored in the end.
func (l *life) files(t *testing.T) []string {
	t.Helper()
	var paths []string
	check(t, filepath.Walk(l.root, func(path string, info os.FileInfo, err error) error {
		if err == nil && !info.IsDir() {
			paths = append(paths, path)
		}
		return err
	}))
	slices.Sort(paths)
	return paths
}
