package companion

import (
	"net/http"
	"strings"

	"longshore/signer/api"
)

// formAnswer is a form that sends one small file to S3.
type formAnswer struct {
	Method  string            `json:"method"`
	URL     string            `json:"url"`
	Fields  map[string]string `json:"fields"`
	Expires int               `json:"expires"`
}

// form signs a form for one small file. Its metadata are in the query, as
// metadata[name]=value.
func (h handler) form(r *http.Request) reply {
	query := r.URL.Query()
	values := map[string]string{}
	for name := range query {
		if field, ok := strings.CutPrefix(name, "metadata["); ok && strings.HasSuffix(field, "]") {
			values[strings.TrimSuffix(field, "]")] = query.Get(name)
		}
	}
	f, err := describe(query.Get("filename"), query.Get("type"), values)
	if err != nil {
		return h.refuse(r, api.CodeBadMetadata, capital(err.Error())+".")
	}
	var form api.FormResponse
	answer, ok := h.post(r, api.PathForm, api.FormRequest{
		FileName: f.name, MimeType: f.mimeType, RelativePath: f.path, Metadata: f.metadata,
	}, &form)
	if !ok {
		return answer
	}
	return answer.with(http.StatusOK, formAnswer{Method: http.MethodPost, URL: form.URL, Fields: form.Fields, Expires: form.ExpiresIn})
}
