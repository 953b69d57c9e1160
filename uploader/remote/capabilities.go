package remote

import (
	"context"
	"errors"
	"net/http"
	"time"

	"longshore/signer/api"
	"longshore/uploader"
)

// maxLifetime is the longest a signed URL can live (AWS docs, "Sharing objects with presigned URLs").
const maxLifetime = 7 * 24 * time.Hour

// Capabilities implements uploader.Signer. An answer that is JSON but not a signer's is CodeWrongAddress. The data
// origins come back in the form of Origin.
func (s *Signer) Capabilities(ctx context.Context) (uploader.Capabilities, error) {
	return s.capabilities(ctx, true)
}

// capabilities asks with the token or, open, without: a signer tells who is signed in what holds for them.
func (s *Signer) capabilities(ctx context.Context, open bool) (uploader.Capabilities, error) {
	const op = "capabilities"
	var a api.Capabilities
	_, err := s.do(ctx, call{op: op, method: http.MethodGet, path: api.PathCapabilities, open: open}, &a)
	switch {
	case err != nil:
		return uploader.Capabilities{}, err
	case a.Protocol == 0:
		return uploader.Capabilities{}, uploader.E(op, uploader.CodeWrongAddress, errors.New("the answer names no protocol"))
	case a.Protocol != api.Version:
		return uploader.Capabilities{}, badResponse(op, "the vault speaks a newer protocol; update Longshore")
	case !knownMode(a.Checksum), a.Encryption.Mode == "", a.Auth.Type == "":
		return uploader.Capabilities{}, badResponse(op, "checksum, encryption or sign-in is missing or unknown")
	}
	if err := checkLimits(a); err != nil {
		return uploader.Capabilities{}, err
	}
	origins, err := checkOrigins(a.DataOrigins)
	if err != nil {
		return uploader.Capabilities{}, err
	}
	oidc, err := checkSignIn(a.Auth)
	if err != nil {
		return uploader.Capabilities{}, err
	}
	return uploader.Capabilities{
		Name: a.Name, Checksum: uploader.Checksum(a.Checksum),
		MinPartSize: a.MinPartSize, MaxPartSize: a.MaxPartSize, PartSize: a.PartSize,
		MaxParts: a.MaxParts, MaxObject: a.MaxObjectSize,
		URLLifetime: time.Duration(a.URLLifetime) * time.Second,
		DataOrigins: origins, Encryption: a.Encryption.Mode, SignIn: a.Auth.Type, OIDC: oidc,
		ManifestPage: max(0, min(a.ManifestPage, api.MaxManifestPage)),
		Names:        namesOf(a.Names), ManifestNames: a.ManifestNames,
	}, nil
}

// namesOf takes what is not said, or not known here, for all: a signer that makes keys of names must get them.
func namesOf(said string) uploader.Names {
	switch n := uploader.Names(said); n {
	case uploader.NamesExtension, uploader.NamesNone:
		return n
	}
	return uploader.NamesPath
}

func checkLimits(a api.Capabilities) error {
	ok := a.MinPartSize > 0 && a.MinPartSize <= a.MaxPartSize && a.MaxPartSize <= api.MaxPartSize &&
		a.MaxParts > 0 && a.MaxParts <= api.MaxParts && a.MaxObjectSize >= 0 &&
		a.PartSize >= 0 && a.URLLifetime > 0
	if !ok {
		return badResponse("capabilities", "the limits make no sense")
	}
	return nil
}

// checkSignIn reads how to sign in at an issuer. Whether the issuer may be asked is for whoever asks it.
func checkSignIn(a api.Auth) (uploader.OIDC, error) {
	if a.Type != api.AuthOIDC {
		return uploader.OIDC{}, nil
	}
	if a.Issuer == "" || a.ClientID == "" || a.Token != "" && a.Token != api.TokenAccess && a.Token != api.TokenID {
		return uploader.OIDC{}, badResponse("capabilities", "how to sign in is missing or unknown")
	}
	return uploader.OIDC{
		Issuer: a.Issuer, ClientID: a.ClientID, Scopes: a.Scopes, Audience: a.Audience,
		IDToken: a.Token == api.TokenID, TokenFiles: a.Tokens,
	}, nil
}

func checkOrigins(raw []string) ([]string, error) {
	if len(raw) == 0 {
		return nil, badResponse("capabilities", "no data origin is named")
	}
	origins := make([]string, len(raw))
	for i, r := range raw {
		o, err := Origin(r)
		if err != nil {
			return nil, badResponse("capabilities", "a data origin "+err.Error())
		}
		origins[i] = o
	}
	return origins, nil
}

func knownMode(mode string) bool {
	switch mode {
	case api.ChecksumCRC64NVME, api.ChecksumMD5, api.ChecksumNone:
		return true
	}
	return false
}

// CheckSignIn tells whether the signer takes the token; CodeUnauthorized if not. It asks for the state of no object at
// all, which has no effect and is refused only after the caller is known. Any other failure says nothing about the
// sign-in and is nil.
func (s *Signer) CheckSignIn(ctx context.Context) error {
	err := s.post(ctx, "sign-in", api.PathStatObjects, api.StatObjectsRequest{ObjectKeys: []string{}}, &api.StatObjectsResponse{})
	if uploader.CodeOf(err) == uploader.CodeUnauthorized {
		return err
	}
	return nil
}
