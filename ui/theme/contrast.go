package theme

import base "fyne.io/fyne/v2/theme"

// whitePalette is the high contrast on white: text at 7:1 (WCAG AAA), edges that other looks only hint at.
func whitePalette() palette {
	return palette{
		base.ColorNameBackground:          rgb(0xFFFFFF),
		base.ColorNameOverlayBackground:   rgb(0xFFFFFF),
		base.ColorNameMenuBackground:      rgb(0xFFFFFF),
		base.ColorNameHeaderBackground:    rgb(0xFFFFFF),
		base.ColorNameInputBackground:     rgb(0xFFFFFF),
		base.ColorNameInputBorder:         rgb(0x000000),
		base.ColorNameButton:              rgb(0x959595),
		base.ColorNameDisabledButton:      rgb(0xE4E4E4),
		base.ColorNameForeground:          rgb(0x000000),
		base.ColorNameDisabled:            rgb(0x6E6E6E),
		base.ColorNamePlaceHolder:         rgb(0x3D3D3D),
		base.ColorNamePrimary:             rgb(0x003E9C),
		base.ColorNameHyperlink:           rgb(0x003E9C),
		base.ColorNameForegroundOnPrimary: rgb(0xFFFFFF),
		base.ColorNameFocus:               rgba(0x397FA1, 0xEA),
		base.ColorNameSelection:           rgba(0x003E9C, 0x48),
		base.ColorNameHover:               rgba(0x000000, 0x0B),
		base.ColorNamePressed:             rgba(0x000000, 0x30),
		base.ColorNameSeparator:           rgb(0x767676),
		base.ColorNameScrollBar:           rgb(0x3D3D3D),
		base.ColorNameShadow:              rgba(0x000000, 0x60),
		base.ColorNameSuccess:             rgb(0x00521C),
		base.ColorNameWarning:             rgb(0x5C3300),
		base.ColorNameError:               rgb(0x8C0A0A),
		base.ColorNameForegroundOnError:   rgb(0xFFFFFF),
		base.ColorNameForegroundOnSuccess: rgb(0xFFFFFF),
		base.ColorNameForegroundOnWarning: rgb(0xFFFFFF),
		ColorSurface:                      rgb(0xFFFFFF),
		ColorTrack:                        rgb(0xD6D6D6),
		ColorMuted:                        rgb(0x2B2B2B),
		ColorSelected:                     rgb(0xDCE9FF),
		ColorNotice:                       rgb(0xFFF2CC),
	}
}

// blackPalette is the high contrast on black.
func blackPalette() palette {
	return palette{
		base.ColorNameBackground:          rgb(0x000000),
		base.ColorNameOverlayBackground:   rgb(0x000000),
		base.ColorNameMenuBackground:      rgb(0x000000),
		base.ColorNameHeaderBackground:    rgb(0x000000),
		base.ColorNameInputBackground:     rgb(0x000000),
		base.ColorNameInputBorder:         rgb(0xFFFFFF),
		base.ColorNameButton:              rgb(0x595959),
		base.ColorNameDisabledButton:      rgb(0x202020),
		base.ColorNameForeground:          rgb(0xFFFFFF),
		base.ColorNameDisabled:            rgb(0x8F8F8F),
		base.ColorNamePlaceHolder:         rgb(0xD0D0D0),
		base.ColorNamePrimary:             rgb(0xFFE100),
		base.ColorNameHyperlink:           rgb(0xFFE100),
		base.ColorNameForegroundOnPrimary: rgb(0x000000),
		base.ColorNameFocus:               rgba(0x3287B1, 0xBB),
		base.ColorNameSelection:           rgba(0x3287B1, 0xA0),
		base.ColorNameHover:               rgba(0xFFFFFF, 0x14),
		base.ColorNamePressed:             rgba(0xFFFFFF, 0x2A),
		base.ColorNameSeparator:           rgb(0x808080),
		base.ColorNameScrollBar:           rgb(0xD0D0D0),
		base.ColorNameShadow:              rgba(0xFFFFFF, 0x40),
		base.ColorNameSuccess:             rgb(0x7DF09B),
		base.ColorNameWarning:             rgb(0xFFC24D),
		base.ColorNameError:               rgb(0xFFB0AA),
		base.ColorNameForegroundOnError:   rgb(0x000000),
		base.ColorNameForegroundOnSuccess: rgb(0x000000),
		base.ColorNameForegroundOnWarning: rgb(0x000000),
		ColorSurface:                      rgb(0x000000),
		ColorTrack:                        rgb(0x3A3A3A),
		ColorMuted:                        rgb(0xE0E0E0),
		ColorSelected:                     rgb(0x1C2A44),
		ColorNotice:                       rgb(0x141000),
	}
}
