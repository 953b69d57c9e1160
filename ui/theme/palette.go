package theme

import (
	"image/color"

	"fyne.io/fyne/v2"
	base "fyne.io/fyne/v2/theme"
)

type palette map[fyne.ThemeColorName]color.Color

func lightPalette() palette {
	return palette{
		base.ColorNameBackground:          rgb(0xF4F6F9),
		base.ColorNameOverlayBackground:   rgb(0xFFFFFF),
		base.ColorNameMenuBackground:      rgb(0xFFFFFF),
		base.ColorNameHeaderBackground:    rgb(0xFFFFFF),
		base.ColorNameInputBackground:     rgb(0xFFFFFF),
		base.ColorNameInputBorder:         rgb(0x7D8894),
		base.ColorNameButton:              rgb(0xE6EBF1),
		base.ColorNameDisabledButton:      rgb(0xEDF0F4),
		base.ColorNameForeground:          rgb(0x101822),
		base.ColorNameDisabled:            rgb(0x98A2AE),
		base.ColorNamePlaceHolder:         rgb(0x5B6673),
		base.ColorNamePrimary:             rgb(0x0B5FC4),
		base.ColorNameHyperlink:           rgb(0x0B5FC4),
		base.ColorNameForegroundOnPrimary: rgb(0xFFFFFF),
		base.ColorNameFocus:               rgba(0x001070, 0x7E),
		base.ColorNameSelection:           rgba(0x0B5FC4, 0x38),
		base.ColorNameHover:               rgba(0x1B2430, 0x0B),
		base.ColorNamePressed:             rgba(0x1B2430, 0x20),
		base.ColorNameSeparator:           rgb(0xE1E6EC),
		base.ColorNameScrollBar:           rgba(0x1B2430, 0x90),
		base.ColorNameShadow:              rgba(0x1B2430, 0x30),
		base.ColorNameSuccess:             rgb(0x17733A),
		base.ColorNameWarning:             rgb(0x8A5200),
		base.ColorNameError:               rgb(0xB3261E),
		base.ColorNameForegroundOnError:   rgb(0xFFFFFF),
		base.ColorNameForegroundOnSuccess: rgb(0xFFFFFF),
		base.ColorNameForegroundOnWarning: rgb(0xFFFFFF),
		ColorSurface:                      rgb(0xFFFFFF),
		ColorTrack:                        rgb(0xDFE5EC),
		ColorMuted:                        rgb(0x55606D),
		ColorSelected:                     rgb(0xE3EEFB),
		ColorNotice:                       rgb(0xFFF3DC),
	}
}

func darkPalette() palette {
	return palette{
		base.ColorNameBackground:          rgb(0x14181E),
		base.ColorNameOverlayBackground:   rgb(0x1E242C),
		base.ColorNameMenuBackground:      rgb(0x222831),
		base.ColorNameHeaderBackground:    rgb(0x1C2129),
		base.ColorNameInputBackground:     rgb(0x14181E),
		base.ColorNameInputBorder:         rgb(0x748190),
		base.ColorNameButton:              rgb(0x2E3743),
		base.ColorNameDisabledButton:      rgb(0x252C35),
		base.ColorNameForeground:          rgb(0xF5F7FA),
		base.ColorNameDisabled:            rgb(0x65707D),
		base.ColorNamePlaceHolder:         rgb(0xA3AEBB),
		base.ColorNamePrimary:             rgb(0x74B3FF),
		base.ColorNameHyperlink:           rgb(0x74B3FF),
		base.ColorNameForegroundOnPrimary: rgb(0x0A1726),
		base.ColorNameFocus:               rgba(0x397AD7, 0xE0),
		base.ColorNameSelection:           rgba(0x74B3FF, 0x48),
		base.ColorNameHover:               rgba(0xFFFFFF, 0x0E),
		base.ColorNamePressed:             rgba(0xFFFFFF, 0x24),
		base.ColorNameSeparator:           rgb(0x2B333D),
		base.ColorNameScrollBar:           rgba(0xFFFFFF, 0x80),
		base.ColorNameShadow:              rgba(0x000000, 0x80),
		base.ColorNameSuccess:             rgb(0x68CE8C),
		base.ColorNameWarning:             rgb(0xF2B75E),
		base.ColorNameError:               rgb(0xFF9189),
		base.ColorNameForegroundOnError:   rgb(0x2A0B08),
		base.ColorNameForegroundOnSuccess: rgb(0x07210F),
		base.ColorNameForegroundOnWarning: rgb(0x2A1B02),
		ColorSurface:                      rgb(0x1C2129),
		ColorTrack:                        rgb(0x343D49),
		ColorMuted:                        rgb(0xA3AEBB),
		ColorSelected:                     rgb(0x22344A),
		ColorNotice:                       rgb(0x2C2310),
	}
}

func rgb(v uint32) color.NRGBA { return rgba(v, 0xFF) }

func rgba(v uint32, a uint8) color.NRGBA {
	return color.NRGBA{R: uint8(v >> 16), G: uint8(v >> 8), B: uint8(v), A: a}
}
