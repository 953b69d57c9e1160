package place

import (
	"unsafe"

	"fyne.io/fyne/v2/driver"
	"golang.org/x/sys/windows"
)

// user32 is asked for each function by name: golang.org/x/sys has none of them.
func user32(name string) *windows.LazyProc {
	return windows.NewLazySystemDLL("user32.dll").NewProc(name)
}

func of(context any) (Point, bool) {
	w, is := context.(driver.WindowsWindowContext)
	if !is || w.HWND == 0 {
		return Point{}, false
	}
	if shown, _, _ := user32("IsWindowVisible").Call(w.HWND); shown == 0 {
		return Point{}, false
	}
	if minimised, _, _ := user32("IsIconic").Call(w.HWND); minimised != 0 {
		return Point{}, false
	}
	var frame windows.Rect
	ok, _, _ := user32("GetWindowRect").Call(w.HWND, uintptr(unsafe.Pointer(&frame))) //nolint:gosec // it is written during the call
	return Point{int(frame.Left), int(frame.Top)}, ok != 0
}

// SetWindowPos's flags: SWP_NOSIZE, SWP_NOZORDER, SWP_NOACTIVATE.
const onlyMove = 0x1 | 0x4 | 0x10

// GetSystemMetrics' numbers of the desktop over all screens: SM_XVIRTUALSCREEN and the three after it.
const desktopX, desktopY, desktopWidth, desktopHeight = 76, 77, 78, 79

func move(context any, p Point) {
	w, is := context.(driver.WindowsWindowContext)
	if !is || w.HWND == 0 {
		return
	}
	metric := func(n uintptr) int {
		v, _, _ := user32("GetSystemMetrics").Call(n)
		return int(int32(v)) //nolint:gosec // a C int
	}
	if !visible(Point{p.X - metric(desktopX), p.Y - metric(desktopY)}, metric(desktopWidth), metric(desktopHeight)) {
		return
	}
	_, _, _ = user32("SetWindowPos").Call(w.HWND, 0, uintptr(p.X), uintptr(p.Y), 0, 0, onlyMove) //nolint:gosec // the window stays where it is then
}
