package s3test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// signature is a request's Signature Version 4, from its query or its header.
type signature struct {
	scope, date, headers, value string
	payload                     string
	expires                     time.Duration
}

const amzTime = "20060102T150405Z"

// verifySignature tells why a request's Signature Version 4 does not hold for
// what arrived; "" if it does (AWS docs, "Create a signed AWS API request" and
// "Authenticating Requests: Using Query Parameters"). It is written from the
// specification alone, so that it cannot share a mistake with the signer under
// test. As S3 does, it refuses x-amz-* headers that were not signed.
func verifySignature(r *http.Request, accessKey, secretKey, region string) (why string) {
	s, ok := presigned(r.URL.Query())
	if !ok {
		s, ok = authorized(r.Header)
	}
	if !ok {
		return "is not signed"
	}
	key, scope, _ := strings.Cut(s.scope, "/")
	day, rest, _ := strings.Cut(scope, "/")
	at, err := time.Parse(amzTime, s.date)
	if key != accessKey || err != nil || at.Format("20060102") != day || rest != region+"/s3/aws4_request" {
		return "has another scope"
	}
	if age := time.Since(at); age > s.expires || age < -15*time.Minute {
		return "is over"
	}
	names := strings.Split(s.headers, ";")
	for name := range r.Header {
		low := strings.ToLower(name)
		if strings.HasPrefix(low, "x-amz-") && !slices.Contains(names, low) {
			return "has the unsigned header " + low
		}
	}
	if !slices.Contains(names, "host") || !slices.IsSorted(names) {
		return "does not sign its host"
	}
	sum := sha256.Sum256([]byte(canonical(r, names, s)))
	text := strings.Join([]string{"AWS4-HMAC-SHA256", s.date, scope, hex.EncodeToString(sum[:])}, "\n")
	k := []byte("AWS4" + secretKey)
	for _, part := range []string{day, region, "s3", "aws4_request", text} {
		m := hmac.New(sha256.New, k)
		m.Write([]byte(part))
		k = m.Sum(nil)
	}
	if !hmac.Equal([]byte(hex.EncodeToString(k)), []byte(s.value)) {
		return "does not match what was signed"
	}
	return ""
}

func presigned(q url.Values) (signature, bool) {
	seconds, _ := strconv.Atoi(q.Get("X-Amz-Expires"))
	return signature{
		scope: q.Get("X-Amz-Credential"), date: q.Get("X-Amz-Date"), headers: q.Get("X-Amz-SignedHeaders"),
		value: q.Get("X-Amz-Signature"), payload: "UNSIGNED-PAYLOAD", expires: time.Duration(seconds) * time.Second,
	}, q.Get("X-Amz-Algorithm") == "AWS4-HMAC-SHA256"
}

func authorized(h http.Header) (signature, bool) {
	rest, ok := strings.CutPrefix(h.Get("Authorization"), "AWS4-HMAC-SHA256 ")
	s := signature{date: h.Get("X-Amz-Date"), payload: h.Get("X-Amz-Content-Sha256"), expires: 15 * time.Minute}
	for field := range strings.SplitSeq(rest, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(field), "=")
		switch name {
		case "Credential":
			s.scope = value
		case "SignedHeaders":
			s.headers = value
		case "Signature":
			s.value = value
		}
	}
	return s, ok
}

// canonical is the canonical request of what arrived.
func canonical(r *http.Request, names []string, s signature) string {
	path, query, _ := strings.Cut(r.RequestURI, "?")
	var pairs []string
	for pair := range strings.SplitSeq(query, "&") {
		name, value, _ := strings.Cut(pair, "=")
		if pair != "" && name != "X-Amz-Signature" {
			pairs = append(pairs, reencode(name)+"="+reencode(value))
		}
	}
	slices.Sort(pairs)
	var headers strings.Builder
	for _, name := range names {
		value := strings.Join(r.Header.Values(name), ",")
		switch name {
		case "host":
			value = r.Host
		case "content-length": // net/http keeps it apart
			value = strconv.FormatInt(r.ContentLength, 10)
		}
		headers.WriteString(name + ":" + strings.Join(strings.Fields(value), " ") + "\n")
	}
	return strings.Join([]string{r.Method, path, strings.Join(pairs, "&"), headers.String(), s.headers, s.payload}, "\n")
}

// reencode is URI encoding as AWS wants it, of what is encoded in any way.
func reencode(s string) string {
	raw, err := url.QueryUnescape(s)
	if err != nil {
		return s
	}
	return strings.ReplaceAll(url.QueryEscape(raw), "+", "%20")
}
