package main

import (
	"context"
	"fmt"
	"time"

	"longshore/app"
	"longshore/uploader"
)

// manifestsWithin is how long a command waits for manifests without hearing of one. What is left is asked for at the
// next start.
const manifestsWithin = 2 * time.Minute

// waitForManifests waits for the manifests of what was followed, or of all with no ids, and says what became of them.
// The files are stored whatever it says.
func (c *cli) waitForManifests(ctx context.Context, s app.Session, ids []uploader.EntryID) {
	ctx, cancel := context.WithTimeout(ctx, manifestsWithin)
	defer cancel()
	changed, stop := s.Subscribe()
	defer stop()
	for {
		snap := s.Snapshot()
		if wanted(snap, ids) == 0 {
			c.sayManifests(snap, ids)
			return
		}
		select {
		case <-changed:
			continue
		case <-ctx.Done():
		case <-s.Ended():
		}
		c.say("The manifest is not stored yet; Longshore asks for it again at its next start.")
		return
	}
}

// wanted is how many manifests are waited for.
func wanted(snap *uploader.Snapshot, ids []uploader.EntryID) (n int) {
	if ids == nil {
		return snap.Totals.Manifests
	}
	for _, row := range rowsOf(snap, ids) {
		if row.Manifest == uploader.ManifestWanted {
			n++
		}
	}
	return n
}

// rowsOf gives one row for each drop.
func rowsOf(snap *uploader.Snapshot, ids []uploader.EntryID) map[uploader.BatchID]*uploader.EntryRow {
	followed := make(map[uploader.EntryID]bool, len(ids))
	for _, id := range ids {
		followed[id] = true
	}
	rows := make(map[uploader.BatchID]*uploader.EntryRow)
	for _, row := range snap.Entries.All() {
		if followed[row.ID] {
			rows[row.Batch] = row
		}
	}
	return rows
}

// sayManifests says which manifests are stored, and which the vault does not write.
func (c *cli) sayManifests(snap *uploader.Snapshot, ids []uploader.EntryID) {
	for _, row := range rowsOf(snap, ids) {
		switch row.Manifest {
		case uploader.ManifestStored:
			c.say(fmt.Sprintf("Manifest stored: %s", printable(row.ManifestKey)))
		case uploader.ManifestPartly:
			if row.LeftOut > 0 {
				c.say("There is no manifest of these files: some are in the vault from before and were left out.")
			}
		case uploader.ManifestRefused:
			c.say("The vault did not write the manifest of these files; the files themselves are stored. Tell your administrator.")
		}
	}
}
