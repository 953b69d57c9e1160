package e2e

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"longshore/signer/api"
)

// dial opens a bare connection to a signer, and says something on it.
func dial(t testing.TB, base, say string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(base, "http://"))
	check(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	_, _ = io.WriteString(conn, say) // a signer with too many may have cut it already
	return conn
}

// cutWithin tells whether the other side ends the connection in time.
func cutWithin(conn net.Conn, limit time.Duration) bool {
	_ = conn.SetReadDeadline(time.Now().Add(limit))
	_, err := io.Copy(io.Discard, conn)
	return !errors.Is(err, os.ErrDeadlineExceeded)
}

// as is a header that signs in.
func as(token string) map[string]string { return map[string]string{"Authorization": "Bearer " + token} }

// TestSlowHeaders: many more connections than there may be send their headers a
// byte at a time; others are served all the while, and the slow ones are cut.
func TestSlowHeaders(t *testing.T) {
	r := newVersity(t, "--max-connections", "64")
	var slow []net.Conn
	for range 300 {
		slow = append(slow, dial(t, r.direct, "POST /v1/init-upload HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: "))
		_, _ = io.WriteString(slow[0], "a")
	}
	began := time.Now()
	for range 100 {
		if a := get(t, r.direct+api.PathCapabilities); a.status != http.StatusOK {
			t.Fatalf("while many are slow: %d %s", a.status, a.body)
		}
	}
	if took := time.Since(began); took > 20*time.Second {
		t.Errorf("a hundred calls took %v", took)
	}
	for i, conn := range slow {
		if !cutWithin(conn, 30*time.Second) {
			t.Fatalf("slow connection %d is still open", i)
		}
	}
}

// TestSlowBodies: one principal's calls whose bodies do not come hold that
// principal's places alone: it is told to wait, others are served.
func TestSlowBodies(t *testing.T) {
	tokens, _ := tokenFiles(t)
	r := newVersity(t, "--auth", "tokens:"+tokens, "--max-per-principal", "8")
	const begun = "POST /v1/list-parts HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nAuthorization: Bearer %s\r\nContent-Length: 100000\r\n\r\n{"
	for range 100 {
		dial(t, r.direct, fmt.Sprintf(begun, aliceToken))
	}
	waitFor(t, "alice to be told to wait", func() bool {
		a := post(t, r.direct, api.PathListParts, []byte("{}"), as(aliceToken))
		return a.status == http.StatusTooManyRequests && a.header.Get("Retry-After") != ""
	})
	for range 50 {
		if a := post(t, r.direct, api.PathInitUpload, api.InitRequest{FileName: "a", MimeType: "a/b", Size: ptr(int64(1))}, as(bobToken)); a.status != http.StatusOK {
			t.Fatalf("bob: %d %s", a.status, a.body)
		}
	}
	var nobody []net.Conn
	for range 50 { // without a token the body is not waited for
		nobody = append(nobody, dial(t, r.direct, fmt.Sprintf(begun, "nobodys-token-0000000")))
	}
	for _, conn := range nobody {
		_ = conn.SetReadDeadline(time.Now().Add(30 * time.Second)) // a body has a minute
		line, err := bufio.NewReader(conn).ReadString('\n')
		if err != nil || !strings.Contains(line, "401") {
			t.Fatalf("without a token: %q %v", line, err)
		}
	}
}

// TestSlowReaders: who asks and does not read the answers keeps nobody else from
// theirs.
func TestSlowReaders(t *testing.T) {
	tokens, _ := tokenFiles(t)
	r := newVersity(t, "--auth", "tokens:"+tokens)
	var up api.InitResponse
	a := post(t, r.direct, api.PathInitUpload, api.InitRequest{FileName: "a", MimeType: "a/b", Size: ptr(int64(100 * partSize))}, as(aliceToken))
	check(t, json.Unmarshal(a.body, &up))
	numbers := make([]string, 100)
	for i := range numbers {
		numbers[i] = fmt.Sprint(i + 1)
	}
	body := fmt.Sprintf(`{"uploadId":%q,"objectKey":%q,"partNumbers":[%s]}`, up.UploadID, up.ObjectKey, strings.Join(numbers, ","))
	ask := fmt.Sprintf("POST /v1/get-part-urls HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nAuthorization: Bearer %s\r\nContent-Length: %d\r\n\r\n%s",
		aliceToken, len(body), body)
	for range 60 {
		conn := dial(t, r.direct, "")
		_ = conn.(*net.TCPConn).SetReadBuffer(1 << 10)
		_, err := io.WriteString(conn, strings.Repeat(ask, 10))
		check(t, err)
	}
	for range 50 {
		if a := post(t, r.direct, api.PathInitUpload, api.InitRequest{FileName: "a", MimeType: "a/b", Size: ptr(int64(1))}, as(bobToken)); a.status != http.StatusOK {
			t.Fatalf("bob: %d %s", a.status, a.body)
		}
	}
}

// TestLargeHeaders: a header that is too large is refused, not kept.
func TestLargeHeaders(t *testing.T) {
	r := newVersity(t)
	conn := dial(t, r.direct, "GET /healthz HTTP/1.1\r\nHost: h\r\nX-Large: "+strings.Repeat("a", 256<<10)+"\r\n\r\n")
	_ = conn.SetReadDeadline(time.Now().Add(patience))
	line, err := bufio.NewReader(conn).ReadString('\n')
	if err == nil && !strings.Contains(line, "431") {
		t.Errorf("a large header: %q", line)
	}
	if get(t, r.direct+api.PathHealth).status != http.StatusOK {
		t.Error("the signer does not answer any more")
	}
}
