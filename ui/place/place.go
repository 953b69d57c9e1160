// Package place tells where a window stands on the screen and puts it there again, which the toolkit cannot do.
//
// It must not know what the window shows, nor where its place is kept.
package place

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver"
)

// Point is the upper left corner of a window (on X11 without, on Windows with its frame), in pixels of the whole desktop,
// over all its screens.
type Point struct{ X, Y int }

// Of tells where a window stands. ok is false where nobody can tell: the window is not shown, or is minimised, and
// Wayland and macOS, which leave places to the system. It must be called on the UI goroutine.
func Of(w fyne.Window) (p Point, ok bool) {
	native, is := w.(driver.NativeWindow)
	if !is {
		return Point{}, false
	}
	native.RunNative(func(context any) { p, ok = of(context) })
	return p, ok
}

// Move puts a window that is shown at p, if that is on a screen that is still there. It must be called on the UI
// goroutine.
func Move(w fyne.Window, p Point) {
	if native, is := w.(driver.NativeWindow); is {
		native.RunNative(func(context any) { move(context, p) })
	}
}

// visible tells whether enough of a window at p is on a screen of that size to take hold of its title.
func visible(p Point, width, height int) bool {
	const grip = 80
	return p.X >= -grip && p.Y >= -grip/4 && p.X <= width-grip && p.Y <= height-grip
}
