package store

import (
	"errors"
	"maps"
	"os"
	"slices"
	"time"

	bolt "go.etcd.io/bbolt"
)

// create makes a whole new file under a name that is not used, fills it, and gives it its name when it is durable:
// bbolt can be torn by a power cut while it initialises a file.
func create(f folder, name string, schema int, fill func(*bolt.DB) error) (err error) {
	if err := f.remove(fileTemp); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, f.remove(fileTemp))
		}
	}()
	// Synced once, at the end: nobody has seen the file before.
	b, err := bolt.Open(f.path(fileTemp), 0o600, &bolt.Options{Timeout: lockTimeout, NoSync: true, FreelistType: bolt.FreelistMapType})
	if err != nil {
		return err
	}
	err = b.Update(func(bt *bolt.Tx) error {
		for _, k := range slices.Sorted(maps.Keys(bucketNames)) { // the same file each time
			if _, err := bt.CreateBucket([]byte(bucketNames[k])); err != nil {
				return err
			}
		}
		return newTx(bt).setSchema(schema)
	})
	if err == nil && fill != nil {
		err = fill(b)
	}
	if err == nil {
		err = b.Sync()
	}
	if err = errors.Join(err, b.Close()); err != nil {
		return err
	}
	return f.rename(fileTemp, name)
}

// openBolt opens the file for use.
func openBolt(f folder) (*bolt.DB, error) {
	var b *bolt.DB
	err := guard(func() (err error) {
		b, err = bolt.Open(f.path(fileQueue), 0o600, &bolt.Options{
			Timeout: lockTimeout, FreelistType: bolt.FreelistMapType,
		})
		return err
	})
	return b, err
}

// compactAbove is the size from which a mostly empty file is rewritten at Open: bbolt never shrinks one.
const compactAbove = 64 << 20

// compact rewrites a file that is large and more than half free. It reports whether it did.
func compact(f folder, b *bolt.DB, above int64) (bool, error) {
	info, err := os.Stat(f.path(fileQueue))
	if err != nil || info.Size() < above {
		return false, err
	}
	if free := int64(b.Stats().FreePageN) * int64(b.Info().PageSize); free*2 <= info.Size() {
		return false, nil
	}
	if err := f.remove(fileTemp); err != nil {
		return false, err
	}
	to, err := bolt.Open(f.path(fileTemp), 0o600, &bolt.Options{Timeout: lockTimeout, NoSync: true, FreelistType: bolt.FreelistMapType})
	if err != nil {
		return false, err
	}
	err = bolt.Compact(to, b, 4<<20)
	if err == nil {
		err = to.Sync()
	}
	if err = errors.Join(err, to.Close()); err != nil {
		return false, errors.Join(err, f.remove(fileTemp))
	}
	return true, nil
}

// asideName is the name of a damaged file, which is kept.
func asideName(now time.Time) string {
	return setAside + now.UTC().Format("20060102T150405.000000000Z")
}
