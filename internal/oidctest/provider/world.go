package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"html/template"
	"maps"
	"net/http"
	"sync"
	"time"

	"github.com/zitadel/oidc/v3/pkg/op"
)

// Paths beside the protocol's own.
const (
	pathLogin    = "/login"
	pathDevice   = "/device"
	pathSettings = "/control/settings" // PUT: new settings
	pathCounts   = "/control/counts"   // GET: requests so far, by path
)

// world is the whole provider as one handler.
type world struct {
	issuer   string
	storage  *storage
	provider *op.Provider

	mu     sync.Mutex
	counts map[string]int
}

func newWorld(issuer string, s settings) (http.Handler, error) {
	st, err := newStorage(s)
	if err != nil {
		return nil, err
	}
	config := &op.Config{
		CodeMethodS256: true, GrantTypeRefreshToken: true, SupportedScopes: []string{"openid", "profile", "email", "groups", "offline_access"},
		DeviceAuthorization: op.DeviceAuthorizationConfig{
			Lifetime: 5 * time.Minute, PollInterval: time.Second, UserFormPath: pathDevice, UserCode: op.UserCodeBase20,
		},
	}
	_, _ = rand.Read(config.CryptoKey[:]) // never fails
	provider, err := op.NewProvider(config, st, op.StaticIssuer(issuer), op.WithAllowInsecure())
	if err != nil {
		return nil, err
	}
	w := &world{issuer: issuer, storage: st, provider: provider, counts: map[string]int{}}
	mux := http.NewServeMux()
	mux.HandleFunc("PUT "+pathSettings, w.changeSettings)
	mux.HandleFunc("GET "+pathCounts, w.tellCounts)
	mux.HandleFunc("GET "+pathLogin, w.loginPage)
	mux.HandleFunc("POST "+pathLogin, w.login)
	mux.HandleFunc("GET "+pathDevice, w.devicePage)
	mux.HandleFunc("POST "+pathDevice, w.device)
	mux.Handle("/", provider)
	return w.before(mux), nil
}

// before counts each request, fails it in an outage, and reads audience=,
// which the library does not know.
func (w *world) before(next http.Handler) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		control := r.URL.Path == pathSettings || r.URL.Path == pathCounts
		if !control {
			w.mu.Lock()
			w.counts[r.URL.Path]++
			w.mu.Unlock()
			if w.storage.current().Outage {
				http.Error(rw, "out of order", http.StatusServiceUnavailable)
				return
			}
			if wish := r.FormValue("audience"); wish != "" {
				r = r.WithContext(context.WithValue(r.Context(), audienceKey{}, wish))
			}
		}
		next.ServeHTTP(rw, r)
	})
}

func (w *world) changeSettings(rw http.ResponseWriter, r *http.Request) {
	var s settings
	err := json.NewDecoder(r.Body).Decode(&s)
	if err == nil {
		err = w.storage.change(s)
	}
	if err != nil {
		http.Error(rw, err.Error(), http.StatusBadRequest)
	}
}

func (w *world) tellCounts(rw http.ResponseWriter, _ *http.Request) {
	w.mu.Lock()
	counts := maps.Clone(w.counts)
	w.mu.Unlock()
	_ = json.NewEncoder(rw).Encode(counts) // the test will notice a short answer
}

var page = template.Must(template.New("").Parse(`<!doctype html><title>Test provider</title>
<h1>{{.Title}}</h1>{{with .Note}}<p>{{.}}</p>{{end}}
{{if .Form}}<form method="post">
{{with .ID}}<input type="hidden" name="id" value="{{.}}">{{end}}
{{if .Device}}<label>Code <input name="user_code" value="{{.Code}}"></label>{{end}}
<label>Name <input name="username" autofocus></label>
<label>Password <input name="password" type="password"></label>
<button name="action" value="allow">Sign in</button>
{{if .Device}}<button name="action" value="deny">Refuse</button>{{end}}
</form>{{end}}
`))

// view is what a page shows.
type view struct {
	Title, Note  string
	ID, Code     string
	Form, Device bool
}

func show(rw http.ResponseWriter, status int, v view) {
	rw.Header().Set("Content-Type", "text/html; charset=utf-8")
	rw.WriteHeader(status)
	_ = page.Execute(rw, v) // a browser that went away is no concern
}

func (w *world) loginPage(rw http.ResponseWriter, r *http.Request) {
	show(rw, http.StatusOK, view{Title: "Sign in", Form: true, ID: r.FormValue("id")})
}

func (w *world) login(rw http.ResponseWriter, r *http.Request) {
	id := r.FormValue("id")
	u, ok := w.storage.check(r.FormValue("username"), r.FormValue("password"))
	if !ok {
		show(rw, http.StatusUnauthorized, view{Title: "Sign in", Note: "Wrong name or password.", Form: true, ID: id})
		return
	}
	if !w.storage.finish(id, u.Subject) {
		show(rw, http.StatusBadRequest, view{Title: "Sign in", Note: "This sign-in is over; begin again."})
		return
	}
	back := op.AuthCallbackURL(w.provider)(op.ContextWithIssuer(r.Context(), w.issuer), id)
	http.Redirect(rw, r, back, http.StatusFound)
}

func (w *world) devicePage(rw http.ResponseWriter, r *http.Request) {
	show(rw, http.StatusOK, view{Title: "Connect a device", Form: true, Device: true, Code: r.FormValue("user_code")})
}

func (w *world) device(rw http.ResponseWriter, r *http.Request) {
	code := r.FormValue("user_code")
	again := view{Title: "Connect a device", Form: true, Device: true, Code: code}
	u, ok := w.storage.check(r.FormValue("username"), r.FormValue("password"))
	if !ok {
		again.Note = "Wrong name or password."
		show(rw, http.StatusUnauthorized, again)
		return
	}
	allow := r.FormValue("action") != "deny"
	if !w.storage.decide(code, u.Subject, allow) {
		again.Note = "There is no such code."
		show(rw, http.StatusNotFound, again)
		return
	}
	show(rw, http.StatusOK, view{Title: "Done", Note: "You can close this window."})
}
