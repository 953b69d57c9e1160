package sleep

import (
	"context"
	"runtime"
	"unsafe"

	"golang.org/x/sys/windows"
)

// notifyParameters is DEVICE_NOTIFY_SUBSCRIBE_PARAMETERS.
type notifyParameters struct{ callback, context uintptr }

const (
	byCallback      = 2    // DEVICE_NOTIFY_CALLBACK: no window is needed
	resumeAutomatic = 0x12 // PBT_APMRESUMEAUTOMATIC comes at every resume, with or without a person
)

// watch registers a callback with the power manager, which calls it on a thread of its own.
func watch(ctx context.Context, woke func()) error {
	lib := windows.NewLazySystemDLL("powrprof.dll")
	register, unregister := lib.NewProc("PowerRegisterSuspendResumeNotification"), lib.NewProc("PowerUnregisterSuspendResumeNotification")
	for _, p := range []*windows.LazyProc{register, unregister} {
		if err := p.Find(); err != nil {
			return ErrNone
		}
	}
	resumed := make(chan struct{}, 1)
	parameters := &notifyParameters{callback: windows.NewCallback(func(_, kind, _ uintptr) uintptr {
		if kind == resumeAutomatic {
			select {
			case resumed <- struct{}{}:
			default: // one is waiting to be told
			}
		}
		return 0
	})}
	var pinned runtime.Pinner // the system keeps the address
	pinned.Pin(parameters)
	defer pinned.Unpin()
	var handle uintptr
	if code, _, _ := register.Call(byCallback, uintptr(unsafe.Pointer(parameters)), uintptr(unsafe.Pointer(&handle))); code != 0 { //nolint:gosec // as the system wants it
		return windows.Errno(code)
	}
	defer unregister.Call(handle) //nolint:errcheck // nothing is left to do if it fails
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-resumed:
			woke()
		}
	}
}
