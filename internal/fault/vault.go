package fault

import (
	"crypto/md5"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/minio/crc64nvme"

	"longshore/uploader"
)

// VaultOptions shapes a vault.
type VaultOptions struct {
	Name         string            // "vault" if empty; its data origin is https://NAME.test
	Checksum     uploader.Checksum // ChecksumCRC64NVME if empty
	Encryption   string            // "none" if empty
	URLLifetime  time.Duration     // 15 min if 0
	ResumeWithin time.Duration     // how long after Create an upload must be finished, or it is cleared away; 0: no limit
	PartSize     int64             // the part size Create answers instead of what was asked for; 0: what was asked for
	PlanPartSize int64             // Connection.PartSize
	MinPart      int64             // parts but the last below it make Complete fail with CodeEntityTooSmall
	Latency      time.Duration     // of every call
	Speed        int64             // bytes per second of each PUT; 0: no limit
	Discard      bool              // keeps no bytes: Object returns none, and Complete believes the object's checksum
	ManifestPage int               // objects of one page of a manifest; 0: it writes none
	NoCondition  bool              // does not know If-None-Match: a PUT overwrites
}

// Vault is a signer and an S3 in memory.
type Vault struct {
	Faults *Faults
	opt    VaultOptions

	mu      sync.Mutex
	serial  int
	uploads map[string]*upload // by sealed id
	objects map[string]*object
	signed  map[string]*signature // by the token in the URL
	batches map[uploader.BatchID]*Manifest
	traffic map[string]*Traffic
	offline chan struct{} // closed when the network goes; nil while it is gone
	gone    bool
}

type upload struct {
	id       string
	serial   int
	key      string
	attempt  uploader.AttemptID
	request  uploader.CreateRequest
	partSize int64
	parts    map[int32]*part
	until    time.Time // when it is cleared away; zero for never
}

type part struct {
	uploader.Part
	data []byte
}

type object struct {
	uploader.Object
	attempt uploader.AttemptID
	data    []byte
}

// Traffic is what arrived for one key.
type Traffic struct {
	Bytes    int64         // of all tries, whole or not
	Whole    map[int32]int // by part, how often its whole body arrived; part 0 is a single PUT
	Accepted map[int32]int // by part, how often it was stored
}

// NewVault returns an empty vault. Under testing/synctest make it inside the bubble.
func NewVault(o VaultOptions) *Vault {
	if o.Name == "" {
		o.Name = "vault"
	}
	if o.Checksum == "" {
		o.Checksum = uploader.ChecksumCRC64NVME
	}
	if o.Encryption == "" {
		o.Encryption = "none"
	}
	if o.URLLifetime == 0 {
		o.URLLifetime = 15 * time.Minute
	}
	return &Vault{
		Faults: newFaults(), opt: o, uploads: map[string]*upload{}, objects: map[string]*object{},
		signed: map[string]*signature{}, batches: map[uploader.BatchID]*Manifest{}, traffic: map[string]*Traffic{}, offline: make(chan struct{}),
	}
}

// Origin is the one place the vault's bytes go to.
func (v *Vault) Origin() string { return "https://" + v.opt.Name + ".test" }

// Calls is how often an op was called.
func (v *Vault) Calls(op string) int { return v.Faults.Calls(op) }

// Peak is how many calls of an op were under way at once, at most.
func (v *Vault) Peak(op string) int { return v.Faults.Peak(op) }

// Offline takes the network away, which cuts every call under way, or brings it back.
func (v *Vault) Offline(gone bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	switch {
	case gone && !v.gone:
		close(v.offline)
	case !gone && v.gone:
		v.offline = make(chan struct{})
	}
	v.gone = gone
}

// network returns whether there is one, and what is closed when it goes.
func (v *Vault) network() (bool, <-chan struct{}) {
	v.mu.Lock()
	defer v.mu.Unlock()
	return !v.gone, v.offline
}

// Object returns the bytes at a key.
func (v *Vault) Object(key string) (data []byte, ok bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	o, ok := v.objects[key]
	if !ok {
		return nil, false
	}
	return slices.Clone(o.data), true
}

// Objects lists the keys that hold an object, sorted.
func (v *Vault) Objects() []string {
	v.mu.Lock()
	defer v.mu.Unlock()
	return slices.Sorted(maps.Keys(v.objects))
}

// OpenUploads lists the keys of open multipart uploads, sorted; a key is there once for each.
func (v *Vault) OpenUploads() []string {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.expire()
	var keys []string
	for _, u := range v.uploads {
		keys = append(keys, u.key)
	}
	slices.Sort(keys)
	return keys
}

// Put stores an object that did not come through this vault's URLs; attempt may be "".
func (v *Vault) Put(key string, attempt uploader.AttemptID, data []byte) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.store(key, attempt, slices.Clone(data), int64(len(data)), crcText(crc64nvme.Checksum(data)))
}

// DropUploads aborts every open upload, as a lifecycle rule does, and tells how many there were.
func (v *Vault) DropUploads() int {
	v.mu.Lock()
	defer v.mu.Unlock()
	n := len(v.uploads)
	clear(v.uploads)
	return n
}

// expire clears away what is over its time, with the lock held.
func (v *Vault) expire() {
	maps.DeleteFunc(v.uploads, func(_ string, u *upload) bool { return !u.until.IsZero() && !time.Now().Before(u.until) })
}

// DropPart makes every open upload of a key lose a part.
func (v *Vault) DropPart(key string, n int32) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, u := range v.uploads {
		if u.key == key {
			delete(u.parts, n)
		}
	}
}

// Traffic returns what arrived for a key so far.
func (v *Vault) Traffic(key string) Traffic {
	v.mu.Lock()
	defer v.mu.Unlock()
	t := v.traffic[key]
	if t == nil {
		t = &Traffic{}
	}
	return Traffic{Bytes: t.Bytes, Whole: copied(t.Whole), Accepted: copied(t.Accepted)}
}

// Keys lists every key for which a byte arrived or an upload was begun, sorted.
func (v *Vault) Keys() []string {
	v.mu.Lock()
	defer v.mu.Unlock()
	return slices.Sorted(maps.Keys(v.traffic))
}

// copied is a copy that can be read even when there is nothing in it.
func copied(m map[int32]int) map[int32]int {
	c := make(map[int32]int, len(m))
	maps.Copy(c, m)
	return c
}

// trafficOf is called with the lock held.
func (v *Vault) trafficOf(key string) *Traffic {
	t := v.traffic[key]
	if t == nil {
		t = &Traffic{Whole: map[int32]int{}, Accepted: map[int32]int{}}
		v.traffic[key] = t
	}
	return t
}

// store makes an object, with the lock held. sum is the CRC64NVME of the whole, as S3 writes it.
func (v *Vault) store(key string, attempt uploader.AttemptID, data []byte, size int64, sum string) uploader.Object {
	v.serial++
	o := uploader.Object{
		Key: key, Size: size, ETag: etag(data, v.serial), VersionID: fmt.Sprintf("version-%d", v.serial),
		FileURL: v.Origin() + "/" + key, Verified: uploader.VerifiedSizeOnly, Encryption: v.opt.Encryption,
	}
	switch v.opt.Checksum {
	case uploader.ChecksumCRC64NVME:
		o.Checksum, o.Verified = sum, uploader.VerifiedFullObject
	case uploader.ChecksumMD5:
		o.Verified = uploader.VerifiedPartMD5
	}
	if v.opt.Discard {
		data = nil
	}
	v.objects[key] = &object{Object: o, attempt: attempt, data: data}
	return o
}

// etag is in S3's form, and no MD5: nobody may take it for one.
func etag(data []byte, serial int) string {
	sum := md5.Sum(fmt.Appendf(nil, "%d/%d", len(data), serial))
	return `"` + hex.EncodeToString(sum[:]) + `"`
}

func crcText(sum uint64) string {
	b := make([]byte, 8)
	for i := range b {
		b[i] = byte(sum >> (56 - 8*i))
	}
	return base64.StdEncoding.EncodeToString(b)
}
