package s3

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"net/http"
	"net/textproto"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// sigv4 is Signature Version 4 in the query of a URL (AWS docs, "Authenticating
// requests: using query parameters"), for PUTs whose body is bound by a signed
// checksum header. The SDK's signer makes the same URLs, and a test holds them
// equal; but it leaves some 7 KB of garbage with each, and a batch has 100: the
// collector would need much more room, or most of the time.
type sigv4 struct {
	site   site
	origin string // of the URL
	host   string // as it is signed: without the scheme's own port
	idle   sync.Pool
}

const (
	sigAlgorithm = "AWS4-HMAC-SHA256"
	sigTime      = "20060102T150405Z"
	sigDay       = "20060102"
	// unsignedPayload leaves the body's hash out of the signature. The signed
	// checksum header binds the body instead.
	unsignedPayload = "UNSIGNED-PAYLOAD"
)

func newSigv4(at site) *sigv4 {
	host := at.base.Host
	if port := at.base.Port(); port == "443" && at.base.Scheme == "https" || port == "80" && at.base.Scheme == "http" {
		host = at.base.Hostname()
	}
	v := &sigv4{site: at, origin: at.base.Scheme + "://" + at.base.Host, host: host}
	v.idle.New = func() any { return &signing{sum: sha256.New()} }
	return v
}

// field is one header or one value of the query.
type field struct{ name, value string }

// signing is the room in which one URL is made, used again by the next one.
type signing struct {
	url, text, scope []byte
	sum, mac         hash.Hash
	hash             [sha256.Size]byte
	secret, day      string // that mac's key is made of
}

// presign gives the URL of a PUT. The query is in order, with names that come
// after "X-Amz-" in it; headers are in order, in lower case, with Host among them.
func (v *sigv4) presign(creds aws.Credentials, now time.Time, lifetime time.Duration, key string, query, headers []field) string {
	w := v.idle.Get().(*signing)
	defer v.idle.Put(w)
	now = now.UTC()
	w.begin(creds.SecretAccessKey, now.Format(sigDay), v.site)

	w.url = append(w.url[:0], v.origin...)
	path := len(w.url)
	w.url = appendEscaped(w.url, v.site.base.Path, true)
	w.url = append(w.url, '/')
	w.url = appendEscaped(w.url, key, true)
	pathEnd := len(w.url)
	w.url = append(w.url, "?X-Amz-Algorithm="+sigAlgorithm+"&X-Amz-Credential="...)
	w.url = appendEscaped(w.url, creds.AccessKeyID, false)
	w.url = append(w.url, "%2F"...)
	w.url = appendEscaped(w.url, w.scope, false)
	w.url = append(w.url, "&X-Amz-Date="...)
	w.url = now.AppendFormat(w.url, sigTime)
	w.url = append(w.url, "&X-Amz-Expires="...)
	w.url = strconv.AppendInt(w.url, int64(lifetime/time.Second), 10)
	if creds.SessionToken != "" {
		w.url = append(w.url, "&X-Amz-Security-Token="...)
		w.url = appendEscaped(w.url, creds.SessionToken, false)
	}
	w.url = append(w.url, "&X-Amz-SignedHeaders="...)
	w.url = appendNames(w.url, headers, "%3B")
	for _, q := range query {
		w.url = append(append(append(w.url, '&'), q.name...), '=')
		w.url = appendEscaped(w.url, q.value, false)
	}

	// The canonical request, and its hash in the string to sign.
	w.text = append(w.text[:0], "PUT\n"...)
	w.text = append(append(w.text, w.url[path:pathEnd]...), '\n')
	w.text = append(append(w.text, w.url[pathEnd+1:]...), '\n')
	for _, h := range headers {
		w.text = append(append(w.text, h.name...), ':')
		w.text = append(appendTidy(w.text, h.value), '\n')
	}
	w.text = append(appendNames(append(w.text, '\n'), headers, ";"), "\n"+unsignedPayload...)
	sum := w.hashed(w.sum)
	w.text = append(w.text[:0], sigAlgorithm+"\n"...)
	w.text = append(now.AppendFormat(w.text, sigTime), '\n')
	w.text = append(append(w.text, w.scope...), '\n')
	w.text = hex.AppendEncode(w.text, sum)
	w.url = hex.AppendEncode(append(w.url, "&X-Amz-Signature="...), w.hashed(w.mac))
	return string(w.url)
}

// begin makes the day's key, unless it is that of the URL before.
func (w *signing) begin(secret, day string, at site) {
	if w.mac != nil && w.secret == secret && w.day == day {
		return
	}
	w.secret, w.day = secret, day
	w.scope = []byte(day + "/" + at.region + "/" + at.service + "/aws4_request")
	w.mac = hmac.New(sha256.New, signingKey(secret, day, at.region, at.service))
}

// hashed is h of w.text.
func (w *signing) hashed(h hash.Hash) []byte {
	h.Reset()
	h.Write(w.text)
	return h.Sum(w.hash[:0])
}

// signingKey is what a day's signatures are made with.
func signingKey(secret, day, region, service string) []byte {
	key := []byte("AWS4" + secret)
	for _, step := range []string{day, region, service, "aws4_request"} {
		m := hmac.New(sha256.New, key)
		m.Write([]byte(step))
		key = m.Sum(nil)
	}
	return key
}

// appendEscaped escapes all but what RFC 3986 §2.3 calls unreserved, and the
// slashes of a path.
func appendEscaped[T string | []byte](to []byte, text T, path bool) []byte {
	const digits = "0123456789ABCDEF"
	for i := range len(text) {
		switch c := text[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '-', c == '_', c == '.', c == '~', path && c == '/':
			to = append(to, c)
		default:
			to = append(to, '%', digits[c>>4], digits[c&15])
		}
	}
	return to
}

// appendTidy writes a header's value as it is signed: without spaces around it,
// and with one where there are several.
func appendTidy(to []byte, value string) []byte {
	value = strings.TrimSpace(value)
	for i := range len(value) {
		if value[i] != ' ' || value[i-1] != ' ' {
			to = append(to, value[i])
		}
	}
	return to
}

func appendNames(to []byte, headers []field, between string) []byte {
	for i, h := range headers {
		if i > 0 {
			to = append(to, between...)
		}
		to = append(to, h.name...)
	}
	return to
}

// inOrder sorts headers as they are signed.
func inOrder(headers []field) {
	slices.SortFunc(headers, func(a, b field) int { return strings.Compare(a.name, b.name) })
}

// toSend is what the client has to send of the headers that were signed: all but
// Host, which it sends anyway.
func toSend(headers []field) http.Header {
	h, values := make(http.Header, len(headers)), make([]string, len(headers))
	for i, f := range headers {
		if f.name != "host" {
			values[i] = f.value
			h[textproto.CanonicalMIMEHeaderKey(f.name)] = values[i : i+1 : i+1]
		}
	}
	return h
}
