package signer

import (
	"net/http"

	"longshore/signer/api"
)

// capabilities answers without a token, since it is where a client learns how
// to sign in; what is not for everybody needs one.
func (s *Signer) capabilities(_ http.ResponseWriter, r *http.Request, c *call) (int, any, error) {
	mode, err := s.mode()
	if err != nil {
		return 0, nil, err
	}
	caps := api.Capabilities{
		Protocol: api.Version, Name: s.cfg.Name, Checksum: mode,
		URLLifetime: int(s.cfg.URLLifetime.Seconds()),
		MaxBatch:    api.MaxBatch, MaxParts: api.MaxParts,
		MinPartSize: api.MinPartSize, MaxPartSize: api.MaxPartSize,
		MaxObjectSize: s.cfg.MaxObjectSize, PartSize: s.cfg.PartSize,
		DataOrigins:       s.storage.DataOrigins(),
		Encryption:        api.Encryption{Mode: s.encryptionMode()},
		Auth:              api.Auth{Type: s.cfg.Auth.Type()},
		ConditionalWrites: !s.cfg.NoConditionalWrites,
		SimpleClients:     s.cfg.AllowSimpleClients,
	}
	if p, ok := s.cfg.Auth.Authenticate(r); ok {
		c.principal = p
		caps.Encryption.KeyID = s.cfg.KMSKeyID
	}
	return http.StatusOK, caps, nil
}

// health says that the process serves.
func (s *Signer) health(http.ResponseWriter, *http.Request, *call) (int, any, error) {
	return http.StatusOK, api.Health{Status: "ok"}, nil
}

// readiness says that the storage was probed and calls can be served.
func (s *Signer) readiness(http.ResponseWriter, *http.Request, *call) (int, any, error) {
	if _, ok := s.probe.result(); !ok {
		return http.StatusServiceUnavailable, api.Health{Status: "not_ready", Reason: s.probe.reason()}, nil
	}
	return http.StatusOK, api.Health{Status: "ok"}, nil
}
