package uploader_test

import (
	"os"
	"regexp"
	"testing"

	"longshore/uploader"
)

var docRow = regexp.MustCompile("(?m)^\\| `([a-z-]+)` \\| ([^|]+) \\| ([^|]+) \\| ([^|]+) \\|$")

// TestTheDocsFaultTable holds docs/reliability.md against the code table: every code, what is done, the very sentence.
func TestTheDocsFaultTable(t *testing.T) {
	text, err := os.ReadFile("../docs/reliability.md")
	if err != nil {
		t.Fatal(err)
	}
	words := map[uploader.Action]string{
		uploader.Stop: "stops", uploader.Retry: "tries again", uploader.Wait: "the vault waits", uploader.Hold: "the file waits",
		uploader.Resign: "signs anew", uploader.Look: "looks first", uploader.Restart: "starts over", uploader.Ask: "asks",
	}
	said := map[uploader.Code]bool{}
	for _, row := range docRow.FindAllStringSubmatch(string(text), -1) {
		code := uploader.Code(row[1])
		info, known := uploader.CodeTable()[code]
		switch {
		case !known:
			t.Errorf("the docs have %q, which is no code", code)
		case said[code]:
			t.Errorf("the docs have %s twice", code)
		case row[3] != words[info.Action]:
			t.Errorf("%s: the docs say %q, the code %q", code, row[3], words[info.Action])
		case row[4] != info.Sentence:
			t.Errorf("%s: the docs say %q, the code %q", code, row[4], info.Sentence)
		}
		said[code] = true
	}
	for code := range uploader.CodeTable() {
		if !said[code] {
			t.Errorf("%s is not in the docs' table", code)
		}
	}
}
