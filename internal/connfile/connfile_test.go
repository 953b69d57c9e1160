package connfile

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"math/big"
	"reflect"
	"strings"
	"testing"
	"time"
)

const small = `longshore = 1
name = "Radiology North"
signer = "https://vault.example.org"
data-origins = ["https://bucket.example.org"]
[sign-in]
how = "none"
`

func certificate(t testing.TB) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, c, c, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

func TestWhatIsWrittenIsReadBack(t *testing.T) {
	full := File{
		Version: Version, Name: `Radiology "North" – Zürich`, Operator: "Hospital IT", Signer: "https://vault.example.org/north",
		DataOrigins: []string{"https://a.example.org", "https://b.example.org:9000"}, CA: certificate(t) + certificate(t), Proxy: "http://proxy.example.org:3128",
		SignIn: SignIn{How: SignInOIDC, Issuer: "https://login.example.org/realm"}, Defaults: Defaults{Parallel: 12, Limit: "20 MB/s"},
	}
	least := File{Version: Version, Name: "N", Signer: "https://v.example.org", DataOrigins: []string{"https://a.example.org"}, SignIn: SignIn{How: SignInToken}}
	for _, want := range []File{full, least} {
		data, err := want.Encode()
		if err != nil {
			t.Fatal(err)
		}
		got, err := Parse(append([]byte("\ufeff"), data...))
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s\nread as %+v, %v\nwant %+v", data, got, err, want)
		}
	}
}

func TestFaults(t *testing.T) {
	with := func(line string) string { return line + "\n" + small }
	without := func(entry string) string {
		var keep []string
		for _, l := range strings.Split(small, "\n") {
			if !strings.HasPrefix(l, entry) {
				keep = append(keep, l)
			}
		}
		return strings.Join(keep, "\n")
	}
	swap := func(old, new string) string { return strings.Replace(small, old, new, 1) }
	for name, c := range map[string]struct {
		text string
		want Fault
	}{
		"empty":             {"", Fault{Kind: Missing, Key: "longshore"}},
		"a web page":        {"<html>\n", Fault{Kind: NotTOML, Line: 1}},
		"no text":           {"\xff\xfe", Fault{Kind: NotTOML}},
		"newer":             {swap("longshore = 1", "longshore = 2\nmarvel = true"), Fault{Kind: Newer}},
		"version as text":   {swap("longshore = 1", `longshore = "1"`), Fault{Kind: Bad, Key: "longshore"}},
		"too large":         {with("# " + strings.Repeat("x", MaxSize)), Fault{Kind: TooLarge}},
		"no name":           {without("name"), Fault{Kind: Missing, Key: "name"}},
		"no signer":         {without("signer"), Fault{Kind: Missing, Key: "signer"}},
		"no origins":        {without("data-origins"), Fault{Kind: Missing, Key: "data-origins"}},
		"no sign-in":        {without("how"), Fault{Kind: Missing, Key: "sign-in.how"}},
		"unknown entry":     {with("silent = true"), Fault{Kind: Unknown, Key: "silent"}},
		"unknown in a part": {small + "token = \"t\"\n", Fault{Kind: Unknown, Key: "sign-in.token"}},
		"turned name":       {swap("Radiology North", `Radiology\u202ehtroN`), Fault{Kind: Bad, Key: "name"}},
		"two lines":         {swap("Radiology North", `Radiology\nNorth`), Fault{Kind: Bad, Key: "name"}},
		"space in address":  {swap("https://vault.example.org", "https://vault .example.org"), Fault{Kind: Bad, Key: "signer"}},
		"password in proxy": {with(`proxy = "http://me:secret@proxy:3128"`), Fault{Kind: Secret, Key: "proxy"}},
		"no certificate":    {with(`ca = "hello"`), Fault{Kind: Bad, Key: "ca"}},
		"a private key":     {with("ca = '''\n-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n'''"), Fault{Kind: Secret, Key: "ca"}},
		"oidc, no issuer":   {swap(`"none"`, `"oidc"`), Fault{Kind: Missing, Key: "sign-in.issuer"}},
		"issuer for none":   {small + "issuer = \"https://x.example.org\"\n", Fault{Kind: Bad, Key: "sign-in.issuer"}},
		"unknown sign-in":   {swap(`"none"`, `"magic"`), Fault{Kind: Bad, Key: "sign-in.how"}},
		"too many parts":    {small + "[defaults]\nparallel = 65\n", Fault{Kind: Bad, Key: "defaults.parallel"}},
	} {
		_, err := Parse([]byte(c.text))
		var f *Fault
		if !errors.As(err, &f) || *f != c.want {
			t.Errorf("%s: %v, want %v", name, err, &c.want)
		}
	}
	if _, err := Parse([]byte(small)); err != nil {
		t.Errorf("the file that the others are made of: %v", err)
	}
}

// Whatever is dropped on the window: a fault or a file that can be shown, and written again.
func FuzzParse(f *testing.F) {
	f.Add([]byte(small))
	f.Add([]byte(small + "ca = '''" + certificate(f) + "'''\n"))
	f.Add([]byte("longshore = 1\n[sign-in]\nhow=''\n[defaults]\nparallel=3\nlimit='x'\n"))
	f.Add([]byte("longshore = 99999999999999999999"))
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := Parse(data)
		if err != nil {
			var fault *Fault
			if !errors.As(err, &fault) || len(fault.Key) > 40 {
				t.Fatalf("%T %v", err, err)
			}
			return
		}
		again, err := file.Encode()
		if err != nil {
			t.Fatalf("%+v cannot be written: %v", file, err)
		}
		back, err := Parse(again)
		if err != nil {
			t.Fatal(err)
		}
		file.CA, back.CA = "", "" // its blanks may differ
		if !reflect.DeepEqual(file, back) {
			t.Fatalf("%+v became %+v", file, back)
		}
	})
}
