//go:build !amd64

package fixed

var portable = true

// add adds all products of the diagonal to the sum.
func (d *diagonal) add(x, y *Series, masks, counts []uint64) { d.addWords(x, y, masks, counts) }
