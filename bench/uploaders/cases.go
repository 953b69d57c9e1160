//go:build linux

package main

import "time"

const (
	mib = 1 << 20
	gib = 1 << 30
)

// testCase is one kind of work that all uploaders do.
type testCase struct {
	Name, Title string
	Files       int
	Size        int64         // bytes of each file
	Latency     time.Duration // of each request; a new connection costs none
	Rate        int64         // bits a second that the line takes, 0: loopback
	Cold        bool          // the files are not in the page cache
	Rounds      int
}

func allCases() []testCase {
	return []testCase{
		{Name: "large", Title: "one file of 2 GiB", Files: 1, Size: 2 * gib, Rounds: 5},
		{Name: "small", Title: "5,000 files of 200 KB, 40 ms a request", Files: 5000, Size: 200_000, Latency: 40 * time.Millisecond, Rounds: 3},
		{Name: "medium", Title: "64 files of 64 MiB", Files: 64, Size: 64 * mib, Rounds: 3},
		{Name: "cold", Title: "one file of 2 GiB that is not in the page cache", Files: 1, Size: 2 * gib, Cold: true, Rounds: 3},
		{Name: "slow", Title: "one file of 64 MiB over a line of 100 Mbit/s, 80 ms a request", Files: 1, Size: 64 * mib, Latency: 80 * time.Millisecond, Rate: 100e6, Rounds: 3},
		{Name: "fast", Title: "one file of 1 GiB over a line of 2.5 Gbit/s, 10 ms a request", Files: 1, Size: gib, Latency: 10 * time.Millisecond, Rate: 2500e6, Rounds: 3},
	}
}

func caseNames() []string {
	var names []string
	for _, c := range allCases() {
		names = append(names, c.Name)
	}
	return names
}

func (c testCase) bytes() int64 { return int64(c.Files) * c.Size }

// scaled makes a case smaller, for a test of the program: fewer and smaller files, and nothing to wait for.
func (c testCase) scaled(by int64) testCase {
	if by > 1 {
		c.Files = max(1, c.Files/int(by))
		c.Size = max(1000, c.Size/by)
		c.Latency /= time.Duration(by)
	}
	return c
}
