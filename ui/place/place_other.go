//go:build !windows && !(cgo && unix && !darwin)

package place

func of(any) (Point, bool) { return Point{}, false }

func move(any, Point) {}
