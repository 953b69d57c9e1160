//go:build cgo && unix && !darwin

package place

/*
#cgo LDFLAGS: -lX11
#include <X11/Xlib.h>

// where gives the corner of a window that is shown, without its frame: GLFW gives its windows the static gravity, by
// which a window manager moves them without their frame, too.
static int where(unsigned long window, int *x, int *y) {
	Display *display = XOpenDisplay(NULL);
	XWindowAttributes is;
	Window child;
	int known;
	if (!display) return 0;
	known = XGetWindowAttributes(display, window, &is) && is.map_state == IsViewable &&
		XTranslateCoordinates(display, window, is.root, 0, 0, x, y, &child);
	XCloseDisplay(display);
	return known;
}

static int screen(int *width, int *height) {
	Display *display = XOpenDisplay(NULL);
	if (!display) return 0;
	*width = DisplayWidth(display, DefaultScreen(display));
	*height = DisplayHeight(display, DefaultScreen(display));
	XCloseDisplay(display);
	return 1;
}

static void put(unsigned long window, int x, int y) {
	Display *display = XOpenDisplay(NULL);
	if (!display) return;
	XMoveWindow(display, window, x, y);
	XCloseDisplay(display); // sends what is still to be sent
}
*/
import "C"

import "fyne.io/fyne/v2/driver"

func of(context any) (Point, bool) {
	w, is := context.(driver.X11WindowContext)
	if !is || w.WindowHandle == 0 {
		return Point{}, false
	}
	var x, y C.int
	known := C.where(C.ulong(w.WindowHandle), &x, &y)
	return Point{int(x), int(y)}, known != 0
}

func move(context any, p Point) {
	w, is := context.(driver.X11WindowContext)
	var width, height C.int
	if !is || w.WindowHandle == 0 || C.screen(&width, &height) == 0 || !visible(p, int(width), int(height)) {
		return
	}
	C.put(C.ulong(w.WindowHandle), C.int(p.X), C.int(p.Y))
}
