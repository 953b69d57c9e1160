package signer_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"

	"longshore/signer/api"
)

// spec is docs/openapi.yaml, read once for all tests.
var spec = sync.OnceValues(func() (*openapi3.T, error) {
	data, err := os.ReadFile("../docs/openapi.yaml")
	if err != nil {
		return nil, err
	}
	doc, err := openapi3.NewLoader().LoadFromData(data)
	if err != nil {
		return nil, err
	}
	return doc, doc.Validate(context.Background(), openapi3.IsOpenAPI31OrLater())
})

// checkExchange holds one exchange of any test against the spec: every answer,
// and every request that was served.
func checkExchange(r *http.Request, body []byte, a answer) error {
	doc, err := spec()
	if err != nil {
		return err
	}
	item := doc.Paths.Value(r.URL.Path)
	if item == nil || item.GetOperation(r.Method) == nil {
		return nil // a test of what does not exist
	}
	in := &openapi3filter.RequestValidationInput{
		Request: r, Options: &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, IncludeResponseStatus: true},
		Route: &routers.Route{Spec: doc, Path: r.URL.Path, PathItem: item, Method: r.Method, Operation: item.GetOperation(r.Method)},
	}
	if a.status == http.StatusOK {
		r.Body = io.NopCloser(strings.NewReader(string(body)))
		if err := openapi3filter.ValidateRequest(r.Context(), in); err != nil {
			return fmt.Errorf("served, but not a request of the spec: %w", err)
		}
	}
	out := &openapi3filter.ResponseValidationInput{RequestValidationInput: in, Status: a.status, Header: a.header, Options: in.Options}
	if err := openapi3filter.ValidateResponse(r.Context(), out.SetBodyBytes(a.body)); err != nil {
		return fmt.Errorf("not an answer of the spec: %w", err)
	}
	return nil
}

func TestSpecHasTheRoutes(t *testing.T) {
	doc, err := spec()
	if err != nil {
		t.Fatal(err)
	}
	if !doc.IsOpenAPI31OrLater() {
		t.Error("the spec is not OpenAPI 3.1")
	}
	want := append(slices.Clone(posts), api.PathSession, api.PathCapabilities, api.PathHealth, api.PathReady)
	got := doc.Paths.InMatchingOrder()
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("paths %v, want %v", got, want)
	}
	v := fakeVault(t, newFake())
	for path, item := range doc.Paths.Map() {
		for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodPatch} {
			a := v.send(method, path, []byte("{}"))
			if inSpec, served := item.GetOperation(method) != nil, a.status != http.StatusMethodNotAllowed; inSpec != served || a.status == http.StatusNotFound {
				t.Errorf("%s %s: in the spec %v, answered %d", method, path, inSpec, a.status)
			}
		}
	}
}

func TestSpecHasTheCodes(t *testing.T) {
	doc, err := spec()
	if err != nil {
		t.Fatal(err)
	}
	var got, want []string
	for _, c := range doc.Components.Schemas["Code"].Value.Enum {
		got = append(got, c.(string))
	}
	for _, c := range api.CodeTable() {
		want = append(want, string(c.Code))
		if c.Message == "" || c.Status < 400 || c.Status > 599 {
			t.Errorf("%s: status %d, message %q", c.Code, c.Status, c.Message)
		}
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("codes of the spec %v\nof the table %v", got, want)
	}
	guide, err := os.ReadFile("../docs/protocol.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range want {
		if !strings.Contains(string(guide), "`"+c+"`") {
			t.Errorf("docs/protocol.md does not explain %s", c)
		}
	}
}

// TestSpecHasTheFields compares each schema with its Go type, field by field.
func TestSpecHasTheFields(t *testing.T) {
	doc, err := spec()
	if err != nil {
		t.Fatal(err)
	}
	types := []any{
		api.InitRequest{}, api.InitResponse{}, api.Object{}, api.Part{}, api.UploadRequest{}, api.AbortResponse{}, api.ListPartsResponse{},
		api.CompleteRequest{}, api.CompletingResponse{}, api.PartURLRequest{}, api.PartURLResponse{}, api.PartToSign{}, api.PartURLsRequest{},
		api.PartURLsResponse{}, api.ObjectToPut{}, api.PutURLsRequest{}, api.PutURL{}, api.PutURLsResponse{}, api.StatObjectsRequest{},
		api.ObjectStat{}, api.StatObjectsResponse{}, api.Capabilities{}, api.Encryption{}, api.Auth{}, api.Health{}, api.Error{},
		api.CompleteBatchRequest{}, api.BatchObject{}, api.CompleteBatchResponse{}, api.Manifest{}, api.ManifestFile{}, api.ManifestObject{}, api.ManifestPage{},
		api.FormRequest{}, api.FormResponse{}, api.SessionRequest{}, api.SessionResponse{}, api.SignOutResponse{},
	}
	left := map[string]bool{}
	for name := range doc.Components.Schemas {
		left[name] = true
	}
	for _, v := range types {
		typ := reflect.TypeOf(v)
		schema := doc.Components.Schemas[typ.Name()]
		if schema == nil {
			t.Errorf("no schema %s", typ.Name())
			continue
		}
		delete(left, typ.Name())
		compareFields(t, typ, schema.Value)
	}
	for _, name := range []string{"Code", "ChecksumMode", "Verified", "Headers"} {
		delete(left, name)
	}
	if len(left) != 0 {
		t.Errorf("schemas without a Go type: %v", left)
	}
}

func compareFields(t *testing.T, typ reflect.Type, schema *openapi3.Schema) {
	t.Helper()
	fields := map[string]bool{}
	for i := range typ.NumField() {
		f := typ.Field(i)
		name, opts, _ := strings.Cut(f.Tag.Get("json"), ",")
		fields[name] = true
		prop := schema.Properties[name]
		if prop == nil {
			t.Errorf("%s lacks %s", typ.Name(), name)
			continue
		}
		if want := jsonType(f.Type); !prop.Value.Type.Is(want) {
			t.Errorf("%s.%s is %v, want %s", typ.Name(), name, prop.Value.Type, want)
		}
		if required := slices.Contains(schema.Required, name); required == strings.Contains(opts, "omitempty") {
			t.Errorf("%s.%s: required %v, but tagged %q", typ.Name(), name, required, f.Tag)
		}
	}
	for name := range schema.Properties {
		if !fields[name] {
			t.Errorf("%s has no field %s", typ.Name(), name)
		}
	}
}

func jsonType(t reflect.Type) string {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t == reflect.TypeFor[time.Time]() {
		return "string"
	}
	switch t.Kind() {
	case reflect.String:
		return "string"
	case reflect.Bool:
		return "boolean"
	case reflect.Int, reflect.Int64:
		return "integer"
	case reflect.Slice:
		return "array"
	}
	return "object"
}
