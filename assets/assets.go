// Package assets holds the program's own pictures and translations as raw bytes.
//
// It must not know any toolkit, nor what a translation is for: who uses them decides how.
package assets

import "embed"

//go:embed longshore.png
var icon []byte

// Icon is the program's icon, a PNG of 512×512 pixels. The caller must not change it.
func Icon() []byte { return icon }

//go:embed translations/*.json
var translations embed.FS

// Translation is the catalogue of a language (an ISO 639-1 code), JSON; nil if there is none.
func Translation(language string) []byte {
	data, err := translations.ReadFile("translations/" + language + ".json")
	if err != nil {
		return nil
	}
	return data
}
