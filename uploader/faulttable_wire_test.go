package uploader_test

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"syscall"
	"testing"
	"time"

	"longshore/signer/api"
	"longshore/uploader"
)

// wireRow is one fault of the way, or of what answers there, as it is on the wire.
type wireRow struct {
	name   string
	at     string // the op struck: "PUT" at storage, a path of the signer's; "" for the network as a whole
	do     striker
	dial   error         // with at "": what dialling says
	code   uploader.Code // what the row shows; where does is Look, what it leads to
	does   uploader.Action
	lasts  bool          // strikes until it is ended, and is shown meanwhile
	within time.Duration // how long it may take until the row shows it, or until the end; 0: a minute
}

// wirePart is larger than all buffers on the way, so that there is a middle of the body.
const wirePart = 100_000

// put is the op of bytes.
const put = http.MethodPut

func wireRows() []wireRow {
	var rows []wireRow
	for name, err := range map[string]struct {
		err  error
		code uploader.Code
	}{
		"no such name":               {&net.DNSError{Err: "no such host", Name: "vault.test", IsNotFound: true}, uploader.CodeDNS},
		"no name server":             {&net.DNSError{Err: "server misbehaving", Name: "vault.test", IsTemporary: true}, uploader.CodeNetwork},
		"a name server that is mute": {&net.DNSError{Err: "i/o timeout", Name: "vault.test", IsTimeout: true}, uploader.CodeNetwork},
		"connection refused":         {syscall.ECONNREFUSED, uploader.CodeNetwork},
		"no route":                   {syscall.EHOSTUNREACH, uploader.CodeNetwork},
		"network down":               {syscall.ENETUNREACH, uploader.CodeNetwork},
	} {
		rows = append(rows, wireRow{name: name, dial: err.err, code: err.code, does: uploader.Wait, lasts: true})
	}
	for _, at := range []string{put, api.PathInitUpload, api.PathGetPartURLs, api.PathCompleteUpload} {
		unheard, lost := uploader.Wait, uploader.CodeNetwork
		if at == put {
			unheard, lost = uploader.Look, uploader.CodeUnknown
		}
		rows = append(rows,
			wireRow{name: at + ": cut before the body", at: at, do: cutAfter(0), code: uploader.CodeNetwork, does: uploader.Wait, lasts: true},
			wireRow{name: at + ": whole, and the answer lost", at: at, do: dropAnswer, code: lost, does: unheard},
			wireRow{name: at + ": half-open, nobody answers any more", at: at, do: silent, code: lost, does: unheard, within: 10 * time.Minute},
			wireRow{name: at + ": nobody reads any more", at: at, do: stalled(0), code: uploader.CodeNetwork, does: uploader.Wait, lasts: true, within: 10 * time.Minute},
			wireRow{name: at + ": a start page", at: at, do: page, code: uploader.CodeWrongAddress, does: uploader.Wait, lasts: true},
			wireRow{name: at + ": a redirect", at: at, do: status(307, "text/html", ""), code: uploader.CodeWrongAddress, does: uploader.Wait, lasts: true},
			wireRow{name: at + ": 403 of a filter", at: at, do: status(403, "text/html", "<html>"), code: uploader.CodeWrongAddress, does: uploader.Wait, lasts: true},
			wireRow{name: at + ": 503 of a gateway", at: at, do: status(503, "text/html", "<html>"), code: uploader.CodeThrottled, does: uploader.Retry, lasts: true},
			wireRow{name: at + ": 511 of a network", at: at, do: status(511, "text/html", "<html>"), code: uploader.CodeWrongAddress, does: uploader.Wait, lasts: true},
			wireRow{name: at + ": 407 of a proxy", at: at, do: status(407, "text/html", ""), code: uploader.CodeProxySignIn, does: uploader.Wait, lasts: true},
			wireRow{name: at + ": 502 of a proxy", at: at, do: status(502, "text/html", "<html>"), code: uploader.CodeVaultNotReady, does: uploader.Wait, lasts: true},
			wireRow{name: at + ": 408", at: at, do: status(408, "", ""), code: uploader.CodeNetwork, does: uploader.Wait, lasts: true},
			wireRow{name: at + ": 429", at: at, do: status(429, "", ""), code: uploader.CodeThrottled, does: uploader.Retry, lasts: true},
		)
	}
	return append(rows,
		wireRow{name: "reset in the middle of the body", at: put, do: cutAfter(wirePart / 2), code: uploader.CodeNetwork, does: uploader.Wait, lasts: true},
		wireRow{name: "a stall in the middle of the body", at: put, do: stalled(wirePart / 2), code: uploader.CodeNetwork, does: uploader.Wait, lasts: true, within: 10 * time.Minute},
		wireRow{name: "swallowed whole, and cut each time", at: put, do: swallowed, code: uploader.CodeNetwork, does: uploader.Wait, lasts: true, within: time.Hour},
		wireRow{name: "a body that trickles", at: put, do: trickle, does: uploader.Stop, within: 24 * time.Hour},
	)
}

// cutAfter takes so many bytes of the body and breaks the connection.
func cutAfter(n int64) striker {
	return func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		conn, in := hijack(w)
		_, _ = io.CopyN(io.Discard, in, n)
		_ = conn.Close()
	}
}

// swallowed takes the whole body, gives it to nobody and breaks the connection.
func swallowed(w http.ResponseWriter, r *http.Request, _ http.Handler) {
	_, _ = io.Copy(io.Discard, r.Body)
	conn, _ := hijack(w)
	_ = conn.Close()
}

// dropAnswer lets the call have its effect and breaks the connection.
func dropAnswer(w http.ResponseWriter, r *http.Request, real http.Handler) {
	_ = wholeAnswer(r, real)
	conn, _ := hijack(w)
	_ = conn.Close()
}

// silent lets the call have its effect; then the peer is gone without a word.
func silent(w http.ResponseWriter, r *http.Request, real http.Handler) {
	_ = wholeAnswer(r, real)
	conn, in := hijack(w)
	_, _ = io.Copy(io.Discard, in) // until the client gives up
	_ = conn.Close()
}

// stalled takes so many bytes of the body and no more.
func stalled(n int64) striker {
	return func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		conn, in := hijack(w)
		_, _ = io.CopyN(io.Discard, in, n)
		time.Sleep(3 * time.Minute)
		_ = conn.Close()
	}
}

// trickle takes three bytes a second.
func trickle(w http.ResponseWriter, r *http.Request, real http.Handler) {
	r.Body = slowly{r.Body}
	real.ServeHTTP(w, r)
}

type slowly struct{ io.ReadCloser }

func (s slowly) Read(p []byte) (int, error) {
	time.Sleep(time.Second)
	return s.ReadCloser.Read(p[:min(len(p), 3)])
}

// page is what a network's start page answers to everything.
func page(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
	w.Header().Set("Content-Type", "text/html")
	_, _ = io.WriteString(w, "<!DOCTYPE html><title>Welcome</title>")
}

// status is the answer of something on the way.
func status(code int, contentType, body string) striker {
	return func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		if contentType != "" {
			w.Header().Set("Content-Type", contentType)
		}
		w.Header().Set("Location", "/elsewhere")
		w.WriteHeader(code)
		_, _ = io.WriteString(w, body)
	}
}

// TestFaultTableOfTheWire: each row strikes on a connection of net/http, in virtual time. What lasts is shown with its
// code; when it ends the file goes on by itself, is stored whole, and no part of it twice.
func TestFaultTableOfTheWire(t *testing.T) {
	for _, row := range wireRows() {
		t.Run(row.name, func(t *testing.T) {
			inWire(t, wirePart, func(w *wired) {
				f := w.signer
				if row.at == put {
					f = w.storage
				}
				data := w.write("/file.bin", 2*wirePart)
				times := 1
				if row.lasts {
					times = -1
				}
				struck := func() int { return f.hits() }
				if row.at == "" {
					w.net.broken(func(string) error { return row.dial })
					struck = w.net.failures
				} else {
					f.on(row.at, times, row.do)
				}
				began := time.Now()
				w.add("/file.bin")
				if row.lasts {
					if got := row.code.Info().Action; got != row.does {
						t.Fatalf("the code table says %d for %s, the row %d", got, row.code, row.does)
					}
					w.shown(row.code)
					if within := max(row.within, time.Minute); time.Since(began) > within {
						t.Errorf("it shows after %v", time.Since(began))
					}
					before := struck()
					w.eventually("another try", func() bool { return struck() > before })
					f.calm()
					w.net.broken(nil)
				}
				w.settled()
				if row.within > 0 && !row.lasts && time.Since(began) > row.within {
					t.Errorf("it took %v", time.Since(began))
				}
				if struck() == 0 && row.at != "" {
					t.Error("the fault never came")
				}
				looks := w.signer.count(api.PathListParts) + w.signer.count(api.PathStatObjects)
				if row.does == uploader.Look && looks == 0 {
					t.Error("it did not look")
				}
				w.stored("file.bin", data)
				w.sentOnce()
				w.nothingOpen()
			})
		})
	}
}

// TestASilenceIsSaidAllTheWhile: while a socket stands still or a signer is silent, the row says so, also while one call
// or part finds out whether that has changed, which takes it a minute each time. (Regression: the row said "sending" then,
// and the reason flashed up for less than a second between two probes.)
func TestASilenceIsSaidAllTheWhile(t *testing.T) {
	for _, c := range []struct {
		at   string
		do   striker
		size int
	}{
		{put, stalled(0), 2 * wirePart}, {put, stalled(wirePart / 2), 2 * wirePart}, {api.PathInitUpload, silent, 2 * wirePart},
		{api.PathGetPartURLs, silent, 2 * wirePart}, {api.PathCompleteUpload, silent, 2 * wirePart},
		{api.PathPutURLs, silent, inOne},
	} {
		t.Run(fmt.Sprint(c.at, " ", c.size), func(t *testing.T) {
			inWire(t, wirePart, func(w *wired) {
				f := w.signer
				if c.at == put {
					f = w.storage
				}
				data := w.write("/file.bin", c.size)
				f.on(c.at, -1, c.do)
				w.add("/file.bin")
				w.shown(uploader.CodeNetwork)
				said, before := 0, f.hits()
				const seconds = 1000
				for range seconds {
					time.Sleep(time.Second)
					if j := w.job("file.bin"); j.State == uploader.Waiting && j.Code == uploader.CodeNetwork {
						said++
					}
				}
				if f.hits()-before < 5 {
					t.Errorf("%d probes", f.hits()-before)
				}
				if said < seconds*3/4 { // a part's first bytes count as movement for ten seconds
					t.Errorf("in %d seconds of silence the row said so in %d", seconds, said)
				}
				f.calm()
				w.settled()
				w.stored("file.bin", data)
				w.nothingOpen()
			})
		})
	}
}

// TestAnswersCutAtEveryByte cuts the answer to one call after each of its bytes in turn: the effect is there, and the
// engine must find that out, whatever it heard. (With the race detector on, at every cutStride-th byte.)
func TestAnswersCutAtEveryByte(t *testing.T) {
	for _, c := range []struct {
		op   string
		size int
	}{
		{put, inParts}, {put, inOne}, {api.PathInitUpload, inParts}, {api.PathGetPartURLs, inParts}, {api.PathPutURLs, inOne},
		{api.PathCompleteUpload, inParts},
	} {
		t.Run(fmt.Sprint(c.op, " ", c.size), func(t *testing.T) {
			length := 1
			for k := 0; k < length; k += cutStride {
				inWire(t, partSize, func(w *wired) {
					f := w.signer
					if c.op == put {
						f = w.storage
					}
					f.on(c.op, 1, func(rw http.ResponseWriter, r *http.Request, real http.Handler) {
						raw := wholeAnswer(r, real)
						length = len(raw)
						conn, _ := hijack(rw)
						_, _ = conn.Write(raw[:k])
						_ = conn.Close()
					})
					data := w.write("/file.bin", c.size)
					w.add("/file.bin")
					w.settled()
					if f.hits() != 1 {
						t.Errorf("byte %d: the cut came %d times", k, f.hits())
					}
					w.stored("file.bin", data)
					w.sentOnce()
					w.nothingOpen()
				})
				if t.Failed() {
					t.Fatalf("cut after byte %d of %d", k, length)
				}
			}
			if length < 100 {
				t.Errorf("an answer of %d bytes: the test tests nothing", length)
			}
			t.Logf("%d bytes", length)
		})
	}
}
