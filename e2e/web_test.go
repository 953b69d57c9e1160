package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// webModules is the folder of an npm package set of e2e/web.
func webModules(t testing.TB, name string) string {
	t.Helper()
	path, err := filepath.Abs(filepath.Join("..", ".cache", "web", name))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(path, ".stamp")); err != nil {
		t.Fatalf("the npm packages of e2e/web/%s are not installed: run scripts/web.sh (it needs node, npm and, once, the npm registry): %v", name, err)
	}
	return filepath.Join(path, "node_modules")
}

// tool is a program of the system that a test cannot do without.
func tool(t testing.TB, names ...string) string {
	t.Helper()
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Fatalf("%s is not installed: run scripts/packages.sh test", names[0])
	return ""
}

// bundle makes one script of source and all it imports.
func bundle(t testing.TB, modules, source string) []byte {
	t.Helper()
	dir := t.TempDir()
	page, err := os.ReadFile(filepath.Join("web", "page.js"))
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join(dir, "page.js"), page)
	writeFile(t, filepath.Join(dir, "entry.js"), []byte(source+"\nimport { run } from './page.js'\nawait run(uppy)\n"))
	p := startProc(t, childOptions{env: []string{"NODE_PATH=" + modules}, dir: dir},
		filepath.Join(modules, ".bin", "esbuild"), "entry.js", "--bundle", "--format=esm", "--outfile=out.js", "--log-level=warning")
	p.wantExit(t, 0)
	script, err := os.ReadFile(filepath.Join(dir, "out.js"))
	if err != nil {
		t.Fatal(err)
	}
	return script
}

// webPlan is what the page is to do.
type webPlan struct {
	Size         int    `json:"size"`
	Name         string `json:"name"`
	RelativePath string `json:"relativePath"`
	Pause        bool   `json:"pause"`
}

// webReport is what the page says it has seen.
type webReport struct {
	Parts    int      `json:"parts"`
	AtResume int      `json:"atResume"`
	Stored   int      `json:"stored"`
	URL      string   `json:"url"`
	Errors   []string `json:"errors"`
}

// site is a web server of an application: its page, and the signer behind it
// under the same origin, as docs/web.md asks for.
type site struct {
	*httptest.Server
	signer  *url.URL
	script  []byte
	head    string
	reports chan webReport
}

func newSite(t testing.TB) *site {
	t.Helper()
	s := &site{reports: make(chan webReport, 1)}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = fmt.Fprintf(w, `<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><script>%s</script><script type="module" src="/page.js"></script>`, s.head)
	})
	mux.HandleFunc("GET /page.js", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/javascript; charset=utf-8")
		_, _ = w.Write(s.script)
	})
	mux.HandleFunc("POST /report", func(_ http.ResponseWriter, r *http.Request) {
		var report webReport
		if err := json.NewDecoder(r.Body).Decode(&report); err != nil {
			report.Errors = append(report.Errors, err.Error())
		}
		s.reports <- report
	})
	behind := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(s.signer) }}
	mux.Handle("/companion/", behind)
	mux.Handle("/v1/", behind)
	s.Server = httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s
}

// visit opens the page in headless Chromium and gives its report.
func (s *site) visit(t testing.TB, token string, plan webPlan, script []byte) webReport {
	t.Helper()
	data, err := json.Marshal(plan)
	if err != nil {
		t.Fatal(err)
	}
	s.head, s.script = fmt.Sprintf("var token = %q; var plan = %s", token, data), script
	home := t.TempDir()
	args := []string{
		"--headless=new", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--no-default-browser-check", "--disable-extensions",
		"--disable-background-networking", "--disable-component-update", "--remote-debugging-port=0", "--user-data-dir=" + filepath.Join(home, "profile"),
	}
	if os.Geteuid() == 0 {
		args = append(args, "--no-sandbox") // Chromium has none for root
	}
	p := startProc(t, childOptions{env: []string{"HOME=" + home}}, tool(t, "chromium", "chromium-browser", "google-chrome"), append(args, s.URL+"/")...)
	var report webReport
	got := false
	waitFor(t, "the page's report", func() bool {
		select {
		case report = <-s.reports:
			got = true
		default:
		}
		return got || !p.running()
	})
	if !got {
		t.Fatalf("Chromium ended by itself: %s", p.stderr.String())
	}
	p.signal(t, syscall.SIGTERM) // its children end with it, and let go of the profile
	p.wait(t)
	return report
}

// docLines gives the block of code that follows a heading of docs/web.md.
func docLines(t testing.TB, heading string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "docs", "web.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(text), "\n## "+heading+"\n")
	_, rest, ok2 := strings.Cut(rest, "\n```js\n")
	code, _, ok3 := strings.Cut(rest, "\n```\n")
	if !ok || !ok2 || !ok3 {
		t.Fatalf("docs/web.md has no code for %q", heading)
	}
	if n := strings.Count(code, "\n") + 1; n > 14 {
		t.Errorf("docs/web.md: %d lines for %s are not ten", n, heading)
	}
	return code
}
