package uploader_test

import (
	"testing"
	"time"

	"longshore/internal/fault"
	"longshore/uploader"
)

// engineRow is one fault at a seam of the engine: of the signer, of storage or of the disk.
type engineRow struct {
	name string
	op   string
	f    fault.Fault
	code uploader.Code
	does uploader.Action // instead of what the code's row says, where the call makes a difference
	size int             // of the file; 0: three parts
}

// parts and one are the sizes of the table's files: one in parts, one in a single PUT.
const (
	inParts = 2*partSize + 1
	inOne   = 300
)

// s3 is a refusal of storage.
func s3(status int, code, message string) fault.Fault {
	return fault.Fault{Status: status, S3Code: code, Message: message}
}

// of is a refusal by code.
func of(c uploader.Code) fault.Fault { return fault.Fault{Code: c} }

// elsewhere makes every signed URL lead to another host.
func elsewhere(r any) {
	signed := *r.(*uploader.SignedParts)
	for n, s := range signed {
		s.URL = "https://elsewhere.test/x"
		signed[n] = s
	}
}

// sameAction marks a row that does what its code's own row says.
const sameAction uploader.Action = -1

// engineRows are the faults that the vault's two sides can answer with, by the call they strike.
func engineRows() []engineRow {
	rows := []engineRow{
		{"settings that cannot be used", fault.OpConnect, of(uploader.CodeBadConfig), uploader.CodeBadConfig, sameAction, inParts},
		{"no token", fault.OpConnect, of(uploader.CodeUnauthorized), uploader.CodeUnauthorized, sameAction, inParts},
		{"URLs that lead elsewhere", fault.OpSignParts, fault.Fault{Reply: elsewhere}, uploader.CodeWrongDest, sameAction, inParts},
		{"seal keys that were changed", fault.OpSignParts, of(uploader.CodeRefConflict), uploader.CodeRefConflict, sameAction, inParts},

		{"a part: 500", fault.OpPutPart, s3(500, "InternalError", ""), uploader.CodeServer, sameAction, inParts},
		{"a part: 503", fault.OpPutPart, s3(503, "SlowDown", ""), uploader.CodeThrottled, sameAction, inParts},
		{"a part: 429", fault.OpPutPart, s3(429, "", ""), uploader.CodeThrottled, sameAction, inParts},
		{"a part: 403", fault.OpPutPart, s3(403, "AccessDenied", "Access Denied"), uploader.CodeDenied, sameAction, inParts},
		{"a part: expired", fault.OpPutPart, s3(403, "AccessDenied", "Request has expired"), uploader.CodeURLExpired, sameAction, inParts},
		{"a part: the signer's session is over", fault.OpPutPart, s3(400, "ExpiredToken", ""), uploader.CodeURLExpired, sameAction, inParts},
		{"a part: clocks apart", fault.OpPutPart, s3(403, "RequestTimeTooSkewed", ""), uploader.CodeClockSkew, sameAction, inParts},
		{"a part: damaged on the way", fault.OpPutPart, fault.Fault{Corrupt: true}, uploader.CodeBadDigest, sameAction, inParts},
		{"a part: the body did not come", fault.OpPutPart, s3(400, "RequestTimeout", ""), uploader.CodeNetwork, sameAction, inParts},
		{"a part: the upload is not known", fault.OpPutPart, s3(404, "NoSuchUpload", ""), uploader.CodeNoSuchUpload, sameAction, inParts},
		{"a part: no answer", fault.OpPutPart, fault.Fault{DropAnswer: true}, uploader.CodeUnknown, sameAction, inParts},
		{"a part: 409", fault.OpPutPart, s3(409, "OperationAborted", ""), uploader.CodeExists, sameAction, inParts},
		{"a part: 407 of a proxy", fault.OpPutPart, s3(407, "", ""), uploader.CodeProxySignIn, sameAction, inParts},
		{"a part: a start page", fault.OpPutPart, fault.Fault{Status: 200, Body: "<html>welcome</html>"}, uploader.CodeWrongAddress, sameAction, inParts},
		{"a part: 400", fault.OpPutPart, s3(400, "InvalidRequest", ""), uploader.CodeRefused, sameAction, inParts},
		{"a part: 400 too large", fault.OpPutPart, s3(400, "EntityTooLarge", ""), uploader.CodeTooLarge, sameAction, inParts},
		{"an object: 500", fault.OpPutObject, s3(500, "InternalError", ""), uploader.CodeServer, sameAction, inOne},
		{"an object: 503", fault.OpPutObject, s3(503, "SlowDown", ""), uploader.CodeThrottled, sameAction, inOne},
		{"an object: expired", fault.OpPutObject, s3(403, "AccessDenied", "Request has expired"), uploader.CodeURLExpired, sameAction, inOne},
		{"an object: no answer", fault.OpPutObject, fault.Fault{DropAnswer: true}, uploader.CodeUnknown, sameAction, inOne},
		{"an object: 412", fault.OpPutObject, s3(412, "PreconditionFailed", ""), uploader.CodeExists, sameAction, inOne},
		{"an object: clocks apart", fault.OpPutObject, s3(403, "RequestTimeTooSkewed", ""), uploader.CodeClockSkew, sameAction, inOne},

		{"complete: unknown", fault.OpComplete, of(uploader.CodeUnknown), uploader.CodeUnknown, sameAction, inParts},
		{"complete: done, but unknown", fault.OpComplete, fault.Fault{DropAnswer: true, Code: uploader.CodeUnknown}, uploader.CodeUnknown, sameAction, inParts},
		{"complete: exists", fault.OpComplete, of(uploader.CodeExists), uploader.CodeExists, sameAction, inParts},
		{"complete: the upload is not known", fault.OpComplete, of(uploader.CodeNoSuchUpload), uploader.CodeNoSuchUpload, sameAction, inParts},
		{"complete: parts missing", fault.OpComplete, of(uploader.CodeInvalidPart), uploader.CodeInvalidPart, sameAction, inParts},
		{"complete: parts missing for good", fault.OpComplete, of(uploader.CodeInvalidPart), uploader.CodeInvalidPart, uploader.Stop, inParts},
		{"complete: too small", fault.OpComplete, of(uploader.CodeEntityTooSmall), uploader.CodeEntityTooSmall, sameAction, inParts},
		{"complete: another size", fault.OpComplete, of(uploader.CodeSizeMismatch), uploader.CodeSizeMismatch, sameAction, inParts},
		{"complete: not encrypted", fault.OpComplete, of(uploader.CodeEncryption), uploader.CodeEncryption, sameAction, inParts},
		{"complete: another checksum", fault.OpComplete, of(uploader.CodeBadDigest), uploader.CodeBadDigest, uploader.Restart, inParts},
		{"complete: somebody else's object", fault.OpComplete, of(uploader.CodeKeyTaken), uploader.CodeKeyTaken, sameAction, inParts},
	}
	// What may befall any call of the signer.
	for op, size := range map[string]int{fault.OpCreate: inParts, fault.OpSignParts: inParts, fault.OpComplete: inParts, fault.OpSignObjects: inOne} {
		for _, c := range []uploader.Code{
			uploader.CodeNetwork, uploader.CodeDNS, uploader.CodeTLS, uploader.CodeProxy, uploader.CodeProxySignIn, uploader.CodeWrongAddress, uploader.CodeBadConfig,
			uploader.CodeUnauthorized, uploader.CodeVaultNotReady, uploader.CodeServer, uploader.CodeThrottled, uploader.CodeBadResponse,
			uploader.CodeForbidden, uploader.CodeRefused, uploader.CodeBadName, uploader.CodeTooLarge,
		} {
			rows = append(rows, engineRow{op + ": " + string(c), op, of(c), c, sameAction, size})
		}
	}
	return rows
}

// TestFaultTableOfTheEngine: each row strikes, the engine does what the row's action means, the snapshot has the code
// whose sentence the user reads, and when the fault ends the file is stored whole, and no part of it twice.
func TestFaultTableOfTheEngine(t *testing.T) {
	for _, row := range engineRows() {
		t.Run(row.name, func(t *testing.T) {
			inWorld(t, fault.VaultOptions{Latency: time.Millisecond}, func(w *world) {
				does := row.does
				if does == sameAction {
					does = row.code.Info().Action
				}
				lasts := does != uploader.Resign && does != uploader.Look && does != uploader.Restart
				if row.f.Repeat = 0; lasts {
					row.f.Repeat = fault.Forever
				}
				s := strickenWorld{world: w, asked: map[int32]int{}}
				s.listen()
				w.vault.Faults.Add(row.op, row.f)
				data := w.write("/file.bin", row.size)
				entry := w.add("/file.bin").Entries[0]
				s.wants(row, does, entry)
				w.settled()
				w.stored("file.bin", data)
				w.nothingOpen()
				if n := len(w.vault.Objects()); n != 1 {
					t.Errorf("%d objects", n)
				}
				if does != uploader.Restart {
					w.sentOnce()
				}
				w.vault.Faults.Clear(fault.OpSignParts) // the listener is no fault
			})
		})
	}
}

// strickenWorld tells which parts were asked to be signed.
type strickenWorld struct {
	*world
	asked map[int32]int
}

func (s strickenWorld) listen() {
	s.vault.Faults.Add(fault.OpSignParts, fault.Fault{Repeat: fault.Forever, Only: func(c fault.Call) bool {
		for _, n := range c.Parts {
			s.asked[n]++
		}
		return false
	}})
}

// wants holds the engine to a row's action and then ends the fault.
func (s strickenWorld) wants(row engineRow, does uploader.Action, entry uploader.EntryID) {
	w, t := s.world, s.t
	t.Helper()
	switch does {
	case uploader.Wait, uploader.Retry, uploader.Hold:
		w.shown(row.code)
		before := w.vault.Calls(row.op)
		w.eventually("another try", func() bool { return w.vault.Calls(row.op) > before })
		w.vault.Faults.Clear(row.op)
	case uploader.Stop:
		w.settled()
		if j := w.job("file.bin"); j.State != uploader.Failed || j.Code != row.code {
			t.Fatalf("%s %s %s, want failed %s", j.State, j.Code, j.Detail, row.code)
		}
		if len(w.vault.Objects()) > 0 {
			t.Error("something was stored")
		}
		w.vault.Faults.Clear(row.op)
		w.do(uploader.RetryJobs, uploader.Target{Entries: []uploader.EntryID{entry}})
	case uploader.Look:
		w.settled()
		if n := w.vault.Calls(fault.OpListParts) + w.vault.Calls(fault.OpStat); n == 0 {
			t.Error("it did not look")
		}
	case uploader.Resign:
		w.settled()
		again := w.vault.Calls(fault.OpSignObjects) > 1
		for _, n := range s.asked {
			again = again || n > 1
		}
		if !again {
			t.Error("it did not ask for another URL")
		}
	case uploader.Restart:
		w.settled()
		if n := len(w.vault.Keys()); n != 2 {
			t.Errorf("%d keys, want an old and a new one", n)
		}
	default:
		t.Fatalf("the table does not know the action %d", does)
	}
}

// eventually waits, at most some minutes, for what no snapshot tells.
func (w *world) eventually(what string, cond func() bool) {
	w.t.Helper()
	for end := time.Now().Add(10 * time.Minute); !cond(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			w.t.Fatalf("never: %s; %s", what, w.describe())
		}
	}
}

// shown waits until the row of the one file waits with a code, for the reason that the code's own row gives.
func (w *world) shown(code uploader.Code) {
	w.t.Helper()
	w.until("the row shows "+string(code), func(s *uploader.Snapshot) bool {
		if s.Jobs.Len() != 1 || s.Entries.Len() != 1 {
			return false
		}
		j, e := s.Jobs.At(0), s.Entries.At(0)
		return j.State == uploader.Waiting && j.Code == code && j.Reason == code.Info().Reason && e.Code == code && e.Reason == j.Reason
	})
}
