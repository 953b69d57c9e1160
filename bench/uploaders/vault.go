//go:build linux

package main

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"longshore/bench/discard"
)

// vault is a running server with our signer in front of it, for one case.
type vault struct {
	url    string // of the S3
	signer string // URL of the signer
	secrets
	s3, sign *service
	close    func()
}

// What everybody is told. The server checks none of it.
const (
	bucket    = "vault"
	region    = "us-east-1"
	accessKey = "AKIDEXAMPLE"
	secretKey = "a-secret-that-opens-nothing"
)

// secrets are the files that both sides need.
type secrets struct{ ca, key, token, tokens string }

// openVault starts server and signer, behind a line if the case has one.
func openVault(ctx context.Context, c testCase, s secrets, where string) (*vault, error) {
	l, err := openLine(ctx, c.Rate)
	if err != nil {
		return nil, err
	}
	v := &vault{secrets: s}
	v.close = func() {
		v.sign.stop()
		v.s3.stop()
		l.close()
	}
	if err := v.start(ctx, c, l, where); err != nil {
		v.close()
		return nil, err
	}
	return v, nil
}

func (v *vault) start(ctx context.Context, c testCase, l *line, where string) (err error) {
	s := v.secrets
	common := []string{"-host", l.host, "-cert", s.ca, "-key", s.key, "-latency", c.Latency.String()}
	if v.s3, err = start(ctx, l, append([]string{"serve-s3"}, common...), nil); err != nil {
		return err
	}
	v.url = v.s3.url
	env := []string{"SSL_CERT_FILE=" + s.ca, "AWS_CA_BUNDLE=" + s.ca, "AWS_EC2_METADATA_DISABLED=true", "HOME=" + where}
	if v.sign, err = start(ctx, l, append([]string{"serve-signer", "-s3", v.url, "-tokens", s.tokens}, common...), env); err != nil {
		return err
	}
	v.signer = v.sign.url
	return nil
}

// service is a child of this program that serves until its input ends. Each line it is sent is answered by one.
type service struct {
	url string
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Reader
}

func start(ctx context.Context, l *line, args, env []string) (*service, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	argv := append(append([]string{}, l.inside...), append([]string{self}, args...)...)
	s := &service{cmd: exec.CommandContext(ctx, argv[0], argv[1:]...)}
	s.cmd.Env = append(os.Environ(), env...)
	s.cmd.Stderr = os.Stderr
	if s.in, err = s.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	s.out = bufio.NewReader(out)
	if s.url, err = s.out.ReadString('\n'); err != nil {
		s.stop()
		return nil, fmt.Errorf("%s did not start: %w", args[0], err)
	}
	s.url = strings.TrimSpace(s.url)
	return s, nil
}

func (s *service) stop() {
	if s == nil {
		return
	}
	_ = s.in.Close()
	_ = s.cmd.Wait() // it ends with its input; how does not matter
}

// ask sends a line and decodes the answer.
func (s *service) ask(question string, answer any) error {
	if _, err := io.WriteString(s.in, question+"\n"); err != nil {
		return err
	}
	got, err := s.out.ReadBytes('\n')
	if err != nil {
		return err
	}
	return json.Unmarshal(got, answer)
}

// received tells what has come in since the last time.
func (v *vault) received() (t discard.Totals, err error) {
	err = v.s3.ask("totals", &t)
	return t, err
}

// newSecrets makes a certificate that is its own authority, and a token.
func newSecrets(dir string) (secrets, error) {
	s := secrets{
		ca: filepath.Join(dir, "cert.pem"), key: filepath.Join(dir, "key.pem"),
		token: filepath.Join(dir, "token"), tokens: filepath.Join(dir, "tokens"),
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return s, err
	}
	about := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "bench"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		DNSNames:    []string{"localhost"}, IPAddresses: []net.IP{net.ParseIP(loopback), net.ParseIP(farEnd)},
	}
	cert, err := x509.CreateCertificate(rand.Reader, about, about, &key.PublicKey, key)
	if err != nil {
		return s, err
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return s, err
	}
	token := rand.Text()
	return s, errors.Join(
		os.WriteFile(s.ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert}), 0o600),
		os.WriteFile(s.key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}), 0o600),
		os.WriteFile(s.token, []byte(token), 0o600),
		os.WriteFile(s.tokens, []byte(token+" bench bench\n"), 0o600),
	)
}
