package uploader_test

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"

	"longshore/uploader"
)

const panicVariable = "LONGSHORE_TEST_PANIC"

// patient is what no crash may tell.
const patient = "MUELLER^ANNA_19630412"

// panics are how code under a Nameless may panic.
var panics = map[string]func(){
	"a path":  func() { panic(&fs.PathError{Op: "open", Path: "/home/anna/" + patient, Err: fs.ErrNotExist}) },
	"a text":  func() { panic("cannot send " + patient + " to https://h/k?X-Amz-Signature=" + patient) },
	"a value": func() { panic(struct{ Name string }{patient}) },
	"an error of a panic": func() {
		defer func() { panic(errors.Join(errors.New(patient), recover().(error))) }()
		panic(errors.New(patient + " again"))
	},
	"the runtime": func() { _ = []string{patient}[len(os.Args)+5] },
}

// TestNamelessChild is the child of the test below.
func TestNamelessChild(t *testing.T) {
	what := panics[os.Getenv(panicVariable)]
	if what == nil {
		return // not as a child
	}
	file, err := os.Create(os.Getenv("LONGSHORE_TEST_CRASH"))
	if err != nil {
		t.Fatal(err)
	}
	if err := debug.SetCrashOutput(file, debug.CrashOptions{}); err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer uploader.Nameless()
		what()
	}()
	<-done
}

// TestCrashesTellNoNames: a panic ends the process and shows where, on stderr and in the crash file, and repeats
// nothing of what it was about.
func TestCrashesTellNoNames(t *testing.T) {
	for name := range panics {
		t.Run(name, func(t *testing.T) {
			crash := filepath.Join(t.TempDir(), "crash.log")
			cmd := exec.Command(os.Args[0], "-test.run=^TestNamelessChild$")
			cmd.Env = append(os.Environ(), panicVariable+"="+name, "LONGSHORE_TEST_CRASH="+crash, "GOTRACEBACK=all")
			out, err := cmd.CombinedOutput()
			if err == nil || cmd.ProcessState.ExitCode() != 2 {
				t.Fatalf("the child ended with %v, want a crash\n%s", err, out)
			}
			file, err := os.ReadFile(crash)
			if err != nil {
				t.Fatal(err)
			}
			for where, text := range map[string]string{"stderr": string(out), "the crash file": string(file)} {
				if strings.Contains(text, patient) || strings.Contains(text, "anna") || strings.Contains(text, "X-Amz") {
					t.Errorf("%s tells the name:\n%s", where, text)
				}
				if !strings.Contains(text, "panic of type ") || !strings.Contains(text, "panic_test.go:") {
					t.Errorf("%s does not say where it was:\n%s", where, text)
				}
				if name == "the runtime" && !strings.Contains(text, "index out of range") {
					t.Errorf("%s lacks what the runtime said:\n%s", where, text)
				}
			}
		})
	}
}
