package redact

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"strings"
	"testing"
)

func TestTextTakesOutWhatMustNotBeShown(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"nothing to hide", "put-part 12: server: status 503 and/or 1/2", "put-part 12: server: status 503 and/or 1/2"},
		{"unix path", "open /home/jane/scan.dcm: no such file", "open (path): no such file"},
		{"unix path with blanks", "open /home/jane doe/my scan.dcm: permission denied", "open (path): permission denied"},
		{"path at the start", "/tmp/x is full", "(path)"},
		{"quoted path", `cannot read "/tmp/a b/c" now`, `cannot read "(path)" now`},
		{"colon in a path", "stat /tmp/a:b.txt: gone", "stat (path): gone"},
		{"windows path", `open C:\Users\Jane Doe\scan.dcm: access denied`, "open (path): access denied"},
		{"share", `open \\nas\patients\x: gone`, "open (path): gone"},
		{"home", "read ~/secret/x: gone", "read (path): gone"},
		{"signed url", "put https://b.s3.amazonaws.com/uploads/p/Doe%20Jane.dcm?X-Amz-Signature=abc&x=1: EOF", "put https://b.s3.amazonaws.com EOF"},
		{"url with user", "get https://u:p@host:9000/x?y", "get https://host:9000"},
		{"file url", "open file:///home/jane/x now", "open (path) now"},
		{"smb line", "smb://nas/share/x y", "smb://nas y"},
		{"bearer", "Authorization: Bearer abc.def-123 refused", "Authorization: Bearer (secret) refused"},
		{"jwt", "token eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.sig_na-ture was refused", "token (secret) was refused"},
		{"parameter", "X-Amz-Security-Token=FwoGZXIvYXdz&a=b", "X-Amz-Security-Token=(secret)&a=b"},
		{"socket", "dial unix /run/user/0/x.sock: connect: refused", "dial unix (path): connect: refused"},
		{"host and port", "dial tcp 127.0.0.1:80: connect: connection refused", "dial tcp 127.0.0.1:80: connect: connection refused"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := Text(c.in); got != c.want {
				t.Errorf("Text(%q)\n got %q\nwant %q", c.in, got, c.want)
			}
		})
	}
}

func TestErrKeepsTheCauseAndHidesThePath(t *testing.T) {
	missing := &fs.PathError{Op: "open", Path: "weird: name\nwith everything", Err: fs.ErrNotExist}
	for _, c := range []struct {
		name string
		err  error
		want string
	}{
		{"path error", missing, "open: file does not exist"},
		{"wrapped path error", fmt.Errorf("store: %w", missing), "store: open: file does not exist"},
		{"rename", &os.LinkError{Op: "rename", Old: "a b", New: "c d", Err: fs.ErrExist}, "rename: file already exists"},
		{"url error", &url.Error{Op: "Put", URL: "https://h/k?X-Amz-Signature=s", Err: errors.New("EOF")}, "put: EOF"},
		{"wrapped url error", fmt.Errorf("send: %w", &url.Error{Op: "Put", URL: "https://h/k?s", Err: missing}), "send: put: open: file does not exist"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := Err(c.err)
			if got.Error() != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
			if !errors.Is(got, c.err) {
				t.Error("the cause is lost")
			}
			if again := Err(got); again.Error() != c.want {
				t.Errorf("redacted twice: %q", again)
			}
		})
	}
	if Err(nil) != nil {
		t.Error("nil did not stay nil")
	}
}

func TestAttrKeepsSecretsOutOfALog(t *testing.T) {
	var out bytes.Buffer
	log := slog.New(slog.NewJSONHandler(&out, &slog.HandlerOptions{ReplaceAttr: Attr}))
	log.With("token", "hunter2").WithGroup("g").Info("cannot open /home/jane/secret.dcm: gone",
		"err", &fs.PathError{Op: "open", Path: "/home/jane/secret.dcm", Err: fs.ErrNotExist},
		"signedURL", "https://h/secret.dcm?sig", "note", "see https://h/secret.dcm?sig",
		"any", struct{ P string }{"/home/jane/secret.dcm"}, "files", 3, "name", "secret.dcm")
	got := out.String()
	for _, leak := range []string{"secret", "jane", "hunter2", "sig\"", "/home"} {
		if strings.Contains(got, leak) {
			t.Errorf("the log holds %q: %s", leak, got)
		}
	}
	for _, keep := range []string{`"files":3`, "file does not exist", "https://h"} {
		if !strings.Contains(got, keep) {
			t.Errorf("the log lost %q: %s", keep, got)
		}
	}
}

func TestWriterLeavesNothingInQuotes(t *testing.T) {
	var out bytes.Buffer
	line := `Unsolicited response received on idle HTTP channel starting with "HTTP/1.1 400\r\n<Key>MUELLER^ANNA</Key> \"x\""; err=<nil> at /home/anna/x.dcm: gone` + "\n"
	n, err := Writer(&out).Write([]byte(line))
	if n != len(line) || err != nil {
		t.Fatalf("Write: %d, %v", n, err)
	}
	if got := out.String(); strings.Contains(got, "ANNA") || strings.Contains(got, "anna") || !strings.Contains(got, "Unsolicited response") {
		t.Errorf("written: %q", got)
	}
}
