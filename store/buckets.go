package store

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"strings"
	"time"

	"longshore/uploader"
)

// kind is a bucket, and the first byte of every value in it. The bytes are part of the file format.
type kind byte

const (
	kindMeta        kind = 'm' // name → text
	kindVault       kind = 'v' // VaultID → vault
	kindBatch       kind = 'b' // BatchID → batch
	kindEntry       kind = 'e' // BatchID EntryID → entry
	kindJob         kind = 'j' // JobID → job
	kindPath        kind = 'p' // BatchID RelPath → JobID
	kindEntryJob    kind = 'i' // EntryID JobID → nothing
	kindAttempt     kind = 'a' // AttemptID → attempt
	kindJobAttempt  kind = 't' // JobID AttemptID → nothing
	kindPart        kind = 'u' // AttemptID hash(UploadID) PartNumber → part
	kindTombstone   kind = 'd' // AttemptID → tombstone
	kindHistory     kind = 'h' // finish time, JobID AttemptID → receipt
	kindBatchFinish kind = 'f' // BatchID, finish time, JobID AttemptID → key of the receipt
	kindSetting     kind = 's' // name → JSON
	kindKnown       kind = 'k' // see knownKey → key of the receipt
)

// bucketNames is every bucket of the file. Read it only.
var bucketNames = map[kind]string{
	kindMeta: "meta", kindVault: "vaults", kindBatch: "batches", kindEntry: "entries", kindJob: "jobs",
	kindPath: "paths", kindEntryJob: "entry-jobs", kindAttempt: "attempts", kindJobAttempt: "job-attempts",
	kindPart: "parts", kindTombstone: "tombstones", kindHistory: "history", kindBatchFinish: "batch-history",
	kindSetting: "settings", kindKnown: "known",
}

// since is the schema that brought a bucket: a file of an older one is whole without it.
func (k kind) since() int {
	if k == kindKnown {
		return 2
	}
	return 1
}

// grows tells the buckets whose keys mostly come in ascending order: their pages are filled, not left half empty.
func (k kind) grows() bool {
	switch k {
	case kindJob, kindPath, kindEntryJob, kindHistory, kindPart:
		return true
	}
	return false
}

// key joins identifiers with a zero byte, which no identifier holds (see checkID), so that one never is the prefix of
// another by accident.
func key(parts ...string) []byte { return []byte(strings.Join(parts, "\x00")) }

// prefix is the start of all keys that begin with these identifiers and have more.
func prefix(parts ...string) []byte { return append(key(parts...), 0) }

// maxPathKey keeps keys far below bbolt's limit of 32,768 bytes and several of them on a page.
const maxPathKey = 1024

func pathKey(b uploader.BatchID, rel string) []byte {
	if len(rel) > maxPathKey {
		sum := sha256.Sum256([]byte(rel))
		rel = "\x00" + string(sum[:]) // no real path starts with a zero byte
	}
	return key(string(b), rel)
}

// uploadPrefix holds a hash of the UploadID, which is too long (500 bytes) to be repeated in the key of every part.
func uploadPrefix(a uploader.AttemptID, uploadID string) []byte {
	sum := sha256.Sum256([]byte(uploadID))
	return append(prefix(string(a)), sum[:16]...)
}

func partKey(a uploader.AttemptID, uploadID string, number int32) []byte {
	return binary.BigEndian.AppendUint32(uploadPrefix(a, uploadID), uint32(number))
}

// timeKey sorts as the instants do, also before 1970.
func timeKey(t time.Time) []byte {
	k := binary.BigEndian.AppendUint64(nil, uint64(t.Unix())^1<<63)
	return binary.BigEndian.AppendUint32(k, uint32(t.Nanosecond()))
}

func historyKey(m uploader.HistoryMark) []byte {
	return append(timeKey(m.FinishedAt), key(string(m.Job), string(m.Attempt))...)
}

func batchFinishKey(b uploader.BatchID, historyKey []byte) []byte {
	return append(prefix(string(b)), historyKey...)
}

// checkID refuses identifiers that cannot be keys. They are ULIDs; anything else is a mistake of the program.
func checkID[T ~string](what string, id T) error {
	if id == "" || len(id) > 256 || strings.IndexByte(string(id), 0) >= 0 {
		return fmt.Errorf("store: malformed %s id", what)
	}
	return nil
}
