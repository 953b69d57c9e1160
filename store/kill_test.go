package store

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"

	"longshore/uploader"
)

// writeForever is a process that applies group after group and prints the number of each one that is durable. Group n
// adds job n with an attempt and three parts, and finishes job n-1.
func writeForever(args []string) int {
	db, err := Open(context.Background(), args[0], Options{})
	if err != nil {
		fmt.Println("open:", err)
		return 1
	}
	if db.Recovered() != nil {
		fmt.Println("recovered:", db.Recovered())
		return 1
	}
	from, err := strconv.Atoi(args[1])
	if err != nil {
		return 1
	}
	ctx := context.Background()
	if from == 1 {
		group := []uploader.Record{uploader.AddBatch{Batch: aBatch(1), Entries: []uploader.Entry{anEntry(1, 1)}}}
		if err := db.Apply(ctx, group); err != nil {
			return 1
		}
	}
	for n := from; ; n++ {
		if err := db.Apply(ctx, groupOf(n)); err != nil {
			fmt.Println("apply:", err)
			return 1
		}
		fmt.Println(n)
	}
}

func attemptedJob(n int) uploader.Job {
	j := next(aJob(1, 1, n), uploader.Uploading)
	j.Attempt = anAttempt(j, n).ID
	return j
}

func groupOf(n int) []uploader.Record {
	j := aJob(1, 1, n)
	a := anAttempt(j, n)
	group := []uploader.Record{uploader.AddJob{Job: j}, uploader.SaveAttempt{Attempt: a}, uploader.UpdateJob{Job: attemptedJob(n)}}
	for p := int32(1); p <= 3; p++ {
		group = append(group, uploader.SavePart{Attempt: a.ID, UploadID: "u", Part: aPart(p)})
	}
	if n > 1 {
		done := next(attemptedJob(n-1), uploader.Done)
		group = append(group, uploader.Finish{Job: done, Receipt: aReceipt(done, done.Attempt, now)})
	}
	return group
}

func TestWhatWasDurableSurvivesKills(t *testing.T) {
	dir := t.TempDir()
	r := rand.New(rand.NewPCG(1, 2))
	done := 0
	for round := range 12 {
		printed := writeAndKill(t, dir, done+1, 1+r.IntN(60))
		if printed < done+1 {
			t.Fatalf("round %d wrote nothing", round)
		}
		done = inspect(t, dir, printed)
	}
	t.Logf("%d groups over 12 kills", done)
}

// writeAndKill lets a process write some groups, kills it at a moment it does not know, and returns the last group it
// called durable.
func writeAndKill(t *testing.T, dir string, from, groups int) int {
	t.Helper()
	cmd := testChild(t, "write", dir, strconv.Itoa(from))
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	last := from - 1
	lines := bufio.NewScanner(out)
	for n := 0; lines.Scan(); n++ { // also what was printed before the kill took effect
		got, err := strconv.Atoi(strings.TrimSpace(lines.Text()))
		if err != nil {
			t.Errorf("the writer says %q", lines.Text())
		}
		last = max(last, got)
		if n == groups {
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := cmd.Wait(); err == nil {
		t.Error("the writer ended by itself")
	}
	return last
}

// inspect finds every group up to the printed one whole, and at most one more, whole too. It returns the last.
func inspect(t *testing.T, dir string, printed int) int {
	t.Helper()
	if _, err := os.Stat(folder(dir).path(fileClean)); err == nil {
		t.Fatal("a killed store is marked clean")
	}
	db := mustOpen(t, dir)
	if db.Recovered() != nil {
		t.Fatalf("a kill damaged the file: %s", db.Recovered())
	}
	q := mustLoad(t, db)
	if n := len(q.Jobs); n != printed && n != printed+1 {
		t.Fatalf("%d groups, %d were printed", n, printed)
	}
	last := len(q.Jobs)
	for i, j := range q.Jobs {
		want := attemptedJob(i + 1)
		if i+1 < last {
			want = next(want, uploader.Done)
		}
		same(t, j, want)
	}
	if len(q.Attempts) != 1 || q.Attempts[0].Job != q.Jobs[last-1].ID {
		t.Fatalf("attempts %+v", q.Attempts)
	}
	parts, err := db.Parts(context.Background(), q.Attempts[0].ID, "u")
	if err != nil || len(parts) != 3 {
		t.Fatalf("parts %v, %v", parts, err)
	}
	receipts, err := db.History(context.Background(), uploader.HistoryQuery{})
	if err != nil || len(receipts) != last-1 {
		t.Fatalf("%d receipts, %v", len(receipts), err)
	}
	killed(t, db)
	return last
}
