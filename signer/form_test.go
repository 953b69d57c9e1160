package signer_test

import (
	"cmp"
	"context"
	"maps"
	"strconv"
	"testing"

	"longshore/signer"
	"longshore/signer/api"
)

// PresignPost implements signer.FormStorage: the form says what was asked.
func (f *fakeStorage) PresignPost(_ context.Context, in signer.PostInput) (signer.SignedForm, error) {
	leave, err := f.enter("presign-post")
	if err != nil {
		return signer.SignedForm{}, err
	}
	fields := map[string]string{"key": in.Key, "Content-Type": in.ContentType, "policy": "secret", "most": strconv.FormatInt(in.Most, 10)}
	for k, v := range in.Metadata {
		fields["x-amz-meta-"+k] = v
	}
	return signer.SignedForm{URL: "https://secret-host/", Fields: fields, ExpiresIn: cmp.Or(f.expiresIn, in.Lifetime)}, leave(nil)
}

func TestForm(t *testing.T) {
	v := fakeVault(t, newFake(), func(c *signer.Config) { c.AllowForms, c.MaxObjectSize = true, 1<<20 })
	req := api.FormRequest{FileName: "a b.txt", MimeType: "text/plain", Metadata: map[string]string{"ward": "7"}}
	got := mustCall[api.FormResponse](v, api.PathForm, req)
	if got.Fields["key"] != got.ObjectKey || got.Fields["most"] != "1048576" || got.Fields["x-amz-meta-ward"] != "7" || got.Fields["x-amz-meta-upload-ref"] == "" || got.ExpiresIn != 900 {
		t.Errorf("%+v", got)
	}
	bad := req
	bad.FileName = "../x"
	v.wantCode(api.CodeBadName, api.PathForm, bad)
	bad = req
	bad.Metadata = maps.Clone(req.Metadata)
	bad.Metadata["upload-ref"] = "mine"
	v.wantCode(api.CodeBadMetadata, api.PathForm, bad)
}

func TestFormsAreOffUnlessAsked(t *testing.T) {
	req := api.FormRequest{FileName: "a", MimeType: "text/plain"}
	fakeVault(t, newFake()).wantCode(api.CodeSizeRequired, api.PathForm, req)
	sized := fakeVault(t, newFake(), func(c *signer.Config) { c.AllowForms, c.AllowSimpleClients = true, false })
	sized.wantCode(api.CodeSizeRequired, api.PathForm, req)
	_, err := signer.New(signer.Config{Storage: struct{ signer.Storage }{newFake()}, Auth: signer.NoAuth(), NoKMS: true, SealKeys: [][]byte{testSealKey}, AllowForms: true})
	if err == nil {
		t.Error("a storage that signs no forms was taken")
	}
}
