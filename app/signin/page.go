package signin

import (
	"fmt"
	"net/http"
)

// page is what the browser shows at the end.
type page struct{ title, text string }

var (
	pageDone     = page{"You are signed in", "Longshore goes on by itself. You can close this window."}
	pageFailed   = page{"This did not work", "You are not signed in. Longshore says why; you can close this window and try again there."}
	pageUsed     = page{"This sign-in is over", "Its page was opened before. You can close this window; if Longshore still asks you to sign in, begin there again."}
	pageStranger = page{"This page is not for you", "It belongs to no sign-in that Longshore is waiting for. You can close this window."}
)

// show writes a page that loads nothing, tells nobody where it came from, and is not kept.
func show(w http.ResponseWriter, status int, p page) {
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = fmt.Fprintf(w, html, p.title, p.title, p.text) // the browser may be gone
}

const html = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Longshore: %s</title>
<style>
:root { color-scheme: light dark }
body { font: 1.1rem/1.5 system-ui, sans-serif; max-width: 32rem; margin: 18vh auto; padding: 0 1.5rem }
h1 { font-size: 1.6rem }
</style></head>
<body><h1>%s</h1><p>%s</p></body></html>
`
