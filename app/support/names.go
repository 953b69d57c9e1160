package support

import (
	"context"
	"net/url"
	"os"
	"path"
	"slices"
	"strings"

	"longshore/app"
	"longshore/internal/redact"
	"longshore/uploader"
)

const (
	hiddenName = "(name)"
	// shortest is the least length in bytes of a name that is looked for: "1" or "CT" says nothing, and is in every
	// other word.
	shortest = 3
	// mostReceipts is how many receipts are read for their names, newest first: more than a log goes back.
	mostReceipts = 20_000
)

// names knows what files, folders, people and machines are called here, and takes it out of texts.
type names struct {
	known    map[string]bool
	replacer *strings.Replacer // nil until it is needed, and after every new name
}

func newNames() *names { return &names{known: make(map[string]bool)} }

// learn takes in the names of a queue and of what it stored, of this user and of this machine.
func (n *names) learn(ctx context.Context, s app.Session, queue *uploader.Snapshot) {
	for _, e := range queue.Entries.All() {
		n.path(e.Path)
		n.path(e.Name)
	}
	for _, j := range queue.Jobs.All() {
		n.path(j.Path)
		n.path(j.RelPath)
		n.path(j.Key)
	}
	if receipts, err := s.History(ctx, uploader.HistoryQuery{Limit: mostReceipts}); err == nil {
		for _, r := range receipts {
			n.path(r.Path)
			n.path(r.Key)
		}
	}
	if ins, err := s.SignIns(ctx); err == nil {
		for _, in := range ins {
			n.add(in.Who)
		}
	}
	if vaults, err := s.Vaults(ctx); err == nil {
		for _, v := range vaults {
			n.path(v.TokenFile)
			n.path(v.CAFile)
		}
	}
	if home, err := os.UserHomeDir(); err == nil {
		n.path(home)
	}
	if host, err := os.Hostname(); err == nil {
		n.add(host)
	}
}

// path learns each part of a path, in the form of any system, with and without its extension.
func (n *names) path(p string) {
	for _, part := range strings.FieldsFunc(p, func(r rune) bool { return r == '/' || r == '\\' || r == ':' }) {
		n.add(part)
		n.add(strings.TrimSuffix(part, path.Ext(part)))
	}
}

// ordinary are parts of paths that name nobody, and words that a log cannot do without.
var ordinary = []string{"home", "Users", "tmp", "var", "root", "mnt", "media", "run", "usr", "opt", "uploads", "longshore", "Longshore", "localhost"}

func (n *names) add(name string) {
	if len(name) < shortest || slices.Contains(ordinary, name) {
		return
	}
	n.known[name] = true
	n.replacer = nil
	for _, escaped := range []string{url.PathEscape(name), url.QueryEscape(name)} {
		n.known[escaped] = true
	}
}

// hide takes names, paths, addresses and tokens out of a line.
func (n *names) hide(text string) string {
	if n.replacer == nil {
		list := make([]string, 0, len(n.known))
		for name := range n.known {
			list = append(list, name)
		}
		slices.SortFunc(list, func(a, b string) int { return len(b) - len(a) }) // the longest wins
		pairs := make([]string, 0, 2*len(list))
		for _, name := range list {
			pairs = append(pairs, name, hiddenName)
		}
		n.replacer = strings.NewReplacer(pairs...)
	}
	return n.replacer.Replace(redact.Text(text))
}
