//go:build linux

package main

import (
	"context"
	"crypto/sha256"
	"debug/buildinfo"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// command is how an uploader is called once.
type command struct {
	program   string
	args, env []string
	home      string // a fresh folder
}

// tool is an uploader. Each runs with what it does by default; where one has a setting that its users turn for this
// kind of work, there is a second one, so set.
type tool struct {
	name    string
	program string // path; "" if it is not installed
	version string
	// call is how it uploads source, a file or a folder, into a vault.
	call func(c testCase, source string, v *vault) (args, env []string)
	only func(testCase) bool // nil: it runs in every case
}

// allTools finds the uploaders. self is this program, which has the bare loop.
func allTools(ctx context.Context, o options, self string) []tool {
	s5cmd, rclone, aws := filepath.Join(o.peers, "s5cmd"), filepath.Join(o.peers, "rclone"), "/usr/bin/aws"
	if _, err := os.Stat(aws); err != nil { // Debian's, or what else is there
		aws, _ = exec.LookPath("aws")
	}
	many := func(c testCase) bool { return c.Files > 1 }
	one := func(c testCase) bool { return c.Files == 1 }
	all := []tool{
		{name: "longshore", program: filepath.Join(o.bin, "longshore-cli"), call: longshore},
		{name: "s5cmd", program: s5cmd, call: callS5cmd},
		{name: "s5cmd -c 16", program: s5cmd, only: one, call: callS5cmd},
		{name: "rclone", program: rclone, call: callRclone},
		{name: "rclone --transfers 64", program: rclone, only: many, call: callRclone},
		{name: "aws-cli", program: aws, call: callAWS},
		{name: "bare loop", program: self, call: bare("pass")},
		{name: "bare loop with own checksum read", program: self, call: bare("read")},
	}
	versions := map[string]string{}
	for i, t := range all {
		if _, err := os.Stat(t.program); err != nil {
			all[i].program = ""
			continue
		}
		if versions[t.program] == "" {
			versions[t.program] = versionOf(ctx, t.name, t.program)
		}
		all[i].version = versions[t.program]
	}
	return all
}

// versionOf is what a program calls itself; ours, which is built anew all day, is told by its content.
func versionOf(ctx context.Context, name, program string) string {
	switch strings.Fields(name)[0] {
	case "longshore", "bare":
		f, err := os.Open(program)
		if err != nil {
			return ""
		}
		defer f.Close()
		sum := sha256.New()
		if _, err := io.Copy(sum, f); err != nil {
			return ""
		}
		return fmt.Sprintf("%x", sum.Sum(nil)[:6])
	case "aws-cli":
		out, _ := exec.CommandContext(ctx, program, "--version").Output() // without a version it can be run all the same
		return strings.TrimSpace(string(out))
	}
	info, err := buildinfo.ReadFile(program)
	if err != nil {
		return ""
	}
	return name + " " + info.Main.Version + " (" + info.GoVersion + ")"
}

func longshore(_ testCase, source string, v *vault) (args, env []string) {
	return []string{"upload", "--signer", v.signer, "--ca", v.ca, "--token-file", v.token, source}, nil
}

// credentials are how the others find the server; Go's programs take its certificate from SSL_CERT_FILE.
func credentials(v *vault) []string {
	return []string{"AWS_ACCESS_KEY_ID=" + accessKey, "AWS_SECRET_ACCESS_KEY=" + secretKey, "AWS_REGION=" + region,
		"AWS_DEFAULT_REGION=" + region, "AWS_EC2_METADATA_DISABLED=true", "AWS_CA_BUNDLE=" + v.ca, "SSL_CERT_FILE=" + v.ca}
}

func callS5cmd(c testCase, source string, v *vault) (args, env []string) {
	args = []string{"--endpoint-url", v.url, "cp"}
	if c.Files > 1 {
		return append(args, source+"/", "s3://"+bucket+"/drop/"), credentials(v)
	}
	return append(args, source, "s3://"+bucket+"/drop/"), credentials(v)
}

func callRclone(_ testCase, source string, v *vault) (args, env []string) {
	env = append(credentials(v), "RCLONE_CONFIG_V_TYPE=s3", "RCLONE_CONFIG_V_PROVIDER=AWS", "RCLONE_CONFIG_V_ENV_AUTH=true",
		"RCLONE_CONFIG_V_REGION="+region, "RCLONE_CONFIG_V_ENDPOINT="+v.url, "RCLONE_CONFIG_V_FORCE_PATH_STYLE=true")
	return []string{"copy", source, "V:" + bucket + "/drop"}, env
}

func callAWS(c testCase, source string, v *vault) (args, env []string) {
	args = []string{"s3", "cp", "--only-show-errors", "--endpoint-url", v.url}
	if c.Files > 1 {
		args = append(args, "--recursive")
	}
	return append(args, source, "s3://"+bucket+"/drop/"), credentials(v)
}

// bare calls the loop of PUTs that is all an uploader must do, and nothing else.
func bare(sum string) func(testCase, string, *vault) (args, env []string) {
	return func(_ testCase, source string, v *vault) (args, env []string) {
		return []string{"bare", "-s3", v.url, "-ca", v.ca, "-sum", sum, source}, nil
	}
}

// flags puts the settings that a tool's name ends in where its program wants them.
func (t tool) flags(args []string) []string {
	words := strings.Fields(t.name)[1:]
	switch {
	case strings.HasPrefix(t.name, "s5cmd "): // of cp
		at := 3
		return append(append(append([]string{}, args[:at]...), words...), args[at:]...)
	case strings.HasPrefix(t.name, "rclone "):
		return append(append([]string{}, words...), args...)
	}
	return args
}
