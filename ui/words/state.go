package words

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"longshore/uploader"
)

// State says in words what a row of the queue is doing, and what is going to happen if nobody does anything.
func (b *Book) State(e *uploader.EntryRow) string {
	switch {
	case e.Late != "" && e.State == uploader.Uploading:
		return sentences(join(b.Say(StateSending), b.Rate(e.Rate)), b.late(e))
	case e.Late != "":
		return sentences(b.doing(e), b.late(e))
	case e.Note != "" && !e.State.Ended():
		return sentences(b.doing(e), b.Sentence(e.Note))
	}
	if e.Dir && e.State != uploader.Done && e.State != uploader.Cancelled { // which say it in their own words
		return dots(b.doing(e), b.left(e))
	}
	return b.doing(e)
}

// sentences puts a full stop between what is not one yet.
func sentences(first, second string) string {
	return strings.TrimSuffix(first, ".") + ". " + second
}

// late says why an upload may not make its deadline.
func (b *Book) late(e *uploader.EntryRow) string {
	key := map[uploader.Late]Key{uploader.LateSlow: LateSlow, uploader.LateStill: LateStill, uploader.LateOver: LateOver}[e.Late]
	return b.Say(key, "when", b.When(e.Deadline.Local()))
}

func (b *Book) doing(e *uploader.EntryRow) string {
	if e.Scanning && e.State != uploader.Waiting {
		return b.Say(StateScanning, "files", e.Files)
	}
	switch e.State {
	case uploader.Queued:
		return b.Say(StateQueued)
	case uploader.Creating:
		return b.Say(StateCreating)
	case uploader.Uploading:
		return join(b.sending(e), b.Rate(e.Rate), b.Left(e.Left))
	case uploader.Completing:
		return b.Say(StateCompleting)
	case uploader.Done:
		return b.done(e)
	case uploader.Paused:
		return b.paused(e)
	case uploader.Waiting:
		return b.waiting(e)
	case uploader.SourceChanged:
		return b.Sentence(uploader.CodeSourceChanged)
	case uploader.Failed:
		return b.failed(e)
	case uploader.Cancelled:
		return b.Say(StateCancelled)
	}
	return string(e.State)
}

func (b *Book) sending(e *uploader.EntryRow) string {
	switch {
	case e.Dir && e.FilesFailed > 0:
		return join(b.Say(StateSendingFiles, "done", e.FilesDone, "files", e.Files), b.Say(StateFailedCount, "files", e.FilesFailed))
	case e.Dir:
		return b.Say(StateSendingFiles, "done", e.FilesDone, "files", e.Files)
	case e.Parts > 1:
		return b.Say(StateSendingPart, "part", int(min(e.Part+max(e.Flying, 1), e.Parts)), "parts", int(e.Parts))
	}
	return b.Say(StateSending)
}

func (b *Book) paused(e *uploader.EntryRow) string {
	switch {
	case e.Asks > 0 && e.Dir:
		return b.Say(StateAskFiles, "files", int(e.Asks))
	case e.Asks > 0:
		return b.Say(StateAskFile)
	}
	return b.Say(StatePaused)
}

func (b *Book) done(e *uploader.EntryRow) string {
	switch {
	case e.LeftOut > 0 && !e.Dir:
		return b.Say(StateLeftFile)
	case !e.Dir:
		return b.Say(StateDone)
	case e.Files == 0 && e.LeftOut == 0:
		return dots(b.Say(StateDoneEmpty), b.left(e))
	case e.Files == 0:
		return b.left(e)
	}
	return dots(b.Say(StateDoneFiles, "files", e.Files), b.left(e))
}

// left says what of a folder is not sent, and why; "" if all is.
func (b *Book) left(e *uploader.EntryRow) string {
	var known, empty, gone string
	if e.LeftOut > 0 {
		known = b.Say(StateLeftFiles, "files", int(e.LeftOut))
	}
	if e.Empty > 0 {
		empty = b.Say(StateEmpty, "folders", int(e.Empty))
	}
	if e.Gone > 0 {
		gone = b.Say(StateGone, "items", int(e.Gone))
	}
	return dots(known, empty, gone)
}

// Found says what was found in a folder: its files, those that cannot be sent by what is wrong with them, and what is
// left out, a line each.
func (b *Book) Found(e *uploader.EntryRow, wrong map[uploader.Code]int) string {
	if !e.Dir || len(wrong) == 0 && e.LeftOut+e.Empty+e.Gone+e.Asks == 0 {
		return ""
	}
	lines := []string{b.Files(e.Files)}
	for _, code := range slices.Sorted(maps.Keys(wrong)) {
		lines = append(lines, dots(b.Files(wrong[code]), b.Sentence(code)))
	}
	if e.Asks > 0 {
		lines = append(lines, b.Say(StateAskFiles, "files", int(e.Asks)))
	}
	if left := b.left(e); left != "" {
		lines = append(lines, left)
	}
	return strings.Join(lines, "\n")
}

func (b *Book) waiting(e *uploader.EntryRow) string {
	head := b.Say(WaitReason(e.Reason))
	if e.Code == "" {
		return head
	}
	return sentences(head, b.Sentence(e.Code))
}

func (b *Book) failed(e *uploader.EntryRow) string {
	code := e.Code
	if code == "" {
		code = uploader.CodeInternal
	}
	if e.Dir && e.Files > 1 && e.FilesFailed > 0 {
		return sentences(b.Say(StateFailedSome, "failed", e.FilesFailed, "files", e.Files), b.Sentence(code))
	}
	return b.Sentence(code)
}

// Changed says that a file changed on disk, where the row itself asks what to do.
func (b *Book) Changed(e *uploader.EntryRow) string {
	if e.Dir {
		return b.Say(ChangedFiles, "files", e.FilesFailed)
	}
	return b.Say(ChangedFile)
}

// WaitReason says what is waited for.
func WaitReason(r uploader.WaitReason) Key {
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
	case uploader.WaitTimetable:
		return WaitTimetable
	}
	return WaitOther
}

// Progress says how far the queue as a whole has come, and whether a limit holds it up: "48 % · 3.1 GB of 6.4 GB ·
// 5 MB/s · 2 min left · limited to 5 MB/s until 18:00".
func (b *Book) Progress(t uploader.Totals) string {
	if t.Files == 0 {
		return ""
	}
	texts := []string{b.Percent(Share(t)), b.Of(t.BytesSent, t.Bytes)}
	if t.FilesActive > 0 {
		texts = append(texts, b.Rate(t.Rate), b.Left(t.Left), b.limited(t))
	} else {
		texts = append(texts, b.limited(t))
	}
	return dots(texts...)
}

// limited says that a limit of the user's is what holds up the queue, and until when; "" if none does.
func (b *Book) limited(t uploader.Totals) string {
	speed, until := b.Rate(float64(t.Limit)), b.clock(t.LimitUntil, time.Now())
	switch {
	case !t.Limited:
		return ""
	case t.Limit == uploader.Halt && until != "":
		return b.Say(HaltedUntil, "time", until)
	case t.Limit == uploader.Halt:
		return b.Say(Halted)
	case until != "":
		return b.Say(LimitedUntil, "speed", speed, "time", until)
	}
	return b.Say(Limited, "speed", speed)
}

// clock writes a time of day, with its date unless it is today's; "" for none.
func (b *Book) clock(at, now time.Time) string {
	at, now = at.Local(), now.Local()
	switch {
	case at.Unix() <= 0:
		return ""
	case at.YearDay() == now.YearDay() && at.Year() == now.Year():
		return at.Format(b.form.clock)
	}
	return b.When(at)
}

// Wrong says what is wrong with a limit or a timetable as it was typed. Their own words (weekdays, pause, MB/s) are the
// same in every language, as the command line has them.
func (b *Book) Wrong(err error) string {
	var g *uploader.GrammarError
	if key := Key(""); errors.As(err, &g) {
		if key = Key("grammar." + g.Problem); b.has(key) {
			return b.Say(key, "text", g.Piece())
		}
	}
	return err.Error()
}

// Of writes "3.1 GB of 6.4 GB", or the size alone when all is there.
func (b *Book) Of(sent, total int64) string {
	if sent >= total {
		return b.Bytes(total)
	}
	return b.Say(SentOf, "sent", b.Bytes(sent), "total", b.Bytes(total))
}

// WindowTitle shows the share that is done while something is being done.
func (b *Book) WindowTitle(t uploader.Totals) string {
	if t.FilesActive+t.FilesWaiting == 0 {
		return Program
	}
	return dots(b.Percent(Share(t)), Program)
}

// Encryption says in words how a vault encrypts.
func (b *Book) Encryption(e string) string {
	switch e {
	case "aws:kms":
		return b.Say(EncryptionKMS)
	case "none", "":
		return b.Say(EncryptionNone)
	}
	return b.Say(EncryptionOther, "method", Name(e))
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
func (b *Book) Proof(c uploader.Checksum) string {
	switch c {
	case uploader.ChecksumCRC64NVME:
		return b.Say(ProofFull)
	case uploader.ChecksumMD5:
		return b.Say(ProofParts)
	}
	return b.Say(ProofSize)
}

// Destination says where new files go.
func (b *Book) Destination(v uploader.Vault) string {
	name := Name(v.Name)
	if name == "" {
		name = Name(v.SignerURL)
	}
	if v.Encryption == "aws:kms" {
		return b.Say(ToVaultKMS, "vault", name)
	}
	return b.Say(ToVault, "vault", name)
}

// Distinct are texts that tell vaults apart, as name has them: where several are called the same, their hosts follow, and
// a number where these are the same, too. A choice goes by its text, so two equal ones would be one vault. taken are
// texts that stand beside them.
func Distinct(vaults []uploader.Vault, name func(uploader.Vault) string, taken ...string) []string {
	same, used := map[string]int{}, map[string]bool{}
	for _, t := range taken {
		same[t], used[t] = 1, true
	}
	for _, v := range vaults {
		same[name(v)]++
	}
	texts := make([]string, len(vaults))
	for i, v := range vaults {
		text := name(v)
		if same[text] > 1 {
			text = dots(text, Host(v.SignerURL))
		}
		texts[i] = text
		for n := 2; used[texts[i]]; n++ {
			texts[i] = fmt.Sprintf("%s (%d)", text, n)
		}
		used[texts[i]] = true
	}
	return texts
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

// Manifest says where the manifest of an entry's drop lies, or why it does not; "" while there is nothing to say.
func (b *Book) Manifest(e *uploader.EntryRow) string {
	switch e.Manifest {
	case uploader.ManifestStored:
		return Name(e.ManifestKey)
	case uploader.ManifestWanted:
		return b.Say(ManifestWanted)
	case uploader.ManifestPartly:
		return b.Say(ManifestPartly)
	case uploader.ManifestRefused:
		return b.Say(ManifestRefused)
	}
	return ""
}
