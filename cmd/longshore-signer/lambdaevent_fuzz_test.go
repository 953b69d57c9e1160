package main

import (
	"io"
	"net/http"
	"testing"
)

// FuzzLambdaEvent reads whatever may come as an event: what is taken for a
// request is one that net/http could have handed on, and is answered.
func FuzzLambdaEvent(f *testing.F) {
	f.Add(event(http.MethodPost, "/v1/init-upload", "token", `{"a":1}`, true, "a=b", "c=d"))
	f.Add(event(http.MethodGet, "/v1/%2e%2e/x?a=%zz", "", "", false))
	f.Add([]byte(`{"version":"2.0","rawPath":"/","rawQueryString":"\u0000","headers":{"host":"h","":"x","a\nb":"c"},"requestContext":{"http":{"method":"GET","sourceIp":"1"}}}`))
	f.Add([]byte(`{"version":"2.0","rawPath":"//evil/x","requestContext":{"http":{"method":"a b"}}}`))
	f.Add([]byte(`{"version":"1.0"}`))
	f.Add([]byte(`[]`))
	f.Fuzz(func(t *testing.T, data []byte) {
		e, err := decodeEvent(data)
		if err != nil {
			return
		}
		req, err := e.request(t.Context())
		if err != nil {
			return
		}
		if req.URL.Host != "" || req.Method == "" || req.Body == nil {
			t.Errorf("%+v", req)
		}
		a := answerTo(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, err := io.ReadAll(r.Body)
			if err != nil {
				t.Error(err)
			}
			_, _ = w.Write(body)
		}), req)
		if a.StatusCode != http.StatusOK {
			t.Errorf("%+v", a)
		}
	})
}
