package uploader

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// overPipe puts size bytes over net/http itself to a peer that is played by hand, in virtual time.
func overPipe(t *testing.T, size int64, peer func(conn net.Conn, head *http.Request)) (time.Duration, error) {
	t.Helper()
	client, server := net.Pipe()
	defer server.Close()
	tr := NewTransport(TransportOptions{})
	tr.DialContext = movingDialer(func(context.Context, string, string) (net.Conn, error) { return client, nil }, defaultStall/30, newPieces(bulkPiece), nil)
	defer tr.CloseIdleConnections()
	go func() {
		in := bufio.NewReaderSize(server, 16) // no more of the body than it has to
		head, err := http.ReadRequest(in)
		if err != nil {
			return
		}
		peer(bufferedConn{server, in}, head)
	}()
	conn := Connection{Transport: Compose(tr, TransportOptions{}), Origins: []string{"http://127.0.0.1"}}
	start := time.Now()
	_, err := put(t.Context(), conn, SignedRequest{URL: "http://127.0.0.1/k"}, putBody{r: slowDisk{}, size: size})
	return time.Since(start), err
}

type bufferedConn struct {
	net.Conn
	in *bufio.Reader
}

func (b bufferedConn) Read(p []byte) (int, error) { return b.in.Read(p) }

const okAnswer = "HTTP/1.1 200 OK\r\nETag: \"e\"\r\nContent-Length: 0\r\n\r\n"

// Regression: net/http hands over 32 KiB and more at a time, and the watchdog heard of them when all were gone. A line
// that carried 500 bytes a second of a part was called dead, and the part was sent from its start, for ever.
func TestASlowTrickleIsNoStall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		took, err := overPipe(t, 100_000, func(conn net.Conn, _ *http.Request) {
			piece := make([]byte, 120)
			for left := 100_000; left > 0; { // 120 bytes in 50 s, in pieces of one write
				time.Sleep(50 * time.Second)
				n, err := io.ReadFull(conn, piece[:min(left, len(piece))])
				if left -= n; err != nil {
					return
				}
			}
			io.WriteString(conn, okAnswer)
		})
		if err != nil || took < 11*time.Hour {
			t.Errorf("%v after %v", err, took)
		}
	})
}

// An answer that comes byte by byte moves, too.
func TestASlowAnswerIsNoStall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		took, err := overPipe(t, 100, func(conn net.Conn, _ *http.Request) {
			io.CopyN(io.Discard, conn, 100)
			for c := range strings.SplitSeq(okAnswer, "") {
				time.Sleep(100 * time.Second)
				io.WriteString(conn, c)
			}
		})
		if err != nil || took < time.Hour {
			t.Errorf("%v after %v", err, took)
		}
	})
}

// What moves for a while and then stands still is ended as soon as a stall lasts, wherever in a piece that is.
func TestAStallInThePieceEnds(t *testing.T) {
	for _, taken := range []int64{0, 1, 1000, 40_000} {
		synctest.Test(t, func(t *testing.T) {
			took, err := overPipe(t, 100_000, func(conn net.Conn, _ *http.Request) {
				time.Sleep(30 * time.Second)
				io.CopyN(io.Discard, conn, taken)
				<-t.Context().Done()
			})
			if CodeOf(err) != CodeNetwork || took < 60*time.Second || took > 93*time.Second {
				t.Errorf("%d bytes: %v after %v", taken, err, took)
			}
		})
	}
}
