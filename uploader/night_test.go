package uploader_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"longshore/internal/fault"
	"longshore/uploader"
)

// waits waits until the first row waits for this code, and checks that the row says why, in a sentence.
func (w *world) waits(code uploader.Code) {
	w.t.Helper()
	s := w.until("waiting for "+string(code), func(s *uploader.Snapshot) bool {
		return s.Entries.At(0).State == uploader.Waiting && s.Entries.At(0).Code == code
	})
	if e := s.Entries.At(0); e.Reason != code.Info().Reason || e.Reason == "" || !strings.HasSuffix(code.Sentence(), ".") {
		w.t.Errorf("the row says %+v", *e)
	}
}

// signerSays makes every call that goes on with an upload fail.
func (w *world) signerSays(f fault.Fault) {
	f.Repeat = fault.Forever
	for _, op := range []string{fault.OpCreate, fault.OpSignParts, fault.OpListParts, fault.OpStat, fault.OpComplete} {
		w.vault.Faults.Add(op, f)
	}
}

// The lid was closed for eight hours: every URL is over, and so are the credentials the signer itself works with. The row
// says what is waited for; when they are renewed it goes on, and no PUT goes out with an old URL.
func TestANightWithEveryURLAndTheSignersCredentialsOver(t *testing.T) {
	for _, wake := range []bool{true, false} {
		t.Run(fmt.Sprint("told of it ", wake), func(t *testing.T) {
			inWorld(t, slow, func(w *world) {
				data := w.write("/file.bin", 60*partSize)
				w.add("/file.bin")
				w.parts(8)
				w.vault.Offline(true)
				w.waits(uploader.CodeNetwork)
				time.Sleep(8 * time.Hour)
				w.signerSays(fault.Fault{Code: uploader.CodeVaultNotReady})
				puts := w.vault.Calls(fault.OpPutPart)
				w.vault.Offline(false)
				if wake {
					if err := w.engine.Wake(w.t.Context()); err != nil {
						w.t.Fatal(err)
					}
				}
				w.waits(uploader.CodeVaultNotReady)
				time.Sleep(time.Hour)
				w.waits(uploader.CodeVaultNotReady)
				if n := w.vault.Calls(fault.OpPutPart) - puts; n > 4 {
					t.Errorf("%d PUTs without a URL that holds", n)
				}
				w.vault.Faults.Clear("")
				w.soon("going on", 2*time.Minute, func() { w.settled() })
				w.stored("file.bin", data)
				w.sentOnce()
				w.nothingOpen()
			})
		})
	}
}

// What a hotel's network answers to everything until somebody has signed in to it.
func TestAHotelsStartPageIsNeverTakenForSuccess(t *testing.T) {
	for _, status := range []int{200, 302, 307, 403, 511} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			inWorld(t, slow, func(w *world) {
				data := w.write("/file.bin", 60*partSize)
				w.add("/file.bin")
				w.parts(8)
				page := fault.Fault{Status: status, Body: "<html><body>Welcome, guest</body></html>", Repeat: fault.Forever}
				w.vault.Faults.Add(fault.OpPutPart, page)
				w.vault.Faults.Add(fault.OpPutObject, page)
				w.signerSays(fault.Fault{Code: uploader.CodeWrongAddress}) // what uploader/remote makes of it
				w.waits(uploader.CodeWrongAddress)
				before := w.job("file.bin").Part
				time.Sleep(time.Hour)
				w.waits(uploader.CodeWrongAddress)
				if now := w.job("file.bin").Part; now != before {
					t.Errorf("%d parts were recorded behind the page", now-before)
				}
				small := w.write("/small", 10)
				w.add("/small")
				time.Sleep(time.Hour)
				w.vault.Faults.Clear("")
				w.soon("going on", 3*time.Minute, func() { w.settled() })
				w.stored("file.bin", data)
				w.stored("small", small)
				w.sentOnce()
				w.nothingOpen()
			})
		})
	}
}

// Storage is away for an hour, and what stands in front of it says so: 502 or 503, with a page, with nothing, or S3's own
// ServiceUnavailable. No file fails for it, and nobody has to choose Retry.
func TestStorageThatIsAwayBehindItsGatewayIsWaitedFor(t *testing.T) {
	for _, f := range []fault.Fault{
		{Status: 502, Body: "<html>Bad Gateway</html>"},
		{Status: 502},
		{Status: 503, Body: "<html>No server is available</html>"},
		{Status: 503},
		{Status: 503, S3Code: "ServiceUnavailable"},
	} {
		t.Run(fmt.Sprint(f.Status, f.S3Code, f.Body), func(t *testing.T) {
			inWorld(t, slow, func(w *world) {
				data, small := w.write("/file.bin", 60*partSize), w.write("/small", 10)
				w.add("/file.bin", "/small")
				w.parts(8)
				f.Repeat = fault.Forever
				w.vault.Faults.Add(fault.OpPutPart, f)
				w.vault.Faults.Add(fault.OpPutObject, f)
				late := w.write("/late", 10)
				w.add("/late")
				time.Sleep(time.Hour)
				for _, j := range w.engine.Snapshot().Jobs.All() {
					if j.State == uploader.Failed {
						t.Fatalf("%s failed: %s %s", j.RelPath, j.Code, j.Detail)
					}
				}
				w.vault.Faults.Clear("")
				w.soon("going on", 3*time.Minute, func() { w.settled() })
				w.stored("file.bin", data)
				w.stored("small", small)
				w.stored("late", late)
				w.sentOnce()
				w.nothingOpen()
			})
		})
	}
}

// This machine's clock is set 20 minutes while URLs of 15 minutes are out: at most they are asked for anew.
func TestThisMachinesClockMayBeWrongAndMayBeSet(t *testing.T) {
	for _, off := range []time.Duration{20 * time.Minute, -20 * time.Minute} {
		for _, from := range []int32{0, 8} {
			t.Run(fmt.Sprint(off, " from part ", from), func(t *testing.T) {
				inWorld(t, slow, func(w *world) {
					data := w.write("/file.bin", 60*partSize)
					if from == 0 {
						w.wrong.Store(int64(off))
					}
					w.add("/file.bin")
					if from > 0 {
						w.parts(from)
						w.wrong.Store(int64(off))
					}
					w.soon("the upload", time.Minute, func() { w.settled() })
					w.stored("file.bin", data)
					w.sentOnce()
				})
			})
		}
	}
}

// The signer's clock and S3's are 20 minutes apart: storage refuses everything, the row says whose clock it is, and
// nothing is lost until it is right again.
func TestASignersWrongClockIsSaidAndWaitedFor(t *testing.T) {
	inWorld(t, slow, func(w *world) {
		data := w.write("/file.bin", 60*partSize)
		w.add("/file.bin")
		w.parts(8)
		w.vault.Faults.Add(fault.OpPutPart, fault.Fault{Status: 403, S3Code: "RequestTimeTooSkewed", Repeat: fault.Forever})
		w.waits(uploader.CodeClockSkew)
		time.Sleep(3 * time.Hour)
		w.waits(uploader.CodeClockSkew)
		w.vault.Faults.Clear("")
		w.soon("going on", 3*time.Minute, func() { w.settled() })
		w.stored("file.bin", data)
		w.sentOnce()
	})
}

// The network is another one now: what was on the wire hangs in connections that lead nowhere, the name is not known for
// a while. The watchdog ends the one, the probe finds the way back; only what was on the wire is sent again.
func TestASwitchOfNetworkCostsWhatWasOnTheWire(t *testing.T) {
	inWorld(t, slow, func(w *world) {
		data := w.write("/file.bin", 60*partSize)
		w.add("/file.bin")
		w.parts(8)
		halfOpen := fault.Fault{Before: func() {}, Delay: 24 * time.Hour, Repeat: 3}
		w.vault.Faults.Add(fault.OpPutPart, halfOpen)
		w.signerSays(fault.Fault{Code: uploader.CodeDNS})
		w.waits(uploader.CodeDNS)
		time.Sleep(10 * time.Minute)
		for _, op := range []string{fault.OpCreate, fault.OpSignParts, fault.OpListParts, fault.OpStat, fault.OpComplete} {
			w.vault.Faults.Clear(op)
		}
		if err := w.engine.Wake(w.t.Context()); err != nil {
			t.Fatal(err)
		}
		w.soon("going on", 3*time.Minute, func() { w.settled() })
		w.stored("file.bin", data)
		w.sentOnce()
		var bytes int64
		for _, key := range w.vault.Keys() {
			bytes += w.vault.Traffic(key).Bytes
		}
		if most := int64(60+4) * partSize; bytes > most {
			t.Errorf("%d bytes for a file of %d: more than what was on the wire was sent again", bytes, len(data))
		}
	})
}
