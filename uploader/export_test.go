package uploader

// SmallWorld is SimWorld with the waits the product draws.
func (e *Engine) SmallWorld(part, small int64) { SimWorld(e, part, small, e.core.random) }
