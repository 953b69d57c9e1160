package words

import (
	"fmt"
	"strings"

	"longshore/uploader"
)

// State says in words what a row of the queue is doing, and what is going to happen if nobody does anything.
func State(e *uploader.EntryRow) string {
	switch {
	case e.Late != "" && e.State == uploader.Uploading:
		return join(StateSending, Rate(e.Rate)) + ". " + e.Late.Sentence(e.Deadline.Local())
	case e.Late != "":
		return sentences(doing(e), e.Late.Sentence(e.Deadline.Local()))
	case e.Note != "" && !e.State.Ended():
		return sentences(doing(e), sentence(e.Note))
	}
	return doing(e)
}

// sentences puts a full stop between what is not one yet.
func sentences(first, second string) string {
	return strings.TrimSuffix(first, ".") + ". " + second
}

func doing(e *uploader.EntryRow) string {
	if e.Scanning && e.State != uploader.Waiting {
		return fmt.Sprintf(StateScanning, Files(e.Files))
	}
	switch e.State {
	case uploader.Queued:
		return StateQueued
	case uploader.Creating:
		return StateCreating
	case uploader.Uploading:
		return join(sending(e), Rate(e.Rate), Left(e.Left))
	case uploader.Completing:
		return StateCompleting
	case uploader.Done:
		return done(e)
	case uploader.Paused:
		return StatePaused
	case uploader.Waiting:
		return waiting(e)
	case uploader.SourceChanged:
		return sentence(uploader.CodeSourceChanged)
	case uploader.Failed:
		return failed(e)
	case uploader.Cancelled:
		return StateCancelled
	}
	return string(e.State)
}

func sending(e *uploader.EntryRow) string {
	switch {
	case e.Dir && e.FilesFailed > 0:
		return join(fmt.Sprintf(StateSendingFiles, Number(e.FilesDone), Files(e.Files)), fmt.Sprintf(StateFailedCount, Number(e.FilesFailed)))
	case e.Dir:
		return fmt.Sprintf(StateSendingFiles, Number(e.FilesDone), Files(e.Files))
	case e.Parts > 1:
		return fmt.Sprintf(StateSendingPart, min(e.Part+max(e.Flying, 1), e.Parts), e.Parts)
	}
	return StateSending
}

func done(e *uploader.EntryRow) string {
	switch {
	case !e.Dir:
		return StateDone
	case e.Files == 0:
		return StateDoneEmpty
	}
	return fmt.Sprintf(StateDoneFiles, Files(e.Files))
}

func waiting(e *uploader.EntryRow) string {
	head := WaitReason(e.Reason)
	if e.Code == "" {
		return head
	}
	return head + ". " + sentence(e.Code)
}

func failed(e *uploader.EntryRow) string {
	code := e.Code
	if code == "" {
		code = uploader.CodeInternal
	}
	if e.Dir && e.Files > 1 && e.FilesFailed > 0 {
		return fmt.Sprintf(StateFailedSome, Number(e.FilesFailed), Files(e.Files)) + ". " + sentence(code)
	}
	return sentence(code)
}

func sentence(c uploader.Code) string { return c.Sentence() }

// WaitReason says what is waited for.
func WaitReason(r uploader.WaitReason) string {
	switch r {
	case uploader.WaitNetwork:
		return WaitNetwork
	case uploader.WaitDrive:
		return WaitDrive
	case uploader.WaitSignIn:
		return WaitSignIn
	case uploader.WaitThrottled:
		return WaitThrottled
	case uploader.WaitMachine:
		return WaitMachine
	case uploader.WaitServer:
		return WaitServer
	}
	return WaitOther
}

// Headline says what the queue as a whole is doing.
func Headline(t uploader.Totals) string {
	switch {
	case t.FilesActive > 0:
		return HeadSending
	case t.Scanning:
		return HeadScanning
	case t.FilesWaiting > 0:
		return HeadWaiting
	case t.FilesPaused > 0:
		return HeadPaused
	case t.FilesFailed > 0:
		return HeadAttention
	case t.Files > 0 && t.FilesDone == t.Files:
		return HeadStored
	case t.Files > t.FilesDone:
		return HeadQueued
	}
	return HeadStopped
}

// Progress says how far the queue as a whole has come: "48 % · 3.1 GB of 6.4 GB · 11.8 MB/s · 2 min left".
func Progress(t uploader.Totals) string {
	if t.Files == 0 {
		return ""
	}
	texts := []string{Percent(Share(t)), Of(t.BytesSent, t.Bytes)}
	if t.FilesActive > 0 {
		texts = append(texts, Rate(t.Rate), Left(t.Left))
	}
	return dots(texts...)
}

// Of writes "3.1 GB of 6.4 GB", or the size alone when all is there.
func Of(sent, total int64) string {
	if sent >= total {
		return Bytes(total)
	}
	return Bytes(sent) + " of " + Bytes(total)
}

// Counts says how many files are in which state: "12 of 40 files stored · 2 waiting · 1 failed".
func Counts(t uploader.Totals) string {
	if t.Files == 0 {
		return ""
	}
	texts := []string{Number(t.FilesDone) + " of " + Files(t.Files) + " stored"}
	if t.FilesDone == t.Files {
		texts[0] = Files(t.Files) + " stored"
	}
	for _, c := range []struct {
		n    int
		what string
	}{{t.FilesWaiting, "waiting"}, {t.FilesPaused, "paused"}, {t.FilesFailed, "failed"}} {
		if c.n > 0 {
			texts = append(texts, Number(c.n)+" "+c.what)
		}
	}
	return dots(texts...)
}

// WindowTitle shows the share that is done while something is being done.
func WindowTitle(t uploader.Totals) string {
	if t.FilesActive+t.FilesWaiting == 0 {
		return Program
	}
	return Percent(Share(t)) + " · " + Program
}

// Encryption says in words how a vault encrypts.
func Encryption(e string) string {
	switch e {
	case "aws:kms":
		return EncryptionKMS
	case "none", "":
		return EncryptionNone
	}
	return fmt.Sprintf(EncryptionOther, Name(e))
}

// Host is the part of an address that says whose it is.
func Host(address string) string {
	_, rest, found := strings.Cut(address, "://")
	if !found {
		rest = address
	}
	host, _, _ := strings.Cut(rest, "/")
	return Name(host)
}

// Proof says in words what storage checks.
func Proof(c uploader.Checksum) string {
	switch c {
	case uploader.ChecksumCRC64NVME:
		return ProofFull
	case uploader.ChecksumMD5:
		return ProofParts
	}
	return ProofSize
}

// Destination says where new files go.
func Destination(v uploader.Vault) string {
	name := Name(v.Name)
	if name == "" {
		name = Name(v.SignerURL)
	}
	if v.Encryption == "aws:kms" {
		return fmt.Sprintf(ToVaultKMS, name)
	}
	return fmt.Sprintf(ToVault, name)
}

func join(texts ...string) string { return joinWith(", ", texts) }

func dots(texts ...string) string { return joinWith(" · ", texts) }

func joinWith(sep string, texts []string) string {
	kept := texts[:0:0]
	for _, t := range texts {
		if t != "" {
			kept = append(kept, t)
		}
	}
	return strings.Join(kept, sep)
}
