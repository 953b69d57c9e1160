package api

import "time"

// SessionRequest begins a session of a web page with the bearer token of the
// call: the body is an empty object.
type SessionRequest struct{}

// SessionResponse says how long the session's cookie counts. The page begins
// another before: a session is not prolonged.
type SessionResponse struct {
	ExpiresIn int       `json:"expiresIn"` // seconds
	ExpiresAt time.Time `json:"expiresAt"` // by the signer's clock
}

// SignOutResponse is the empty answer of a DELETE of PathSession.
type SignOutResponse struct{}
