package sim

import (
	"maps"
	"path"
	"slices"
	"strings"
	"sync"

	"longshore/internal/fault"
)

// disk is where the files lie: fault.Source, and a memory of every version a file ever had.
type disk struct {
	*fault.Source
	mu       sync.Mutex
	versions map[string][][]byte // by path, the last is there now
	absent   map[string]bool
	restless map[string]bool // was removed at some time
}

func newDisk() *disk {
	return &disk{
		Source: fault.NewSource(), versions: map[string][][]byte{}, absent: map[string]bool{}, restless: map[string]bool{},
	}
}

// put makes a version; the memory has it before the disk, so that nothing can be sent that it does not know.
func (d *disk) put(name string, data []byte, write func()) {
	d.mu.Lock()
	d.versions[name] = append(d.versions[name], data)
	delete(d.absent, name)
	d.mu.Unlock()
	write()
}

func (d *disk) write(name string, data []byte) {
	d.put(name, data, func() { d.Write(name, data) })
}

// edit changes some bytes in place.
func (d *disk) edit(name string, off int, data []byte) {
	now := slices.Clone(d.now(name))
	if off > len(now) {
		off = len(now)
	}
	now = append(now[:off], append(data, now[min(len(now), off+len(data)):]...)...)
	d.put(name, now, func() { d.Edit(name, int64(off), data) })
}

func (d *disk) truncate(name string, size int) {
	now := d.now(name)
	size = min(size, len(now))
	d.put(name, slices.Clone(now[:size]), func() { d.Truncate(name, int64(size)) })
}

func (d *disk) replace(name string, data []byte) {
	d.put(name, data, func() { d.Replace(name, data) })
}

func (d *disk) remove(name string) {
	d.mu.Lock()
	d.absent[name], d.restless[name] = true, true
	d.mu.Unlock()
	d.Remove(name)
}

func (d *disk) now(name string) []byte {
	d.mu.Lock()
	defer d.mu.Unlock()
	v := d.versions[name]
	return v[len(v)-1]
}

func (d *disk) isAbsent(name string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.absent[name]
}

// version tells whether a file had these bytes at some time.
func (d *disk) version(name string, data []byte) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return sameBytes(d.versions[name], data)
}

// names lists every file there ever was.
func (d *disk) names() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Sorted(maps.Keys(d.versions))
}

// steady lists the files at or below a root that were never removed.
func (d *disk) steady(root string) []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	var list []string
	for name := range d.versions {
		if (name == root || strings.HasPrefix(name, root+"/")) && !d.restless[name] {
			list = append(list, name)
		}
	}
	return list
}

// pathOf finds the file by the end of its key: its name, or the way to it from the dropped folder on.
func (d *disk) pathOf(label string) (string, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for name := range d.versions {
		if path.Base(name) == label || strings.HasSuffix(name, "/"+label) {
			return name, true
		}
	}
	return "", false
}
