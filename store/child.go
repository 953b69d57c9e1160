package store

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"runtime/debug"
	"time"

	"longshore/uploader"
)

// childEnv marks a process that only checks or salvages. Paths go over stdin, so that they are in no process list.
const childEnv = "LONGSHORE_STORE_CHILD"

// greeting is the child's first line. Without it the program we ran is not one of ours.
const greeting = "longshore-store-1"

var (
	errChild = errors.New("store: the checking process failed")
	errSlow  = errors.New("store: the check took too long")
)

// request is what a child is told, as JSON on stdin.
type request struct {
	Folder  string
	Salvage bool   // else check
	Aside   string // the name the damaged file is going to have
}

// answer is what it says, as JSON on stdout after the greeting.
type answer struct {
	Damaged bool
	Failed  bool          // neither sound nor damaged: Code says why
	Code    uploader.Code // of what failed
	Cause   string        // redacted
}

// IsCheckChild tells whether this process was started to check a store. Main programs ask first thing.
func IsCheckChild() bool { return os.Getenv(childEnv) != "" }

// CheckMain is the main of such a process; it returns the exit code. It reads its order from stdin and answers on
// stdout.
func CheckMain() int {
	if _, err := io.WriteString(os.Stdout, greeting+"\n"); err != nil {
		return 1
	}
	var q request
	if err := json.NewDecoder(os.Stdin).Decode(&q); err != nil {
		return 1
	}
	go endWithParent()
	debug.SetPanicOnFault(true)
	var err error
	if q.Salvage {
		err = salvage(folder(q.Folder), q.Aside)
	} else {
		err = check(folder(q.Folder).path(fileQueue))
	}
	if err := json.NewEncoder(os.Stdout).Encode(answerTo(err)); err != nil {
		return 1
	}
	return 0
}

// endWithParent ends this process when its parent is gone, which closes stdin: a salvage that ran on would write beside
// the one of the next start.
func endWithParent() {
	_, _ = io.Copy(io.Discard, os.Stdin)
	os.Exit(1)
}

func answerTo(err error) answer {
	if err == nil {
		return answer{}
	}
	// What neither the disk's fill nor a permission explains is damage.
	a := answer{Code: codeOf(err, uploader.CodeJournalBroken)}
	if cause := redacted(err); cause != nil {
		a.Cause = cause.Error()
	}
	a.Damaged = a.Code == uploader.CodeJournalBroken
	a.Failed = !a.Damaged
	return a
}

// ask runs one order in a child. errChild: it died or said nonsense, which damage can cause. errNoChild: the program
// could not be started or is not one that calls CheckMain.
func ask(ctx context.Context, opts Options, q request) error {
	exe := opts.Executable
	if exe == "" {
		var err error
		if exe, err = os.Executable(); err != nil {
			return errNoChild
		}
	}
	limited, cancel := context.WithTimeout(ctx, checkTime(folder(q.Folder).path(fileQueue), opts.CheckTimeout))
	defer cancel()
	order, err := json.Marshal(q)
	if err != nil {
		return err
	}
	greeted, a, err := run(limited, exe, order)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case limited.Err() != nil:
		return errSlow
	case !greeted:
		return errNoChild
	case err != nil:
		return errChild
	case a.Failed:
		return uploader.E("check-journal", a.Code, errors.New(a.Cause))
	case a.Damaged:
		return errDamaged
	}
	return nil
}

var errNoChild = errors.New("store: no checking process")

func run(ctx context.Context, exe string, order []byte) (greeted bool, a answer, err error) {
	cmd := exec.CommandContext(ctx, exe)
	cmd.Env = append(os.Environ(), childEnv+"=1")
	cmd.WaitDelay = 5 * time.Second
	in, err := cmd.StdinPipe()
	if err != nil {
		return false, a, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return false, a, errors.Join(err, in.Close())
	}
	if err := cmd.Start(); err != nil {
		return false, a, err
	}
	r := bufio.NewReader(io.LimitReader(out, 1<<20))
	line, readErr := r.ReadString('\n')
	if greeted = line == greeting+"\n"; greeted {
		_, err = in.Write(order)
		readErr = errors.Join(err, json.NewDecoder(r).Decode(&a))
	} else {
		_ = cmd.Process.Kill() // some other program: it shall not run on
	}
	return greeted, a, errors.Join(readErr, cmd.Wait()) // Wait closes stdin when the process has ended
}
