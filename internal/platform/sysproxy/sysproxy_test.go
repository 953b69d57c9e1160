package sysproxy

import (
	"net/url"
	"reflect"
	"testing"
)

func TestInternetOptions(t *testing.T) {
	for _, c := range []struct {
		on               bool
		server, override string
		want             Settings
	}{
		{false, "proxy:8080", "", Settings{}},
		{true, "proxy:8080", "*.hospital.org;10.*;<local>", Settings{HTTP: "proxy:8080", HTTPS: "proxy:8080", Except: []string{"*.hospital.org", "10.*"}, Local: true}},
		{true, "http=a:80;https=http://b:443/;socks=c:1080", "", Settings{HTTP: "a:80", HTTPS: "b:443"}},
		{true, "me:pw@proxy:8080; bad host", "", Settings{}},
	} {
		if got := fromInternetOptions(c.on, c.server, c.override); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%q: %+v", c.server, got)
		}
	}
}

func TestSystemConfiguration(t *testing.T) {
	got := fromSystemConfiguration(`<dictionary> {
  ExceptionsList : <array> {
    0 : *.local
    1 : 169.254/16
  }
  ExcludeSimpleHostnames : 1
  HTTPEnable : 0
  HTTPPort : 8080
  HTTPProxy : plain.example.org
  HTTPSEnable : 1
  HTTPSPort : 3128
  HTTPSProxy : proxy.example.org
}
`)
	want := Settings{HTTPS: "proxy.example.org:3128", Except: []string{"*.local", "169.254/16"}, Local: true}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%+v", got)
	}
}

func TestWhatIsReachedDirectly(t *testing.T) {
	s := Settings{HTTPS: "proxy:3128", Except: []string{"*.local", "169.254/16", "10.1.*", "vault.example.org"}, Local: true}
	for address, direct := range map[string]bool{
		"https://s3.example.org/x": false, "https://nas.local": true, "https://169.254.3.4": true, "https://10.1.2.3": true, "https://10.2.2.3": false,
		"https://VAULT.example.org:8443": true, "https://vault": true, "https://localhost:1": true, "https://127.0.0.2": true, "https://[::1]": true,
		"http://s3.example.org": true, // for which no proxy is named
	} {
		u, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		got := s.For(u)
		if (got == nil) != direct || got != nil && got.String() != "http://proxy:3128" {
			t.Errorf("%s: %v", address, got)
		}
	}
}
