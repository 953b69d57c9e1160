package fault

import "time"

// OnDrive says on which device everything below prefix lies, from now on: another number is another mounting.
func (s *Source) OnDrive(prefix string, device uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.device[prefix] = device
}

// Remount puts a drive back as FAT and its like do: inodes and the device have new numbers, times are in steps of two
// seconds and off by shift, and there is no change time.
func (s *Source) Remount(prefix string, device uint64, shift time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.unstable[prefix], s.device[prefix] = true, device
	delete(s.pulled, prefix)
	for path, n := range s.names {
		if within(path, prefix) {
			s.serial++
			again := *n // who has the old one open holds a file of a drive that is gone
			again.number, again.modified, again.change = s.serial, n.modified.Truncate(2*time.Second).Add(shift), time.Time{}
			s.names[path] = &again
		}
	}
}

// Hang makes every call below prefix hang, as on a share whose server is gone: no context ends it. answer lets them go
// on, late, and new ones too; with new alone only those that come from then on.
func (s *Source) Hang(prefix string) (answer func(), newAlone func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	late := make(chan struct{})
	s.hung[prefix] = late
	newAlone = func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.hung[prefix] == late {
			delete(s.hung, prefix)
		}
	}
	return func() {
		newAlone()
		close(late)
	}, newAlone
}

// Hanging is how many calls hang now.
func (s *Source) Hanging() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.hanging
}

// hang is where a call hangs.
func (s *Source) hang(path string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for prefix, late := range s.hung {
		if within(path, prefix) {
			s.hanging++
			s.mu.Unlock()
			<-late
			s.mu.Lock()
			s.hanging--
			return
		}
	}
}
