package power

import (
	"context"
	"unsafe"

	"golang.org/x/sys/windows"
)

// reasonContext is REASON_CONTEXT with a simple string.
type reasonContext struct {
	version, flags uint32
	reason         *uint16
	_              [2]uintptr // the rest of the union, which holds more in its other form
}

const (
	simpleString   = 1 // POWER_REQUEST_CONTEXT_SIMPLE_STRING
	systemRequired = 1 // PowerRequestSystemRequired: the display may turn off
)

// hold makes a power request, which `powercfg /requests` lists with its reason. It belongs to the process, not to a
// thread as SetThreadExecutionState does.
func hold(_ context.Context, program, why string) (*Lock, error) {
	text, err := windows.UTF16PtrFromString(program + ": " + why)
	if err != nil {
		return nil, err
	}
	kernel := windows.NewLazySystemDLL("kernel32.dll")
	create, set := kernel.NewProc("PowerCreateRequest"), kernel.NewProc("PowerSetRequest")
	for _, p := range []*windows.LazyProc{create, set} {
		if err := p.Find(); err != nil {
			return nil, err
		}
	}
	reason := reasonContext{flags: simpleString, reason: text}
	r, _, err := create.Call(uintptr(unsafe.Pointer(&reason))) //nolint:gosec // it is read during the call
	request := windows.Handle(r)
	if request == windows.InvalidHandle || request == 0 {
		return nil, err
	}
	if ok, _, err := set.Call(uintptr(request), systemRequired); ok == 0 {
		_ = windows.CloseHandle(request) // what was asked for has failed already
		return nil, err
	}
	return &Lock{How: "power request", release: func() error { return windows.CloseHandle(request) }}, nil // which clears it
}
