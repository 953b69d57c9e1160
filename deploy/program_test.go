package deploy

import (
	"bufio"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/zclconf/go-cty/cty"
)

// TestImageAndUnit builds the program with the Dockerfile's own command, and
// holds the flags that these files use against those it has.
func TestImageAndUnit(t *testing.T) {
	steps := dockerfile(t)
	program := buildAsIn(t, steps)
	known := flagsOf(t, program, "serve")
	checkImage(t, steps)
	checkUnit(t, known)
	for _, line := range codeOf(t, "Dockerfile", "terraform/lambda.tf", "terraform/outputs.tf", "systemd/signer.env.example", "README.md") {
		for _, flag := range regexp.MustCompile(`--[a-z][a-z0-9-]+`).FindAllString(line, -1) {
			foreign := []string{"--help", "--from", "--interval", "--timeout", "--start-period", "--retries", "--read-only", "--cap-drop", "--security-opt", "--build-arg"}
			if !known[flag] && !slices.Contains(foreign, flag) && !flagsOf(t, program, "setup")[flag] {
				t.Errorf("the program has no %s: %s", flag, line)
			}
		}
	}
	if out, err := exec.CommandContext(t.Context(), program, "version").Output(); err != nil || string(out) != "longshore-signer v1.2.3-test\n" {
		t.Errorf("the image's version: %q %v", out, err)
	}
	// The health check is a command of the program.
	if out, err := exec.CommandContext(t.Context(), program, "ping", "--help").CombinedOutput(); err != nil {
		t.Errorf("ping: %v %s", err, out)
	}
}

type step struct{ word, rest string }

// dockerfile gives the instructions, with lines joined and comments dropped.
func dockerfile(t *testing.T) []step {
	t.Helper()
	text, err := os.ReadFile("Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	var steps []step
	for line := range strings.Lines(strings.ReplaceAll(string(text), "\\\n", " ")) {
		word, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		if word != "" && !strings.HasPrefix(word, "#") {
			steps = append(steps, step{word, strings.TrimSpace(rest)})
		}
	}
	return steps
}

// buildAsIn runs the go build of the Dockerfile, to another place.
func buildAsIn(t *testing.T, steps []step) string {
	t.Helper()
	const out = "/out/longshore-signer"
	i := slices.IndexFunc(steps, func(s step) bool { return s.word == "RUN" && strings.Contains(s.rest, " go build ") })
	if i < 0 || !strings.Contains(steps[i].rest, " -o "+out+" ") || !strings.HasPrefix(steps[i].rest, "CGO_ENABLED=0 ") {
		t.Fatal("the Dockerfile does not build a static program")
	}
	program := filepath.Join(t.TempDir(), "longshore-signer")
	command := strings.Replace(steps[i].rest, out, program, 1)
	cmd := exec.CommandContext(t.Context(), "sh", "-c", command) // as docker build does
	cmd.Dir, cmd.Env = "..", os.Environ()
	if slices.Contains(steps[:i], step{"ARG", "VERSION="}) {
		cmd.Env = append(cmd.Env, "VERSION=v1.2.3-test")
	}
	if text, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", command, err, text)
	}
	return program
}

func flagsOf(t *testing.T, program, command string) map[string]bool {
	t.Helper()
	text, err := exec.CommandContext(t.Context(), program, command, "--help").Output()
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^  -([a-z][a-z0-9-]*)`).FindAllStringSubmatch(string(text), -1) {
		known["--"+m[1]] = true
	}
	if !known["--bucket"] {
		t.Fatalf("no flags in the help of %s: %s", command, text)
	}
	return known
}

// checkImage looks at the last stage: what runs.
func checkImage(t *testing.T, steps []step) {
	t.Helper()
	last := 0
	for i, s := range steps {
		if s.word == "FROM" {
			last = i
		}
	}
	have := map[string]string{}
	for _, s := range steps[last:] {
		have[s.word] += s.rest + "\n"
	}
	if have["FROM"] != "scratch\n" || have["RUN"] != "" || have["ADD"] != "" {
		t.Errorf("what runs must be from scratch: %v", have)
	}
	if !regexp.MustCompile(`^[1-9][0-9]*:[1-9][0-9]*\n$`).MatchString(have["USER"]) {
		t.Errorf("USER %q: not a number that is not root's", have["USER"])
	}
	for _, word := range []string{"ENTRYPOINT", "CMD"} {
		var list []string
		if json.Unmarshal([]byte(have[word]), &list) != nil || len(list) == 0 {
			t.Errorf("%s %q needs a shell, and there is none", word, have[word])
		}
	}
	if have["ENTRYPOINT"] != `["/longshore-signer"]`+"\n" || !strings.Contains(have["COPY"], " /longshore-signer\n") {
		t.Errorf("the entry point is not what was copied: %q", have["ENTRYPOINT"])
	}
	if !strings.Contains(have["COPY"], " /etc/ssl/certs/ca-certificates.crt\n") {
		t.Error("without certificates no TLS")
	}
	if !strings.Contains(have["HEALTHCHECK"], ` CMD ["/longshore-signer", "ping", "http://127.0.0.1:8080/healthz"]`) || have["EXPOSE"] != "8080\n" {
		t.Errorf("HEALTHCHECK %q", have["HEALTHCHECK"])
	}
}

// checkUnit reads the unit: systemd itself warns of an unknown setting at most.
func checkUnit(t *testing.T, known map[string]bool) {
	t.Helper()
	unit := map[string][]string{}
	for _, line := range codeOf(t, "systemd/longshore-signer.service") {
		if name, value, ok := strings.Cut(line, "="); ok {
			unit[name] = append(unit[name], value)
		}
	}
	for name, want := range map[string]string{
		"DynamicUser": "yes", "NoNewPrivileges": "yes", "ProtectSystem": "strict", "ProtectHome": "yes", "PrivateDevices": "yes", "PrivateTmp": "yes",
		"MemoryDenyWriteExecute": "yes", "CapabilityBoundingSet": "", "AmbientCapabilities": "", "RestrictAddressFamilies": "AF_INET AF_INET6 AF_UNIX",
		"RestrictNamespaces": "yes", "LogsDirectory": "longshore", "SystemCallArchitectures": "native", "Restart": "always", "LimitCORE": "0", "EnvironmentFile": "/etc/longshore/signer.env",
	} {
		if got, ok := unit[name]; !ok || !slices.Equal(got, []string{want}) {
			t.Errorf("%s is %q, not %q", name, got, want)
		}
	}
	if !slices.Equal(unit["SystemCallFilter"], []string{"@system-service", "~@privileged @resources"}) {
		t.Errorf("SystemCallFilter %q", unit["SystemCallFilter"])
	}
	start := unit["ExecStart"][0]
	for _, flag := range regexp.MustCompile(`--[a-z][a-z0-9-]+`).FindAllString(start, -1) {
		if !known[flag] {
			t.Errorf("serve has no %s", flag)
		}
	}
	for _, m := range regexp.MustCompile(`\$\{CREDENTIALS_DIRECTORY\}/([a-z.]+)`).FindAllStringSubmatch(start, -1) {
		if !slices.Contains(unit["LoadCredential"], m[1]+":/etc/longshore/"+m[1]) {
			t.Errorf("nobody loads %s", m[1])
		}
	}
	stop := regexp.MustCompile(`--stop-timeout (\S+)`).FindStringSubmatch(start)
	ours, err := time.ParseDuration(stop[1])
	systemds, err2 := time.ParseDuration(strings.TrimSuffix(unit["TimeoutStopSec"][0], "in"))
	if err != nil || err2 != nil || systemds <= ours {
		t.Errorf("systemd kills after %v what may take %v (%v %v)", systemds, ours, err, err2)
	}
	example := strings.Join(codeOf(t, "systemd/signer.env.example"), "\n")
	for _, m := range regexp.MustCompile(`\$\{?([A-Z]+)\b`).FindAllStringSubmatch(start, -1) {
		if m[1] != "CREDENTIALS" && !strings.Contains("\n"+example, "\n"+m[1]+"=") {
			t.Errorf("the example does not set %s", m[1])
		}
	}
}

// codeOf gives the lines of files that are no comments, those ending in a
// backslash joined.
func codeOf(t *testing.T, files ...string) []string {
	t.Helper()
	var out []string
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		scan := bufio.NewScanner(strings.NewReader(strings.ReplaceAll(string(text), "\\\n", " ")))
		for scan.Scan() {
			if line := strings.TrimSpace(scan.Text()); line != "" && !strings.HasPrefix(line, "#") {
				out = append(out, line)
			}
		}
	}
	return out
}

// TestOutputsAreTheFlags evaluates what Terraform hands to the program.
func TestOutputsAreTheFlags(t *testing.T) {
	c, err := parse(readSources(t))
	if err != nil {
		t.Fatal(err)
	}
	s, err := c.on(map[string]cty.Value{"bucket": text("study-vault"), "strict": cty.True, "allowed_origins": texts("https://a.example.org")}, made(false))
	if err != nil {
		t.Fatal(err)
	}
	vault := []string{"--bucket", "study-vault", "--region", "eu-central-1", "--kms-key-id", keyARN, "--allow-origin", "https://a.example.org"}
	for output, want := range map[string][]string{
		"serve_flags": append([]string{"serve"}, vault...),
		"setup_flags": append(vault, "--abort-after-days", "3", "--strict"),
	} {
		v, diags := c.outputs[output].Value(s.eval)
		if diags.HasErrors() {
			t.Fatal(diags)
		}
		var have []string
		for _, word := range v.AsValueSlice() {
			have = append(have, word.AsString())
		}
		if !slices.Equal(have, want) {
			t.Errorf("%s is %q, not %q", output, have, want)
		}
	}
}
