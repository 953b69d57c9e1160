package store

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"longshore/uploader"
)

// openAndHold is a process that opens the store, says how that went, and holds it until its stdin ends.
func openAndHold(args []string) int {
	db, err := Open(context.Background(), args[0], Options{})
	switch {
	case uploader.CodeOf(err) == uploader.CodeJournalBusy:
		fmt.Println("busy")
	case err != nil:
		fmt.Println("failed:", err)
		return 1
	case db.Recovered() != nil:
		fmt.Println("recovered:", db.Recovered())
		return 1
	default:
		err = db.SaveSetting(context.Background(), "winner", os.Getpid())
		fmt.Println("won", err)
	}
	_, _ = io.Copy(io.Discard, os.Stdin)
	if db != nil {
		return verdict(errors.Join(err, db.Close()))
	}
	return 0
}

// Many processes open one folder at once: exactly one has it, the others are told so at once. The first rounds meet an
// empty folder, the later ones what a killed or a closed store left.
func TestOfManyProcessesOneOpensTheStore(t *testing.T) {
	const rounds, processes = 6, 6
	dir := memory(t)
	for round := range rounds {
		if round == 1 { // an empty folder once more
			dir = memory(t)
		}
		kill := round%2 == 0
		raceToOpen(t, dir, processes, kill)
		db := mustOpen(t, dir)
		var winner int
		if found, err := db.Setting(context.Background(), "winner", &winner); err != nil || !found {
			t.Fatalf("round %d: the winner's record is lost: %v", round, err)
		}
		if db.Recovered() != nil {
			t.Fatalf("round %d: %s", round, db.Recovered())
		}
		if kill {
			killed(t, db)
		} else {
			mustClose(t, db)
		}
	}
}

func raceToOpen(t *testing.T, dir string, processes int, kill bool) {
	t.Helper()
	type racer struct {
		said string
		end  func()
	}
	said := make(chan racer, processes)
	for range processes {
		cmd := testChild(t, "open-and-hold", dir)
		in, err := cmd.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		go func() {
			line, err := bufio.NewReader(out).ReadString('\n')
			if err != nil {
				line = "died: " + err.Error()
			}
			said <- racer{strings.TrimSpace(line), func() {
				if kill {
					_ = cmd.Process.Kill()
				}
				_ = in.Close()
				_ = cmd.Wait() // a killed process has no good end
			}}
		}()
	}
	won := 0
	var racers []racer
	for range processes {
		r := <-said
		racers = append(racers, r)
		switch r.said {
		case "won <nil>":
			won++
		case "busy":
		default:
			t.Errorf("a process says %q", r.said)
		}
	}
	for _, r := range racers {
		r.end()
	}
	if won != 1 {
		t.Errorf("%d of %d have the store", won, processes)
	}
}
