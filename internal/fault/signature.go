package fault

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"longshore/uploader"
)

// signature is what a URL was signed for.
type signature struct {
	upload  string // "" for a single PUT
	key     string
	attempt uploader.AttemptID
	part    int32
	size    int64
	sum     string
	expires time.Time
	header  map[string]string
}

// sign is called with the lock held.
func (v *Vault) sign(s *signature) uploader.SignedRequest {
	v.serial++
	token := strconv.Itoa(v.serial)
	s.expires = time.Now().Add(v.opt.URLLifetime)
	s.header = map[string]string{"Content-Length": strconv.FormatInt(s.size, 10)}
	switch v.opt.Checksum {
	case uploader.ChecksumCRC64NVME:
		s.header["X-Amz-Checksum-Crc64nvme"] = s.sum
	case uploader.ChecksumMD5:
		s.header["Content-Md5"] = s.sum
	}
	if s.upload == "" && !v.opt.NoCondition {
		s.header["If-None-Match"] = "*"
	}
	v.signed[token] = s
	signed := uploader.SignedRequest{URL: v.Origin() + "/put?X-Amz-Signature=" + token, Header: map[string][]string{}, Lifetime: v.opt.URLLifetime}
	for name, value := range s.header {
		signed.Header[name] = []string{value}
	}
	return signed
}

// matches tells whether the request carries every signed header and no other that S3 would mind.
func (s *signature) matches(r *http.Request) bool {
	for name, value := range s.header {
		if name == "Content-Length" {
			if r.ContentLength != s.size {
				return false
			}
		} else if r.Header.Get(name) != value {
			return false
		}
	}
	for name := range r.Header {
		if _, signed := s.header[name]; !signed && strings.HasPrefix(name, "X-Amz-") {
			return false
		}
	}
	return true
}
