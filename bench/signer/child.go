package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
)

// child is the signer under load, with a storage that knows as much of S3 as
// beginning an upload takes.
type child struct {
	cmd     *exec.Cmd
	dir     string
	storage *httptest.Server
	addr    string
	tokens  []string
}

func startSigner(ctx context.Context, program string, clients int) (c *child, err error) {
	c = &child{}
	if c.dir, err = os.MkdirTemp("", "bench-signer"); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			c.stop()
		}
	}()
	if program == "" {
		program = filepath.Join(c.dir, "longshore-signer")
		build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-o", program, "longshore/cmd/longshore-signer")
		build.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := build.CombinedOutput(); err != nil {
			return nil, fmt.Errorf("build the signer: %w\n%s", err, out)
		}
	}
	var lines bytes.Buffer
	for i := range clients {
		c.tokens = append(c.tokens, rand.Text())
		fmt.Fprintf(&lines, "%s client-%d\n", c.tokens[i], i)
	}
	seal, tokens := filepath.Join(c.dir, "seal"), filepath.Join(c.dir, "tokens")
	if err := errors.Join(os.WriteFile(seal, []byte(rand.Text()+rand.Text()), 0o600), os.WriteFile(tokens, lines.Bytes(), 0o600)); err != nil {
		return nil, err
	}
	c.storage = httptest.NewServer(new(storage))
	return c, c.start(ctx, program, "serve", "--listen", "127.0.0.1:0", "--bucket", "vault", "--region", "us-east-1", "--s3-endpoint", c.storage.URL,
		"--no-kms", "--checksum", "crc64nvme", "--auth", "tokens:"+tokens, "--seal-key-file", seal, "--audit-log", filepath.Join(c.dir, "audit.log"))
}

// start runs the program and waits for its address.
func (c *child) start(ctx context.Context, program string, args ...string) error {
	c.cmd = exec.CommandContext(ctx, program, args...)
	c.cmd.Env = append(os.Environ(), "AWS_ACCESS_KEY_ID=AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY=secret", "AWS_EC2_METADATA_DISABLED=true")
	var said bytes.Buffer
	c.cmd.Stderr = &said
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := c.cmd.Start(); err != nil {
		return err
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		return errors.Join(errors.New("the signer did not start"), c.cmd.Wait(), errors.New(said.String()))
	}
	c.addr = strings.TrimPrefix(strings.TrimSpace(line), "ready http://")
	return nil
}

func (c *child) stop() {
	if c.cmd != nil && c.cmd.Process != nil {
		_ = c.cmd.Process.Signal(syscall.SIGTERM) // one that has ended is fine
		_ = c.cmd.Wait()
	}
	if c.storage != nil {
		c.storage.Close()
	}
	_ = os.RemoveAll(c.dir) // a folder of the system's for temporary files
}

// callers makes the clients, each with an upload of its own.
func (c *child) callers(ctx context.Context, n int) (callers, error) {
	var all callers
	for i := range n {
		one, err := newCaller(ctx, c.addr, c.tokens[i])
		if one != nil {
			all = append(all, one)
		}
		if err != nil {
			all.close()
			return nil, err
		}
	}
	return all, nil
}

// cpu is the processor time the signer has used, user and system; 0 where there
// is no /proc.
func (c *child) cpu() time.Duration {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", c.cmd.Process.Pid))
	if err != nil {
		return 0
	}
	fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:])) // proc_pid_stat(5): utime and stime are 14 and 15
	const tick = 10 * time.Millisecond                                        // USER_HZ is 100 on every Linux
	sum := time.Duration(0)
	for _, f := range fields[11:13] {
		n, _ := strconv.Atoi(f)
		sum += time.Duration(n) * tick
	}
	return sum
}

// memory is the signer's resident memory in bytes, and how much of it is its own
// and not the program's file; 0 where there is no /proc.
func (c *child) memory() (m memory) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", c.cmd.Process.Pid))
	if err != nil {
		return m
	}
	for line := range strings.Lines(string(text)) {
		name, kib, _ := strings.Cut(line, ":")
		n := int64(0)
		if f := strings.Fields(kib); len(f) > 0 {
			n, _ = strconv.ParseInt(f[0], 10, 64)
		}
		switch name {
		case "VmRSS":
			m.rss = n << 10
		case "RssAnon":
			m.own = n << 10
		}
	}
	return m
}

// watch notes the memory each second until ctx ends.
func (c *child) watch(ctx context.Context) (all []memory) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			all = append(all, c.memory())
		case <-ctx.Done():
			return append(all, c.memory())
		}
	}
}

// storage answers what the probe and init-upload ask of S3.
type storage struct{ uploads atomic.Int64 }

func (s *storage) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	w.Header().Set("Content-Type", "application/xml")
	switch {
	case r.Method == http.MethodPost && r.URL.Query().Has("uploads"):
		_, _ = fmt.Fprintf(w, "<InitiateMultipartUploadResult><UploadId>upload-%d</UploadId></InitiateMultipartUploadResult>", s.uploads.Add(1))
	case r.Method == http.MethodDelete:
		w.WriteHeader(http.StatusNoContent)
	default: // a list of parts, or a look at an object
		w.WriteHeader(http.StatusNotFound)
		_, _ = io.WriteString(w, "<Error><Code>NoSuchUpload</Code></Error>")
	}
}
