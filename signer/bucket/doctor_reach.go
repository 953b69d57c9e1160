package bucket

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"longshore/signer"
	"longshore/signer/api"
)

// warnCertificate is how many days before a certificate's end it is mentioned.
const warnCertificate = 21

// ask sends a request without credentials and without following redirects.
func (x *exam) ask(ctx context.Context, method, address string, header http.Header) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, method, address, http.NoBody)
	if err != nil {
		return nil, errors.New("not an address")
	}
	for name, values := range header {
		req.Header[name] = values
	}
	client := http.Client{Transport: x.Transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return client.Do(req)
}

// origins sees whether the data origins can be reached from here, as a client
// of the vault would.
func (x *exam) origins(ctx context.Context) []Check {
	var out []Check
	for _, origin := range x.Vault.DataOrigins() {
		name := "data origin"
		resp, err := x.ask(ctx, http.MethodGet, origin+"/", nil)
		if err != nil {
			text, do := reachTrouble(err)
			out = append(out, Check{name, Broken, origin + " " + text, do})
			continue
		}
		_ = resp.Body.Close()
		out = append(out, transportCheck(name, origin, resp.TLS, x.Now()))
	}
	return out
}

// transportCheck looks at how an address is reached.
func transportCheck(name, origin string, state *tls.ConnectionState, now time.Time) Check {
	if state == nil || len(state.PeerCertificates) == 0 {
		u, _ := url.Parse(origin)
		if u != nil && signer.IsLoopbackHost(u.Hostname()) {
			return Check{name, OK, origin + " answers, by http on this machine alone", ""}
		}
		return Check{name, Broken, origin + " answers by http: clients refuse it beyond their own machine", "serve it by https"}
	}
	left := int(state.PeerCertificates[0].NotAfter.Sub(now).Hours() / 24)
	text := fmt.Sprintf("%s answers; its certificate ends in %s", origin, days(left))
	if left < warnCertificate {
		return Check{name, Warning, text, "renew it"}
	}
	return Check{name, OK, text, ""}
}

// reachTrouble says why an address does not answer. The error's own text may
// hold addresses with queries and is not used.
func reachTrouble(err error) (text, do string) {
	var cert *tls.CertificateVerificationError
	var dns *net.DNSError
	var timeout net.Error
	switch {
	case errors.As(err, &cert):
		return "has a certificate that is not trusted here", "have it signed by an authority that clients trust, or give them its CA file"
	case errors.As(err, &dns):
		return "has no address in DNS from here", "check the name and the resolver"
	case errors.As(err, &timeout) && timeout.Timeout():
		return "does not answer in time", "see what stands between: firewall, proxy, routing"
	}
	return "cannot be reached", "check that it runs, and what stands between: firewall, proxy"
}

// cors sends what a browser sends before a part: a preflight for each origin.
func (x *exam) cors(ctx context.Context) []Check {
	var out []Check
	for _, origin := range x.Want.Origins {
		out = append(out, x.preflight(ctx, origin))
	}
	return out
}

func (x *exam) preflight(ctx context.Context, origin string) Check {
	name := "cors for " + origin
	want, _ := x.Want.CORSRule()
	resp, err := x.ask(ctx, http.MethodOptions, x.Vault.ObjectURL(x.Want.ProbePrefix+"cors"), http.Header{
		"Origin": {origin}, "Access-Control-Request-Method": {"PUT"},
		"Access-Control-Request-Headers": {"content-type,x-amz-checksum-crc64nvme"},
	})
	if err != nil {
		text, do := reachTrouble(err)
		return Check{name, Warning, "the bucket " + text, do}
	}
	_ = resp.Body.Close()
	h := resp.Header
	allowed := h.Get("Access-Control-Allow-Origin")
	switch {
	case resp.StatusCode/100 != 2 || (allowed != "*" && allowed != origin):
		return Check{name, Broken, "a browser on this origin may not send parts", x.corsAdvice()}
	case !listed(h, "Access-Control-Allow-Methods", "PUT"):
		return Check{name, Broken, "a browser on this origin may not use PUT", x.corsAdvice()}
	case !listed(h, "Access-Control-Allow-Headers", "x-amz-checksum-crc64nvme"):
		return Check{name, Broken, "a browser on this origin may not send checksums", x.corsAdvice()}
	case h.Get("Access-Control-Expose-Headers") == "" && x.server == "MinIO":
		return Check{name, OK, "a browser on this origin may send parts; MinIO exposes ETag with the answer itself", ""}
	case h.Get("Access-Control-Expose-Headers") == "":
		return Check{name, Warning, "the answer to a preflight does not say whether a browser can read the ETag of a part", x.corsAdvice()}
	case !listed(h, "Access-Control-Expose-Headers", "ETag"):
		return Check{name, Broken, "a browser on this origin cannot read the ETag of a part, and so cannot complete", x.corsAdvice()}
	}
	for _, e := range want.ExposeHeaders {
		if strings.HasPrefix(e, "x-amz-checksum-") && !listed(h, "Access-Control-Expose-Headers", e) {
			return Check{name, Warning, "a browser on this origin cannot read " + e, x.corsAdvice()}
		}
	}
	return Check{name, OK, "a browser may send parts and read ETag and checksums", ""}
}

func (x *exam) corsAdvice() string {
	if x.server == "MinIO" {
		return unknownAdvice(CORS, x.server)
	}
	return runSetup
}

// listed tells whether a header of names holds one of them, or "*".
func listed(h http.Header, header, name string) bool {
	for _, line := range h.Values(header) {
		for n := range strings.SplitSeq(line, ",") {
			if n = strings.TrimSpace(n); n == "*" || strings.EqualFold(n, name) {
				return true
			}
		}
	}
	return false
}

// signer asks a running signer whether it is well and fits this bucket.
func (x *exam) signer(ctx context.Context) []Check {
	if x.Signer == "" {
		return nil
	}
	base := strings.TrimSuffix(x.Signer, "/")
	asked := x.Now()
	resp, err := x.ask(ctx, http.MethodGet, base+api.PathReady, nil)
	if err != nil {
		text, do := reachTrouble(err)
		return []Check{{"signer", Broken, "it " + text, do}}
	}
	answered := x.Now()
	var health api.Health
	err = decode(resp, &health)
	out := []Check{transportCheck("signer", base, resp.TLS, x.Now())}
	if date, derr := http.ParseTime(resp.Header.Get("Date")); derr == nil {
		for _, c := range clockCheck(Sight{Date: date, Asked: asked, Answered: answered}) {
			c.Name, c.Text = "signer's clock", strings.Replace(c.Text, "the server's", "the signer's", 1)
			out = append(out, c)
		}
	}
	switch {
	case err != nil:
		return append(out, Check{"signer", Broken, fmt.Sprintf("it does not answer like a signer (status %d)", resp.StatusCode), "check the URL given to --signer"})
	case resp.StatusCode != http.StatusOK:
		return append(out, Check{"signer", Broken, "it is not ready", "look at its log; its bucket, credentials or KMS key do not answer"})
	}
	out = append(out, x.capabilities(ctx, base)...)
	for _, origin := range x.Want.Origins {
		out = append(out, x.pages(ctx, base, origin))
	}
	return out
}

// pages asks whether the pages of an origin may call the signer: that the bucket
// lets them in is not enough.
func (x *exam) pages(ctx context.Context, base, origin string) Check {
	name := "signer for " + origin
	resp, err := x.ask(ctx, http.MethodOptions, base+api.PathInitUpload, http.Header{
		"Origin": {origin}, "Access-Control-Request-Method": {http.MethodPost}, "Access-Control-Request-Headers": {"authorization,content-type"},
	})
	if err != nil {
		text, do := reachTrouble(err)
		return Check{name, Broken, "the signer " + text, do}
	}
	_ = resp.Body.Close()
	if resp.StatusCode/100 != 2 || resp.Header.Get("Access-Control-Allow-Origin") != origin {
		return Check{name, Broken, "pages of this origin may not call the signer", "give serve the same --allow-origin"}
	}
	return Check{name, OK, "its pages may call the signer", ""}
}

// capabilities compares what the signer says of its vault with this bucket.
func (x *exam) capabilities(ctx context.Context, base string) []Check {
	const name = "signer's vault"
	resp, err := x.ask(ctx, http.MethodGet, base+api.PathCapabilities, nil)
	if err != nil {
		text, do := reachTrouble(err)
		return []Check{{name, Broken, "the signer " + text, do}}
	}
	var caps api.Capabilities
	if err := decode(resp, &caps); err != nil || resp.StatusCode != http.StatusOK {
		return []Check{{name, Broken, fmt.Sprintf("it does not say what it can (status %d)", resp.StatusCode), "check the URL given to --signer"}}
	}
	mode := api.EncryptionNone
	if x.Want.KMSKey != "" {
		mode = api.EncryptionKMS
	}
	switch {
	case !slices.Equal(caps.DataOrigins, x.Vault.DataOrigins()):
		return []Check{{name, Broken, "it sends bytes elsewhere: " + strings.Join(caps.DataOrigins, ", "), "check bucket, region and endpoint, here or there"}}
	case caps.Encryption.Mode != mode:
		return []Check{{name, Broken, fmt.Sprintf("its encryption is %q, and %q is wanted here", caps.Encryption.Mode, mode), "give both the same --kms-key-id or --no-kms"}}
	}
	return []Check{{name, OK, "it serves this bucket; parts are verified by " + caps.Checksum, ""}}
}

// maxAnswer bounds what is read of a signer's answer, in bytes.
const maxAnswer = 1 << 20

func decode(resp *http.Response, into any) error {
	defer resp.Body.Close()
	return json.NewDecoder(io.LimitReader(resp.Body, maxAnswer)).Decode(into)
}
