package roundtrip

import (
	"time"

	"golang.org/x/sys/unix"
)

func ask(fd uintptr) (now, least time.Duration, ok bool) {
	info, err := unix.GetsockoptTCPInfo(int(fd), unix.IPPROTO_TCP, unix.TCP_INFO)
	if err != nil || info.Min_rtt == 1<<32-1 { // nothing was answered yet
		return 0, 0, false
	}
	return time.Duration(info.Rtt) * time.Microsecond, time.Duration(info.Min_rtt) * time.Microsecond, true
}
