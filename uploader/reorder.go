package uploader

import "slices"

// moveBy moves entries one place up the list (step -1) or down (+1). Neighbours move as a block, and what has arrived at
// the end stays there. What stands between goes the other way.
func (c *core) moveBy(entries []*entry, step int) {
	moving := make(map[*entry]bool, len(entries))
	for _, e := range entries {
		moving[e] = true
	}
	list, moved := slices.Clone(c.list), false
	for k := 1; k < len(list); k++ {
		from := k
		if step > 0 {
			from = len(list) - 1 - k
		}
		if to := from + step; moving[list[from]] && !moving[list[to]] {
			list[from], list[to], moved = list[to], list[from], true
		}
	}
	if moved {
		c.arrange(list)
	}
}

// moveTo moves entries together to before another one, or to the end. One that is gone, as it may be by the time that the
// order arrives, moves nothing.
func (c *core) moveTo(entries []*entry, before EntryID) {
	moving := make(map[*entry]bool, len(entries))
	for _, e := range entries {
		moving[e] = true
	}
	next, end := c.entries[before], before == ""
	if len(moving) == 0 || next == nil && !end {
		return
	}
	block, rest := make([]*entry, 0, len(moving)), make([]*entry, 0, len(c.list))
	at := -1
	for _, e := range c.list {
		if e == next {
			at = len(rest) // what stands there may move itself: then it is what follows it
		}
		if moving[e] {
			block = append(block, e)
		} else {
			rest = append(rest, e)
		}
	}
	if end {
		at = len(rest)
	}
	if at == 0 {
		c.moveToTop(block) // it writes only what moves
		return
	}
	c.arrange(slices.Insert(rest, at, block...))
}

// arrange puts the entries in the order of list and journals those whose place changed. A place keeps its number, so
// that few records are written; where two have the same one, as a damaged journal may, the later ones are moved up.
func (c *core) arrange(list []*entry) {
	places := make([]int64, len(list))
	for i, e := range c.list {
		places[i] = e.Order
		if i > 0 {
			places[i] = max(places[i], places[i-1]+1)
		}
	}
	for i, e := range list {
		if e.Order != places[i] {
			e.Order = places[i]
			c.write(nil, SaveEntry{e.Entry})
		}
	}
	c.sortList()
}
