package ui

import (
	"context"

	"longshore/ui/words"
	"longshore/uploader"
)

// namesWatch finds drops in which something is called as patients are, each once.
type namesWatch struct {
	seen uploader.Pages[uploader.EntryRow] // looked through before
	told map[uploader.BatchID]bool
}

// fresh returns an entry of each drop that is new to it. Only pages that changed are looked at.
func (n *namesWatch) fresh(rows uploader.Pages[uploader.EntryRow]) []*uploader.EntryRow {
	var list []*uploader.EntryRow
	for i := range rows.Len() {
		if rows.SamePage(n.seen, i) {
			continue
		}
		if e := rows.At(i); e.Personal && !n.told[e.Batch] {
			if n.told == nil {
				n.told = map[uploader.BatchID]bool{}
			}
			n.told[e.Batch] = true
			list = append(list, e)
		}
	}
	n.seen = rows
	return list
}

// watchNames warns of names that look like patients' and that the vault stores. The vault is asked, since its rules may
// have changed; one that cannot be reached counts as one that stores them.
func (w *window) watchNames(s *uploader.Snapshot) {
	for _, e := range w.names.fresh(s.Entries) {
		v, ok := w.vault(e.Vault)
		if !ok {
			continue
		}
		name := words.Name(v.Name)
		if name == "" {
			name = words.Host(v.SignerURL)
		}
		w.work.alone(func(ctx context.Context) {
			caps, err := w.queue.CheckVault(ctx, Address{Signer: v.SignerURL, TokenFile: v.TokenFile, CAFile: v.CAFile})
			w.bridge.Post(func() {
				if err != nil || caps.StoresNames() {
					w.tell(words.Saying(words.NamesStored, "vault", name))
				}
			})
		})
	}
}
