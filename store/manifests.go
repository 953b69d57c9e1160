package store

import (
	"encoding/json"
	"fmt"

	"longshore/uploader"
)

// Manifests lie among the settings, as JSON under "manifest/BatchID": records by name, that outlive their batch. A
// bucket of their own would be another schema, which an older Longshore could not open.
const manifestPrefix = "manifest/"

func manifestName(batch uploader.BatchID) []byte { return []byte(manifestPrefix + string(batch)) }

func (t *tx) saveManifest(m *uploader.Manifest) error {
	if err := checkID("batch", m.Batch); err != nil {
		return err
	}
	raw, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("store: manifest has no JSON: %w", err)
	}
	return t.put(kindSetting, manifestName(m.Batch), raw)
}

// manifest reads what is known of a batch's manifest; found is false if nothing is.
func (t *tx) manifest(batch uploader.BatchID) (m uploader.Manifest, found bool, err error) {
	payload, err := t.get(kindSetting, manifestName(batch))
	if err != nil || payload == nil {
		return m, false, err
	}
	if json.Unmarshal(payload, &m) != nil {
		return m, false, errDamaged
	}
	return m, true, nil
}

// liveManifests are those that are wanted, and those of batches that are in the queue.
func (t *tx) liveManifests() (live []uploader.Manifest, err error) {
	err = t.each(kindSetting, []byte(manifestPrefix), func(_, payload []byte) error {
		var m uploader.Manifest
		if json.Unmarshal(payload, &m) != nil {
			return errDamaged
		}
		queued, err := t.get(kindBatch, key(string(m.Batch)))
		if err == nil && (queued != nil || m.State == uploader.ManifestWanted) {
			live = append(live, m)
		}
		return err
	})
	return live, err
}

// manifestKeys remembers the last batch's: neighbours in the history mostly share it.
type manifestKeys struct {
	tx    *tx
	batch uploader.BatchID
	key   string
}

func (k *manifestKeys) of(batch uploader.BatchID) (string, error) {
	if batch == k.batch {
		return k.key, nil
	}
	m, _, err := k.tx.manifest(batch)
	if err == nil {
		k.batch, k.key = batch, m.Key
	}
	return m.Key, err
}
