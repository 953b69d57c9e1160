// Package assets holds the program's own pictures as raw bytes.
//
// It must not know any toolkit: who draws them decides how.
package assets

import _ "embed"

//go:embed longshore.png
var icon []byte

// Icon is the program's icon, a PNG of 512×512 pixels. The caller must not change it.
func Icon() []byte { return icon }
