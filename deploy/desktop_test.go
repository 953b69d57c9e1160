package deploy

import (
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func desktopFile(t *testing.T, name ...string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(append([]string{"desktop"}, name...)...))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// Every system learns that *.longshore files, and files at large, can be opened with Longshore.
func TestOpenWithLongshore(t *testing.T) {
	for name, want := range map[string][]string{
		"linux/app.longshore.Longshore.desktop":      {"\nExec=longshore %F\n", "application/x-longshore;", "inode/directory;", "\nStartupWMClass=Longshore\n"},
		"linux/app.longshore.Longshore.mime.xml":     {`type="application/x-longshore"`, `pattern="*.longshore"`},
		"linux/app.longshore.Longshore.metainfo.xml": {"<id>app.longshore.Longshore</id>", "app.longshore.Longshore.desktop"},
		"macos/Info.plist":                           {"<string>app.longshore.Longshore</string>", "<string>longshore</string>", "<string>public.folder</string>"},
		"windows/open-with.reg":                      {`Classes\.longshore]`, `\"%1\"`, `Classes\Directory\shell\Longshore\command]`},
		"windows/longshore.manifest":                 {`>true</longPathAware>`, `level="asInvoker"`, "{8e0f7a12-bfb3-4fe8-b9a5-48fd50a15a9a}"},
		"windows/longshore.rc":                       {`1 ICON "longshore.ico"`, `1 24 "longshore.manifest"`},
	} {
		text := desktopFile(t, filepath.FromSlash(name))
		for _, w := range want {
			if !strings.Contains(text, w) {
				t.Errorf("%s does not hold %q", name, w)
			}
		}
		if slices.Contains([]string{".xml", ".plist", ".manifest"}, filepath.Ext(name)) {
			wellFormed(t, name, text)
		}
	}
}

// The menu of a desktop says what Longshore is in every language that it speaks.
func TestTheMenuEntryIsTranslated(t *testing.T) {
	text := desktopFile(t, "linux", "app.longshore.Longshore.desktop")
	catalogues, err := filepath.Glob("../assets/translations/*.json")
	if err != nil || len(catalogues) < 4 {
		t.Fatalf("%d languages, %v", len(catalogues), err)
	}
	for _, c := range catalogues {
		language := strings.TrimSuffix(filepath.Base(c), ".json")
		if language == "en" {
			continue
		}
		for _, key := range []string{"GenericName", "Comment", "Keywords"} {
			if !strings.Contains(text, "\n"+key+"["+language+"]=") {
				t.Errorf("%s is not said in %s", key, language)
			}
		}
	}
}

func wellFormed(t *testing.T, name, text string) {
	t.Helper()
	for d := xml.NewDecoder(strings.NewReader(text)); ; {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			t.Errorf("%s: %v", name, err)
			return
		}
	}
}

// What the files say of the version is what FyneApp.toml says, the one place that is changed for a release.
func TestOneVersion(t *testing.T) {
	toml, err := os.ReadFile(filepath.Join("..", "FyneApp.toml"))
	if err != nil {
		t.Fatal(err)
	}
	version := regexp.MustCompile(`(?m)^Version = "([0-9]+\.[0-9]+\.[0-9]+)"$`).FindSubmatch(toml)
	if version == nil {
		t.Fatal("FyneApp.toml has no version of three numbers, which scripts/cross.sh and Windows need")
	}
	if plist := desktopFile(t, "macos", "Info.plist"); !strings.Contains(plist, "<key>CFBundleShortVersionString</key>\n\t<string>"+string(version[1])+"</string>") {
		t.Error("Info.plist has another version")
	}
}

func TestTheIconHoldsAllSizes(t *testing.T) {
	ico := desktopFile(t, "windows", "longshore.ico")
	if len(ico) < 6 || ico[:4] != "\x00\x00\x01\x00" {
		t.Fatal("no icon")
	}
	var sizes []int
	for i := range int(ico[4]) {
		sizes = append(sizes, int(ico[6+16*i])) // 0 stands for 256
	}
	slices.Sort(sizes)
	if !slices.Equal(sizes, []int{0, 16, 32, 48, 64}) {
		t.Errorf("sizes %v", sizes)
	}
}
