package signin

import (
	"context"
	"errors"
	"strings"
	"time"

	"golang.org/x/oauth2"
)

// Device is a sign-in that goes on in a browser anywhere (RFC 8628).
type Device struct {
	UserCode string    // what the person types there; printable
	URL      string    // where; https or loopback
	Direct   string    // the same with the code in it, "" if the provider has none
	Expires  time.Time // wall clock

	client   *Client
	provider *provider
	answer   *oauth2.DeviceAuthResponse
}

const (
	deviceLife    = 15 * time.Minute // where the provider does not say, and at most twice that
	pollMost      = 60               // seconds between two polls, at most, as a provider may wish
	codeMost      = 64               // characters of a user code
	pollFallback  = 5                // seconds; RFC 8628 §3.2
	troubleMost   = 5                // answers of trouble in a row that are put up with
	addressMostly = 2048
)

// Device begins a sign-in by code. NoDevice: the provider has none.
func (c *Client) Device(ctx context.Context) (*Device, error) {
	p, err := c.discovered(ctx, true)
	if err != nil {
		return nil, err
	}
	if p.oauth.Endpoint.DeviceAuthURL == "" {
		return nil, failed(NoDevice, nil)
	}
	answer, err := p.oauth.DeviceAuth(c.context(ctx), c.audience()...)
	if err != nil {
		return nil, callError(ctx, "device", err)
	}
	d := &Device{UserCode: answer.UserCode, URL: answer.VerificationURI, Direct: answer.VerificationURIComplete, client: c, provider: p, answer: answer}
	if answer.DeviceCode == "" || !plain(d.UserCode, codeMost) || !plain(d.URL, addressMostly) || CheckEndpoint(d.URL) != nil {
		return nil, wrong("the provider's answer lacks a code or an address that can be shown")
	}
	if d.Direct != "" && (!plain(d.Direct, addressMostly) || CheckEndpoint(d.Direct) != nil) {
		d.Direct = ""
	}
	limit := time.Now().Add(2 * deviceLife)
	if answer.Expiry.IsZero() {
		answer.Expiry = time.Now().Add(deviceLife)
	} else if answer.Expiry.After(limit) {
		answer.Expiry = limit
	}
	if answer.Interval <= 0 {
		answer.Interval = pollFallback
	}
	answer.Interval = min(answer.Interval, pollMost)
	d.Expires = answer.Expiry.Round(0)
	return d, nil
}

// plain tells whether a text can be printed on a terminal as it is.
func plain(s string, most int) bool {
	return s != "" && len(s) <= most && !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' })
}

// Wait polls until the person has finished. A provider that asks for more patience gets it; one that is away for a
// moment is asked again. Errors: Denied, TimedOut, Wrong, those of a call, and the context's.
func (d *Device) Wait(ctx context.Context) (Tokens, error) {
	polling, cancel := context.WithDeadline(ctx, d.answer.Expiry)
	defer cancel()
	for trouble := 0; ; trouble++ {
		answer, err := d.provider.oauth.DeviceAccessToken(d.client.context(polling), d.answer)
		if err == nil {
			return d.client.tokens(ctx, d.provider, answer, time.Now(), "", "", true)
		}
		switch {
		case ctx.Err() != nil:
			return Tokens{}, ctx.Err()
		case polling.Err() != nil, errors.Is(err, context.DeadlineExceeded) && !time.Now().Before(d.answer.Expiry):
			return Tokens{}, failed(TimedOut, nil)
		}
		err = callError(polling, "device", err)
		if kind := KindOf(err); kind != Away && kind != Trouble || trouble >= troubleMost {
			if kind == Needed { // invalid_grant: the code is not taken
				err = failed(Denied, errors.New("the provider does not take its own code"))
			}
			return Tokens{}, err
		}
		d.answer.Interval = min(d.answer.Interval*2, pollMost) // RFC 8628 §3.5: back off
	}
}
