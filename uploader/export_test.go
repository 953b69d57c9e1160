package uploader

// SmallWorld makes an engine plan with parts of so many bytes and call so many bytes a small object, so that tests of
// many parts need no megabytes. Call it before Run.
func (e *Engine) SmallWorld(part, small int64) {
	e.core.sizing = sizing{unit: 1, least: part, most: largestPart, parts: mostParts}
	e.core.small = small
	for _, j := range e.core.found { // New put nothing into a heap yet
		if j.ready >= 0 {
			panic("the engine runs already")
		}
	}
}
