package signin

import (
	"fmt"
	"net/http"
	"strings"
)

// page is what the browser shows at the end.
type page int

const (
	pageDone page = iota
	pageFailed
	pageUsed
	pageStranger
)

// text is a page in a language.
type text struct{ title, body string }

// texts are the pages in the languages of the window (assets/translations). They are here, since this package is in
// programs without a window, too.
func texts() map[string][pageStranger + 1]text {
	return map[string][pageStranger + 1]text{
		"en": {
			pageDone:     {"You are signed in", "Longshore goes on by itself. You can close this window."},
			pageFailed:   {"This did not work", "You are not signed in. Longshore says why; you can close this window and try again there."},
			pageUsed:     {"This sign-in is over", "Its page was opened before. You can close this window; if Longshore still asks you to sign in, begin there again."},
			pageStranger: {"This page is not for you", "It belongs to no sign-in that Longshore is waiting for. You can close this window."},
		},
		"de": {
			pageDone:     {"Sie sind angemeldet", "Longshore macht von selbst weiter. Sie können dieses Fenster schließen."},
			pageFailed:   {"Das hat nicht geklappt", "Sie sind nicht angemeldet. Longshore sagt, warum; Sie können dieses Fenster schließen und es dort noch einmal versuchen."},
			pageUsed:     {"Diese Anmeldung ist vorbei", "Ihre Seite wurde schon einmal geöffnet. Sie können dieses Fenster schließen; wenn Longshore noch immer um die Anmeldung bittet, beginnen Sie dort von vorn."},
			pageStranger: {"Diese Seite ist nicht für Sie", "Sie gehört zu keiner Anmeldung, auf die Longshore wartet. Sie können dieses Fenster schließen."},
		},
		"fr": {
			pageDone:     {"Vous êtes connecté", "Longshore continue de lui-même. Vous pouvez fermer cette fenêtre."},
			pageFailed:   {"Cela n’a pas fonctionné", "Vous n’êtes pas connecté. Longshore dit pourquoi ; vous pouvez fermer cette fenêtre et y réessayer."},
			pageUsed:     {"Cette connexion est terminée", "Sa page a déjà été ouverte. Vous pouvez fermer cette fenêtre ; si Longshore vous demande encore de vous connecter, recommencez-y."},
			pageStranger: {"Cette page n’est pas pour vous", "Elle n’appartient à aucune connexion que Longshore attend. Vous pouvez fermer cette fenêtre."},
		},
		"es": {
			pageDone:     {"Ha iniciado sesión", "Longshore continúa por sí solo. Puede cerrar esta ventana."},
			pageFailed:   {"No ha funcionado", "No ha iniciado sesión. Longshore dice por qué; puede cerrar esta ventana e intentarlo allí de nuevo."},
			pageUsed:     {"Este inicio de sesión ha terminado", "Su página ya se abrió antes. Puede cerrar esta ventana; si Longshore aún le pide iniciar sesión, empiece allí de nuevo."},
			pageStranger: {"Esta página no es para usted", "No pertenece a ningún inicio de sesión que Longshore espere. Puede cerrar esta ventana."},
		},
	}
}

// language is the first of the languages that a browser's person reads (Accept-Language, which browsers keep in order)
// that there are texts in.
func language(accepted string) string {
	for part := range strings.SplitSeq(accepted, ",") {
		tag, _, _ := strings.Cut(strings.TrimSpace(part), ";")
		primary, _, _ := strings.Cut(strings.ToLower(strings.TrimSpace(tag)), "-")
		if _, ok := texts()[primary]; ok {
			return primary
		}
	}
	return "en"
}

// show writes a page, in the language of who reads it, that loads nothing, tells nobody where it came from, and is not
// kept.
func show(w http.ResponseWriter, r *http.Request, status int, p page) {
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	l := language(r.Header.Get("Accept-Language"))
	t := texts()[l][p]
	_, _ = fmt.Fprintf(w, html, l, t.title, t.title, t.body) // the browser may be gone
}

const html = `<!doctype html>
<html lang="%s"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Longshore: %s</title>
<style>
:root { color-scheme: light dark }
body { font: 1.1rem/1.5 system-ui, sans-serif; max-width: 32rem; margin: 18vh auto; padding: 0 1.5rem }
h1 { font-size: 1.6rem }
</style></head>
<body><h1>%s</h1><p>%s</p></body></html>
`
