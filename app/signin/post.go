package signin

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// post sends a form whose answer says nothing but yes or no.
func (c *Client) post(ctx context.Context, address string, form url.Values) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader(form.Encode()))
	if err != nil {
		return failed(Wrong, err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	res, err := c.http.Do(req)
	if err != nil {
		return callError(ctx, "revoke", err)
	}
	defer res.Body.Close()
	if _, err := io.Copy(io.Discard, res.Body); err != nil {
		return callError(ctx, "revoke", err)
	}
	if res.StatusCode != http.StatusOK {
		return failed(Trouble, errors.New("revoke: the provider refused"))
	}
	return nil
}
