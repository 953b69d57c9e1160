package roundtrip

import (
	"time"
	"unsafe"

	"golang.org/x/sys/windows"
)

// sioTCPInfo is SIO_TCP_INFO of mstcpip.h, since Windows 10 1703.
const sioTCPInfo = 0xD8000027

// tcpInfo is TCP_INFO_v0 of mstcpip.h.
type tcpInfo struct {
	state, mss                               uint32
	connectionTimeMs                         uint64
	timestamps                               bool
	rttUs, minRttUs                          uint32
	inFlight, cwnd, sndWnd, rcvWnd, rcvBuf   uint32
	bytesOut, bytesIn                        uint64
	reordered, retrans, fast, dupAcks, overs uint32
	synRetrans                               uint8
}

func ask(fd uintptr) (now, least time.Duration, ok bool) {
	var version, got uint32
	var info tcpInfo
	size := uint32(unsafe.Sizeof(info))
	err := windows.WSAIoctl(windows.Handle(fd), sioTCPInfo, (*byte)(unsafe.Pointer(&version)), uint32(unsafe.Sizeof(version)),
		(*byte)(unsafe.Pointer(&info)), size, &got, nil, 0)
	if err != nil || got != size {
		return 0, 0, false
	}
	return time.Duration(info.rttUs) * time.Microsecond, time.Duration(info.minRttUs) * time.Microsecond, true
}
