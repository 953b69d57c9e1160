package signer

import (
	"net/http"
	"time"

	"longshore/signer/api"
)

// capabilities answers without a token, since it is where a client learns how
// to sign in; what is not for everybody needs one.
// Limits are those of the caller's group, or the widest there are: a client
// must not give up on a file before anybody has signed in.
func (s *Signer) capabilities(_ http.ResponseWriter, r *http.Request, c *call) (int, any, error) {
	mode, err := s.mode()
	if err != nil {
		return 0, nil, err
	}
	now := s.policy()
	caps := api.Capabilities{
		Protocol: api.Version, Name: s.cfg.Name, Checksum: mode,
		URLLifetime: int(s.cfg.URLLifetime.Seconds()),
		MaxBatch:    api.MaxBatch, MaxParts: api.MaxParts,
		MinPartSize: api.MinPartSize, MaxPartSize: api.MaxPartSize,
		MaxObjectSize: now.largest(), PartSize: s.cfg.PartSize,
		DataOrigins:       s.storage.DataOrigins(),
		Encryption:        api.Encryption{Mode: s.encryptionMode()},
		Auth:              s.cfg.Auth.Describe(),
		ConditionalWrites: !s.cfg.NoConditionalWrites,
		SimpleClients:     now.defaults.simpleClients,
		ManifestPage:      api.MaxManifestPage,
		Names:             now.names(),
		ManifestNames:     s.cfg.ManifestNames,
	}
	if s.signIn(r, c) == nil {
		if err := s.pass(r.Context(), c); err != nil {
			return 0, nil, err
		}
		caps.Encryption.KeyID = c.rules.kmsKeyID
		caps.MaxObjectSize, caps.SimpleClients = c.rules.maxObjectSize, c.rules.simpleClients
		caps.Names = c.rules.template.names()
	}
	return http.StatusOK, caps, nil
}

// health says that the process serves.
func (s *Signer) health(http.ResponseWriter, *http.Request, *call) (int, any, error) {
	return http.StatusOK, api.Health{Status: "ok"}, nil
}

// readiness says that the storage was probed and still answers, callers can be
// told apart, and calls can be served.
func (s *Signer) readiness(http.ResponseWriter, *http.Request, *call) (int, any, error) {
	s.asked.Store(time.Now().UnixNano())
	if why := s.notReady(); why != "" {
		return http.StatusServiceUnavailable, api.Health{Status: "not_ready", Reason: why}, nil
	}
	return http.StatusOK, api.Health{Status: "ok"}, nil
}
