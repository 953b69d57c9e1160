package ui

import (
	"context"

	"longshore/uploader"
)

// fakeDoor is a proxy that wants a password; the zero value is none.
type fakeDoor struct {
	wants  string // the password, "" for none
	given  []ProxyLogin
	locked bool // the keychain is
	other  bool // it takes no password at all
	now    ProxyNow
}

func (d fakeDoor) shut() bool {
	return d.wants != "" && (len(d.given) == 0 || d.given[len(d.given)-1].Password != d.wants)
}

var errProxy = uploader.E("connect", uploader.CodeProxySignIn, nil)

func (q *fakeQueue) ProxyNow(context.Context, uploader.VaultID) (ProxyNow, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.door.now, nil
}

func (q *fakeQueue) ProxyNeeds(context.Context) ([]ProxyNeed, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if !q.door.shut() {
		return nil, nil
	}
	return []ProxyNeed{{Proxy: "http://proxy.example.org:3128", Refused: len(q.door.given) > 0, Other: q.door.other}}, nil
}

func (q *fakeQueue) SetProxyLogin(_ context.Context, l ProxyLogin) error {
	if q.locked(l) {
		return errNoKeychain
	}
	q.change(func() {
		q.door.given = append(q.door.given, l)
		q.door.now.Kept = l.Name != ""
		for i := range q.rows {
			if e := &q.rows[i]; e.Code == uploader.CodeProxySignIn && !q.door.shut() {
				e.State, e.Reason, e.Code = uploader.Uploading, "", ""
			}
		}
	})
	return nil
}

func (q *fakeQueue) locked(l ProxyLogin) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.door.locked && !l.InFile
}
